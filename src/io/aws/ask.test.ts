import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { userError } from "../../model/errors.ts";
import { allPages, ask } from "./ask.ts";
import { awsError } from "./errors.ts";

const failure = (name: string, message: string) => Object.assign(new Error(message), { name });
const fails = (error: Error) => ask("iam:ListAccessKeys", () => Promise.reject(error));

describe("a call that reads", () => {
  it("gives its answer", async () => {
    assert.deepEqual(await ask("iam:ListAccessKeys", async () => []), { state: "read", value: [] });
  });

  it("that is not allowed names the permission, whoever reports it", async () => {
    const denied = failure("AccessDenied", "User: arn:aws:iam::111122223333:user/x is not authorized");
    for (const error of [denied, awsError("iam:ListAccessKeys", denied)]) {
      const asked = await fails(error);
      assert.ok(asked.state === "unknown");
      assert.deepEqual([asked.code, asked.permission], ["aws-denied", "iam:ListAccessKeys"]);
    }
  });

  const others: [claim: string, error: Error, code: string][] = [
    [
      "with keys that are not valid lacks no permission",
      failure("InvalidClientTokenId", "The token is invalid"),
      "aws-denied",
    ],
    ["with a session that ended lacks no permission", failure("ExpiredToken", "expired"), "aws-expired"],
    ["that was throttled lacks no permission", failure("ThrottlingException", "Rate exceeded"), "aws-throttled"],
    ["that an answer's lack stops is unknown", new Error("IAM lists an access key without id or date"), "aws-failed"],
    [
      "that was refused before it was made says why",
      userError("blocked", "wrong-account", "another account"),
      "wrong-account",
    ],
  ];
  for (const [claim, error, code] of others)
    it(claim, async () => {
      const asked = await fails(error);
      assert.ok(asked.state === "unknown");
      assert.deepEqual([asked.code, asked.permission], [code, undefined]);
      assert.ok(asked.reason.includes(error.message));
    });

  it("whose signature does not match does not repeat the request, which holds the session's token", async () => {
    const repeated = "The Canonical String for this request should have been\n'POST\nx-amz-security-token:FQoGZX'";
    const asked = await fails(failure("SignatureDoesNotMatch", `It does not match.\n\n${repeated}`));
    assert.ok(asked.state === "unknown");
    assert.match(asked.reason, /SignatureDoesNotMatch: It does not match\.$/);
  });
});

describe("pages", () => {
  it("are read to the last, also when one is empty or has no list", async () => {
    async function* pages() {
      yield* [{ items: [1, 2] }, { items: [] }, {}, { items: [3] }] as { items?: number[] }[];
    }
    assert.deepEqual(await allPages(pages(), ({ items }) => items), [1, 2, 3]);
  });

  it("without an end are given up, and are no whole list", async () => {
    async function* pages() {
      for (;;) yield {};
    }
    await assert.rejects(
      allPages(pages(), () => [1]),
      /no end/,
    );
  });
});
