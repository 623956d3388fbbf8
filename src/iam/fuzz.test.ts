import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { evaluate } from "./evaluate.ts";
import { globOf, relate } from "./glob.ts";
import { parsePolicy } from "./parse.ts";

const pattern = fc.array(fc.constantFrom("a", "b", ":", "*", "?"), { maxLength: 8 }).map((parts) => parts.join(""));
const plain = fc.array(fc.constantFrom("a", "b", ":"), { maxLength: 8 }).map((parts) => parts.join(""));
/** The same by another way: a regular expression. */
const matches = (glob: string, text: string) =>
  new RegExp(`^${glob.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`).test(text);

test("a text matches a glob as a regular expression says", () => {
  const same = (glob: string, text: string) =>
    assert.equal(relate(globOf(glob), globOf(text)), matches(glob, text) ? "all" : "none");
  fc.assert(fc.property(pattern, plain, same), { numRuns: 3000 });
});

test("what one glob has of another is neither all nor none where a text says otherwise", () => {
  const fits = (glob: string, asked: string, text: string) => {
    if (!matches(asked, text)) return;
    const relation = relate(globOf(glob), globOf(asked));
    assert.notEqual(relation, matches(glob, text) ? "none" : "all", `${glob} of ${asked}, as ${text} shows`);
  };
  fc.assert(fc.property(pattern, pattern, plain, fits), { numRuns: 5000 });
});

test("a glob has all of itself, and a star has all of everything", () => {
  const itself = (glob: string) => {
    assert.equal(relate(globOf(glob), globOf(glob)), "all");
    assert.equal(relate(globOf("*"), globOf(glob)), "all");
  };
  fc.assert(fc.property(pattern, itself));
});

const part = fc.constantFrom("arn", "aws", "s3", "", "*", "a*", "b?", "a");
const resource = fc.oneof(
  fc.constant("*"),
  fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(":")),
  fc.array(part, { minLength: 3, maxLength: 3 }).map((parts) => `arn:aws:s3:${parts.join(":")}`),
);
const action = fc.constantFrom("s3:GetObject", "s3:*", "*", "lambda:*", "s3:Get?bject");
const condition = fc.constantFrom(
  undefined,
  { StringEquals: { "aws:RequestedRegion": "us-east-2" } },
  { StringEquals: { "aws:SourceVpc": "vpc-1" } },
  { Roughly: { key: 1 } },
);
const statement = fc.record({
  Effect: fc.constantFrom("Allow", "Deny"),
  Action: fc.oneof(action, fc.array(action, { minLength: 1, maxLength: 3 })),
  Resource: fc.oneof(resource, fc.array(resource, { minLength: 1, maxLength: 3 })),
  Condition: condition,
});
const asked = {
  action: "s3:GetObject",
  context: { values: { "aws:RequestedRegion": ["us-east-2"] }, complete: false },
};
const decide = (resource: string, statements: readonly unknown[], bound?: readonly unknown[]) => {
  const read = (list: readonly unknown[]) =>
    parsePolicy("p", JSON.stringify({ Version: "2012-10-17", Statement: list }));
  const boundary = bound === undefined ? null : read(bound);
  return evaluate({ ...asked, resource }, { identity: [read(statements)], boundary }).answer;
};
const statements = fc.array(statement, { maxLength: 4 });
const everything = { Effect: "Allow", Action: "*", Resource: "*" };

test("a deny of everything denies, a boundary that allows everything changes nothing, and one without a word denies", () => {
  const laws = (list: readonly unknown[], resource: string) => {
    assert.equal(decide(resource, [...list, { ...everything, Effect: "Deny" }]), "denied");
    assert.equal(decide(resource, list, [everything]), decide(resource, list));
    assert.equal(decide(resource, list, []), "denied");
  };
  fc.assert(fc.property(statements, resource, laws), { numRuns: 1000 });
});

test("one more allow never takes a permission away, and one more deny never gives one", () => {
  const rank = { denied: 0, unknown: 1, allowed: 2 };
  const laws = (list: readonly unknown[], more: Record<string, unknown>, resource: string) => {
    const before = rank[decide(resource, list)];
    assert.ok(rank[decide(resource, [...list, { ...more, Effect: "Allow" }])] >= before);
    assert.ok(rank[decide(resource, [...list, { ...more, Effect: "Deny" }])] <= before);
  };
  fc.assert(fc.property(statements, statement, resource, laws), { numRuns: 1000 });
});

test("no order of statements changes the answer", () => {
  const laws = (list: readonly unknown[], resource: string) =>
    assert.equal(decide(resource, list), decide(resource, [...list].reverse()));
  fc.assert(fc.property(statements, resource, laws), { numRuns: 1000 });
});

test("nothing that is no policy allows anything, and nothing makes the reader throw", () => {
  const laws = (text: string) => {
    const policies = { identity: [parsePolicy("p", text)], boundary: null };
    assert.notEqual(evaluate({ ...asked, resource: "*" }, policies).answer, "allowed");
  };
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), laws), { numRuns: 1000 });
  const torn = (list: readonly unknown[], at: number) => {
    const text = JSON.stringify({ Version: "2012-10-17", Statement: [everything, ...list] });
    laws(text.slice(0, at % text.length));
  };
  fc.assert(fc.property(statements, fc.nat(), torn), { numRuns: 1000 });
});
