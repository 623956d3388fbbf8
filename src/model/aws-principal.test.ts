import assert from "node:assert/strict";
import { test } from "node:test";
import { principalOf } from "./aws-principal.ts";

const rows: [arn: string, kind: string | null, name?: string, of?: string][] = [
  ["arn:aws:iam::111122223333:user/ci", "user", "ci"],
  ["arn:aws:iam::111122223333:user/robots/ci", "user", "ci"],
  ["arn:aws:sts::111122223333:assumed-role/deploy/landfall", "role", "deploy", "arn:aws:iam::111122223333:role/deploy"],
  [
    "arn:aws-us-gov:sts::111122223333:assumed-role/deploy/x",
    "role",
    "deploy",
    "arn:aws-us-gov:iam::111122223333:role/deploy",
  ],
  ["arn:aws:iam::111122223333:role/path/deploy", "role", "deploy"],
  ["arn:aws:iam::111122223333:root", null],
  ["arn:aws:sts::111122223333:federated-user/x", null],
  ["arn:aws:iam::111122223333:group/x", null],
  ["", null],
];

for (const [arn, kind, name, of = arn] of rows)
  test(`${arn} is ${kind === null ? "nobody with policies of its own" : `the ${kind} ${name}`}`, () => {
    const found = principalOf(arn);
    assert.deepEqual(found, kind === null ? null : { kind, name, arn: of, account: "111122223333" });
  });
