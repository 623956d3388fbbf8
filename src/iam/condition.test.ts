import assert from "node:assert/strict";
import { test } from "node:test";
import { holds } from "./condition.ts";
import { isDoubt } from "./truth.ts";

type Row = [operator: string, given: string[] | null, values: string[], holds: "yes" | "no" | "doubt"];

/** The rules of the IAM reference ("Condition operators"), one by one. `null`: it is not known whether the request has the key. */
const rows: Row[] = [
  ["StringEquals", ["us-east-2"], ["us-east-2"], "yes"],
  ["StringEquals", ["us-east-2"], ["eu-west-1", "us-east-2"], "yes"],
  ["StringEquals", ["us-east-2"], ["US-EAST-2"], "no"],
  ["StringEquals", ["us-east-2"], ["us-*"], "no"],
  ["StringEquals", [], ["us-east-2"], "no"],
  ["StringEquals", null, ["us-east-2"], "doubt"],
  ["StringEquals", ["a", "b"], ["a"], "doubt"],
  ["StringEqualsIfExists", [], ["us-east-2"], "yes"],
  ["StringEqualsIfExists", ["eu-west-1"], ["us-east-2"], "no"],
  ["StringEqualsIfExists", null, ["us-east-2"], "doubt"],
  ["StringNotEquals", ["us-east-2"], ["us-east-2", "eu-west-1"], "no"],
  ["StringNotEquals", ["us-west-1"], ["us-east-2", "eu-west-1"], "yes"],
  ["StringNotEquals", [], ["us-east-2"], "yes"],
  ["StringNotEqualsIfExists", [], ["us-east-2"], "yes"],
  ["StringEqualsIgnoreCase", ["us-east-2"], ["US-EAST-2"], "yes"],
  ["StringNotEqualsIgnoreCase", ["us-east-2"], ["US-EAST-2"], "no"],
  ["StringLike", ["layers/web.zip"], ["layers/*"], "yes"],
  ["StringLike", ["layers/web.zip"], ["layers/???.zip"], "yes"],
  ["StringLike", ["other/web.zip"], ["layers/*"], "no"],
  ["StringNotLike", ["layers/web.zip"], ["layers/*"], "no"],
  ["StringNotLike", [], ["layers/*"], "yes"],
  ["StringLike", ["x"], ["${aws:PrincipalTag/team}"], "doubt"],
  ["Bool", ["true"], ["true"], "yes"],
  ["Bool", ["True"], ["true"], "yes"],
  ["Bool", ["false"], ["true"], "no"],
  ["Bool", [], ["false"], "no"],
  ["BoolIfExists", [], ["false"], "yes"],
  ["Null", [], ["true"], "yes"],
  ["Null", ["x"], ["true"], "no"],
  ["Null", ["x"], ["false"], "yes"],
  ["Null", null, ["false"], "doubt"],
  ["Null", ["x"], ["perhaps"], "doubt"],
  ["NumericLessThan", ["9"], ["10"], "yes"],
  ["NumericLessThanEquals", ["10"], ["10"], "yes"],
  ["NumericGreaterThan", ["10"], ["10"], "no"],
  ["NumericGreaterThanEquals", ["10"], ["10"], "yes"],
  ["NumericEquals", ["10.0"], ["10"], "yes"],
  ["NumericNotEquals", ["10"], ["10"], "no"],
  ["NumericEquals", ["ten"], ["10"], "doubt"],
  ["DateLessThan", ["2026-01-01T00:00:00Z"], ["2026-06-01T00:00:00Z"], "yes"],
  ["DateGreaterThan", ["2026-01-01T00:00:00Z"], ["2026-06-01T00:00:00Z"], "no"],
  ["DateEquals", ["2026-01-01T00:00:00Z"], ["1767225600"], "yes"],
  ["DateLessThan", ["yesterday"], ["2026-06-01T00:00:00Z"], "doubt"],
  ["IpAddress", ["203.0.113.7"], ["203.0.113.0/24"], "yes"],
  ["IpAddress", ["203.0.114.7"], ["203.0.113.0/24"], "no"],
  ["IpAddress", ["203.0.113.7"], ["203.0.113.7"], "yes"],
  ["IpAddress", ["2001:db8::7"], ["2001:db8::/32"], "yes"],
  ["IpAddress", ["2001:db8::7"], ["203.0.113.0/24"], "no"],
  ["NotIpAddress", ["203.0.113.7"], ["203.0.113.0/24"], "no"],
  ["IpAddress", ["203.0.113.7"], ["203.0.113.0/99"], "doubt"],
  ["ArnLike", ["arn:aws:iam::111122223333:role/deploy"], ["arn:aws:iam::*:role/dep*"], "yes"],
  ["ArnEquals", ["arn:aws:iam::111122223333:role/deploy"], ["arn:aws:iam::*:role/dep*"], "yes"],
  ["ArnLike", ["arn:aws:iam::111122223333:role/deploy"], ["arn:aws:*:role/deploy"], "no"],
  ["ArnNotLike", ["arn:aws:iam::111122223333:role/deploy"], ["arn:aws:iam::*:user/*"], "yes"],
  ["BinaryEquals", ["QQ=="], ["QQ=="], "yes"],
  ["ForAnyValue:StringEquals", ["a", "b"], ["b", "c"], "yes"],
  ["ForAnyValue:StringEquals", ["a", "b"], ["c"], "no"],
  ["ForAnyValue:StringEquals", [], ["c"], "no"],
  ["ForAnyValue:StringEqualsIfExists", [], ["c"], "doubt"],
  ["ForAnyValue:StringNotEquals", ["a", "b"], ["a"], "yes"],
  ["ForAnyValue:StringNotEquals", ["a"], ["a"], "no"],
  ["ForAllValues:StringEquals", ["a", "b"], ["a", "b", "c"], "yes"],
  ["ForAllValues:StringEquals", ["a", "d"], ["a", "b", "c"], "no"],
  ["ForAllValues:StringEquals", [], ["a"], "yes"],
  ["ForAllValues:StringEquals", [""], ["a"], "yes"],
  ["ForAllValues:StringNotEquals", ["a", "d"], ["a"], "no"],
  ["ForAllValues:StringLike", ["key1a", "key2"], ["key1*", "key2*"], "yes"],
  ["StringRoughly", ["a"], ["a"], "doubt"],
  ["stringequals", ["a"], ["a"], "doubt"],
  ["NullIfExists", ["a"], ["true"], "doubt"],
];

for (const [operator, given, values, wanted] of rows) {
  const shown = given === null ? "an unknown value" : `[${given.join(", ")}]`;
  test(`${operator} of ${shown} and [${values.join(", ")}]: ${wanted}`, () => {
    const context = { values: given === null ? {} : { "aws:Key": given }, complete: false };
    const found = holds({ operator, key: "AWS:key", values }, { statement: { variables: true }, context });
    assert.equal(isDoubt(found) ? "doubt" : found, wanted);
  });
}
