import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { at, commit, plan } from "../../test/helpers/sample-answers.ts";
import type { Approval, Signature } from "../model/approval.ts";
import { approvalTable, approvalText, openApprovalLines } from "./approval.ts";
import { historyText } from "./history.ts";
import { painter } from "./paint.ts";
import { planText } from "./plan.ts";

const plain = painter(false);
const hash = "83d96be80e4f".padEnd(64, "0");
const approval: Approval = {
  id: "01JD0000000000000000000001",
  plan: { hash, parts: {} },
  commit,
  who: "ana",
  at,
  reason: "release\nof Thursday",
};

describe("what is said of approvals", () => {
  const signatures: [Signature, RegExp][] = [
    [{ state: "unsigned" }, /by ana \(advisory: not signed; whoever may push/],
    [
      { state: "good", name: "ana@acme", key: "SHA256:x", branch: "main" },
      /by ana@acme \(signed, key SHA256:x on main\)$/,
    ],
    [
      { state: "unlisted", key: "SHA256:x", branch: "main" },
      /advisory: signed with SHA256:x, which the manifest on main does not/,
    ],
    [{ state: "unread", why: "no answer" }, /advisory: its signature could not be checked: no answer/],
  ];
  for (const [signature, told] of signatures)
    it(`never lets one that is ${signature.state} read like another`, () => {
      const text = approvalText({ environment: "uat", approval, signature, plan }, plain);
      assert.match(text, /^✔ APPROVED uat {2}plan 83d96be80e4f \(3f9c2e1\): approved/);
      assert.match(text, told);
      assert.equal(/\(signed/.test(text), signature.state === "good");
    });

  it("is the plan's hash where one is asked for, and nothing elsewhere", () => {
    assert.match(
      planText({ plan, hash, changes: [], findings: [] }, plain),
      /^plan 83d96be80e4f {2}uat carries out approved plans only$/m,
    );
    assert.doesNotMatch(planText({ plan, changes: [], findings: [] }, plain), /approved/);
  });

  it("is what became of each, in one line", () => {
    const used = { ...approval, used: { rollout: "01ROLLOUT", at, signature: { state: "unsigned" as const } } };
    const signed = { ...approval, signed: commit };
    const [, , claimed] = approvalTable([signed], plain);
    assert.match(claimed ?? "", /unchecked +open/);
    const withdrawn = { ...approval, withdrawn: { who: "ben", at, reason: "a\nbug" } };
    const [, , ...rows] = approvalTable([approval, used, withdrawn], plain);
    assert.equal(rows.length, 3);
    assert.match(rows[0] ?? "", /83d96be80e4f \(3f9c2e1\) +ana +no +open +release of Thursday/);
    assert.match(rows[1] ?? "", /advisory +used by 01ROLLOUT/);
    assert.match(rows[2] ?? "", /withdrawn by ben: a bug/);
    const history = historyText({ environment: "uat", ledger: null, rollouts: [], approvals: [approval] }, plain);
    assert.match(history, /Nothing was ever deployed to uat[\s\S]*open/);
    assert.deepEqual(openApprovalLines([used, withdrawn], new Date(at)), []);
    assert.equal(openApprovalLines([approval], new Date(at)).length, 1);
  });
});
