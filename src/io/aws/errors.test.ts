import assert from "node:assert/strict";
import { it } from "node:test";
import { awsProblem } from "./errors.ts";

const named = (name: string, message = "words", more: object = {}) =>
  Object.assign(new Error(message), { name, ...more });

it("what a service refuses with has one code, whatever the service calls it", () => {
  const cases: [error: unknown, code: string][] = [
    [named("ExpiredToken"), "aws-expired"],
    [named("ExpiredTokenException"), "aws-expired"],
    [named("RequestExpired"), "aws-expired"],
    [named("AccessDenied"), "aws-denied"],
    [named("AccessDeniedException"), "aws-denied"],
    [named("InvalidClientTokenId"), "aws-denied"],
    [named("403", "", { $metadata: { httpStatusCode: 403 } }), "aws-denied"],
    [named("Throttling"), "aws-throttled"],
    [named("TooManyRequestsException"), "aws-throttled"],
    [named("SlowDown"), "aws-throttled"],
    [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "aws-unreachable"],
    [Object.assign(new Error("lookup"), { code: "ENOTFOUND" }), "aws-unreachable"],
    [named("TimeoutError"), "aws-unreachable"],
    [named("CredentialsProviderError"), "aws-no-credentials"],
    [named("ValidationError", "Stack is in ROLLBACK_COMPLETE"), "aws-failed"],
    [new SyntaxError("Unexpected token '<'"), "aws-failed"],
    ["a text", "aws-failed"],
    [undefined, "aws-failed"],
  ];
  for (const [error, code] of cases) {
    const problem = awsProblem("service:Call", error);
    assert.equal(problem.code, code, String(error));
    assert.match(problem.message, /^service:Call: ./);
  }
});

it("a message is one line of bounded length, in the service's own words", () => {
  const problem = awsProblem("service:Call", named("ValidationError", `a\n  b ${"x".repeat(5000)}`));
  assert.match(problem.message, /^service:Call: ValidationError: a b x+$/);
  assert.ok(problem.message.length < 700);
});
