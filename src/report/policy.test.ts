import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyCheckAnswer, PolicyDiffAnswer } from "../model/policy-answer.ts";
import {
  missingFinding,
  superfluousFinding,
  unlistedFinding,
  unreadFinding,
  versionsFinding,
} from "../model/policy-findings.ts";
import { checkText, diffText } from "./policy.ts";

const plain = (_style: string, text: string) => text;
const holder = {
  arn: "arn:aws:iam::111122223333:role/deploy",
  policies: ["inline policy all"],
  boundary: "managed policy bound",
};
const good: PolicyCheckAnswer = {
  environment: "sandbox",
  holder,
  comparison: { missing: [], superfluous: [] },
  needed: 12,
  findings: [],
};
const missing = { action: "s3:PutObject", resource: "arn:aws:s3:::b/*", why: "uploads", reason: "nothing allows it" };

test("a check that found all of it says so, and whose policies they were", () => {
  assert.equal(
    checkText(good, plain),
    [
      "arn:aws:iam::111122223333:role/deploy: inline policy all; within managed policy bound",
      "✔ all 12 permissions that sandbox needs are allowed, and nothing else",
    ].join("\n"),
  );
});

test("a permission that is missing or cannot be told fails the check, with what it is needed for", () => {
  for (const answer of ["denied", "unknown"] as const) {
    const text = checkText({ ...good, findings: [missingFinding({ ...missing, answer }, "block")] }, plain);
    assert.match(text, /✘ .*s3:PutObject on arn:aws:s3:::b\/\* \(uploads\).*nothing allows it/);
    assert.match(text, /✘ 1 of 12 permissions are missing or not known$/);
  }
});

test("policies that cannot be read are never a check that passed", () => {
  const findings = [
    unreadFinding({ state: "unknown", code: "aws-denied", reason: "no", permission: "iam:GetRole" }, "block"),
  ];
  const text = checkText({ ...good, holder: null, needed: 0, findings }, plain);
  assert.match(text, /iam:GetRole is not allowed/);
  assert.match(text, /✘ what sandbox may do is not known$/);
});

test("what is superfluous is told, and counted in the conclusion", () => {
  const more = {
    statement: "statement 1 of inline policy all",
    action: "s3:*",
    resources: ["*"],
    needed: ["s3:GetObject on x"],
  };
  const text = checkText(
    { ...good, comparison: { missing: [], superfluous: [more] }, findings: [superfluousFinding(more)] },
    plain,
  );
  assert.match(text, /statement 1 of inline policy all allows s3:\* on \*; of that is needed: s3:GetObject on x/);
  assert.match(text, /✔ all 12 .*, and 1 that nothing needs$/);
});

test("where not all is known that is needed, the conclusion does not say that all of it is allowed", () => {
  const findings = [unlistedFinding("app", "what the resources of app.yaml need")];
  const text = checkText({ ...good, findings }, plain);
  assert.match(text, /⚠ the 12 permissions that are known are allowed; not all of them are known$/);
});

test("the difference shows what would go, what would come, and the versions that are left", () => {
  const line = { effect: "Allow", action: "s3:GetObject", resource: "*", condition: "" } as const;
  const versions = { policy: "managed policy deploy", arn: "arn:x", default: "v5", used: 5, limit: 5, oldest: "v1" };
  const answer: PolicyDiffAnswer = {
    environment: "sandbox",
    holder,
    added: [{ ...line, resource: "arn:aws:s3:::b/*", condition: "StringEquals aws:RequestedRegion us-east-2" }],
    removed: [line],
    versions: [versions],
    findings: versionsFinding(versions),
  };
  const [, ...lines] = diffText(answer, plain).split("\n");
  assert.deepEqual(lines.slice(0, 3), [
    "- Allow s3:GetObject on *",
    "+ Allow s3:GetObject on arn:aws:s3:::b/* when StringEquals aws:RequestedRegion us-east-2",
    "managed policy deploy: v5 is the default, 5 of 5 versions are used; the oldest that is not the default is v1",
  ]);
  assert.match(lines.slice(3).join("\n"), /its next change is refused.*delete-policy-version .*--version-id v1/s);
  assert.deepEqual(versionsFinding({ ...versions, used: 4 }), []);
});
