import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { principalsOf } from "./layer-policy.ts";

const own = "111122223333";
const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (principal: unknown, more: object = {}) => ({ Effect: "Allow", Principal: principal, ...more });

describe("a layer version's policy", () => {
  const cases: [claim: string, text: string, whom: string[]][] = [
    ["lets an account in by its number", policy(allow("444455556666")), ["444455556666"]],
    [
      "lets an account in by its root's ARN",
      policy(allow({ AWS: "arn:aws:iam::444455556666:root" })),
      ["444455556666"],
    ],
    ["lets several in", policy(allow({ AWS: ["444455556666", "777788889999"] })), ["444455556666", "777788889999"]],
    ["lets everybody in", policy(allow("*")), ["*"]],
    [
      "lets an organisation in, and not everybody",
      policy(allow("*", { Condition: { StringEquals: { "aws:PrincipalOrgID": "o-abc" } } })),
      ["o-abc"],
    ],
    ["of its own account lets nobody else in", policy(allow({ AWS: `arn:aws:iam::${own}:root` })), []],
    ["that forbids lets nobody in", policy({ Effect: "Deny", Principal: "*" }), []],
    ["of one statement that is no list is read", JSON.stringify({ Statement: allow("*") }), ["*"]],
  ];
  for (const [claim, text, whom] of cases) it(claim, () => assert.deepEqual(principalsOf(text, own), whom));

  it("that is none is not read as letting nobody in", () => {
    for (const text of ["", "null", "{"]) assert.throws(() => principalsOf(text, own));
  });
});
