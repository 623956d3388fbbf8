import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Asked } from "./asked.ts";
import { days, secretFindings, signersFindings } from "./credential-findings.ts";
import type { AccessKey, CredentialsRule, Signer } from "./credentials.ts";

const day = 86_400;
const rule: CredentialsRule = { maxAgeSeconds: 90 * day, block: false, secrets: [] };
const strict = { ...rule, block: true };
const denied: Asked<never> = {
  state: "unknown",
  code: "aws-denied",
  reason: "iam:ListAccessKeys: AccessDenied: no",
  permission: "iam:ListAccessKeys",
};

const key = (ageDays: number, more: Partial<AccessKey> = {}): AccessKey => ({
  id: "…ABCD",
  inUse: true,
  active: true,
  createdAt: "2026-01-01T00:00:00.000Z",
  ageSeconds: ageDays * day,
  lastUsed: { state: "read", value: null },
  ...more,
});

const signer = (keys: Signer["keys"], more: Partial<Signer> = {}): Asked<Signer> => ({
  state: "read",
  value: {
    kind: "static key",
    found: "environment variables",
    keyId: "…ABCD",
    expiresAt: null,
    account: "111122223333",
    arn: "arn:aws:iam::111122223333:user/ci",
    keys,
    ...more,
  },
});

const read = (...keys: AccessKey[]): Asked<AccessKey[]> => ({ state: "read", value: keys });
const told = (keys: Signer["keys"], by = rule) => signersFindings({ signer: signer(keys), base: null }, by);

describe("an access key", () => {
  it("older than the limit is a warning, and a block where the manifest says so", () => {
    assert.deepEqual(
      told(read(key(91))).map(({ code, level }) => [code, level]),
      [["credentials-old", "warning"]],
    );
    assert.equal(told(read(key(91)), strict)[0]?.level, "block");
    assert.match(told(read(key(91)))[0]?.message ?? "", /…ABCD is 91 days old; the limit is 90 days/);
  });

  it("as old as the limit is fine, and one second later it is not", () => {
    assert.deepEqual(told(read(key(90))), []);
    assert.equal(told(read(key(90, { ageSeconds: 90 * day + 1 }))).length, 1);
  });

  it("whose age may not be read is told with the permission, and blocks where an old one would", () => {
    const [finding] = told(denied);
    assert.equal(finding?.code, "credentials-unread");
    assert.equal(finding?.level, "note");
    assert.match(finding?.message ?? "", /iam:ListAccessKeys is not allowed/);
    assert.equal(told(denied, strict)[0]?.level, "block");
  });

  it("that IAM does not list is unknown, not fine", () => {
    for (const keys of [read(), read(key(1, { inUse: false, id: "…WXYZ", active: false }))])
      assert.deepEqual(
        told(keys).map(({ code }) => code),
        ["credentials-unread"],
      );
  });

  it("beside another active one has that one named, with its age and last use", () => {
    const other = key(200, { id: "…WXYZ", inUse: false });
    const [finding, ...rest] = told(read(key(1), other));
    assert.deepEqual(rest, []);
    assert.equal(finding?.code, "second-access-key");
    assert.match(finding?.message ?? "", /…WXYZ, 200 days old, never used$/);
  });

  it("whose last use may not be read is told so, in use or not", () => {
    const unknown = told(read(key(1, { lastUsed: denied })), strict);
    assert.deepEqual(
      unknown.map(({ code, level }) => `${code} ${level}`),
      ["credentials-unread note"],
    );
    assert.deepEqual(told(read(key(1, { lastUsed: null }))), []);
  });

  it("beside an inactive one is not told of it", () => {
    assert.deepEqual(told(read(key(1), key(200, { inUse: false, active: false }))), []);
  });
});

describe("who signs", () => {
  it("unknown is told as such, and the one behind a role too", () => {
    const both = signersFindings({ signer: denied, base: denied }, strict);
    assert.deepEqual(
      both.map(({ code, level }) => `${code} ${level}`),
      ["credentials-unread block", "credentials-unread block"],
    );
  });

  it("with a role has no key of its own, and the old key behind it counts", () => {
    const role = signer(null, { kind: "assumed role", arn: "arn:aws:sts::111122223333:assumed-role/deploy/x" });
    assert.deepEqual(signersFindings({ signer: role, base: null }, strict), []);
    const behind = signersFindings({ signer: role, base: signer(read(key(100))) }, strict);
    assert.deepEqual(
      behind.map(({ code, level }) => `${code} ${level}`),
      ["credentials-old block"],
    );
  });

  it("as the account itself is warned about", () => {
    const root = signer(read(key(1)), { arn: "arn:aws:iam::111122223333:root" });
    assert.deepEqual(
      signersFindings({ signer: root, base: null }, rule).map(({ code }) => code),
      ["root-credentials"],
    );
  });
});

describe("a secret", () => {
  const now = new Date("2026-11-21T00:00:00Z");
  const version = (createdAt: string | null, ...stages: string[]) => ({ id: "v1", stages, createdAt });
  const of = (value: ReturnType<typeof version>[] | null) =>
    secretFindings({ name: "db", versions: { state: "read", value } }, strict, now);

  it("whose current version is old is a warning, never a block", () => {
    const [finding] = of([version("2026-01-01T00:00:00Z", "AWSCURRENT")]);
    assert.deepEqual([finding?.code, finding?.level], ["credentials-old", "warning"]);
  });

  it("with an old previous version and a new current one is fine", () => {
    const versions = [version("2026-11-20T00:00:00Z", "AWSCURRENT"), version("2025-01-01T00:00:00Z", "AWSPREVIOUS")];
    assert.deepEqual(of(versions), []);
  });

  it("that is not there is told, and one that cannot be read is unknown", () => {
    assert.equal(of(null)[0]?.code, "secret-missing");
    const unreadable = secretFindings({ name: "db", versions: denied }, strict, now);
    assert.deepEqual([unreadable[0]?.code, unreadable[0]?.level], ["credentials-unread", "note"]);
  });

  it("without a current version, or without a date, is unknown, not fine", () => {
    assert.equal(of([])[0]?.code, "credentials-unread");
    assert.equal(of([version(null, "AWSCURRENT")])[0]?.code, "credentials-unread");
  });
});

it("days are whole days that have passed", () => {
  assert.deepEqual([days(0), days(day - 1), days(day), days(2 * day)], ["0 days", "0 days", "1 day", "2 days"]);
});

it("whatever is unknown, something is said of it", () => {
  const keys = fc.oneof(
    fc.constant(denied),
    fc.array(fc.boolean()).map((inUse) => read(...inUse.map((is) => key(1, { inUse: is, active: is })))),
  );
  fc.assert(
    fc.property(keys, fc.boolean(), (given, block) => {
      const known = given.state === "read" && given.value.some(({ inUse }) => inUse);
      const findings = told(given, { ...rule, block });
      assert.equal(
        findings.some(({ code }) => code === "credentials-unread"),
        !known,
      );
    }),
  );
});
