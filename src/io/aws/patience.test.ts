import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, describe, it } from "node:test";
import { sessionWith } from "../../../test/helpers/aws/session-with.ts";
import { UserError } from "../../model/errors.ts";
import { describeStack } from "./cloudformation.ts";
import { getLayerVersion } from "./lambda.ts";
import { digestObject, readBucket } from "./s3.ts";
import type { AwsSession } from "./session.ts";

/** Takes every connection, and never answers; of a bucket's object it gives the beginning. */
function silent(): Server {
  return createServer((request, response) => {
    if (!request.url?.includes("half")) return;
    response.writeHead(200, { "content-length": "1000" });
    response.write("the beginning");
  });
}

describe("a service that says nothing any more", () => {
  let session: AwsSession;
  let close: () => Promise<void>;
  before(async () => {
    ({ session, close } = await sessionWith(silent(), { connectionTimeout: 1000, socketTimeout: 50 }));
  });
  after(() => close());

  const signal = AbortSignal.timeout(30_000);
  const version = "arn:aws:lambda:us-east-2:111122223333:layer:web:1";
  const calls: Record<string, () => Promise<unknown>> = {
    CloudFormation: async () => await describeStack(session, "web", signal),
    Lambda: async () => await getLayerVersion(session, version, signal),
    STS: async () => await session.caller(),
    "S3, in the middle of an object": async () => await digestObject(session, { bucket: "b", key: "half" }, signal),
  };
  for (const [name, call] of Object.entries(calls))
    it(`is given up, and told as out of reach: ${name}`, async () => {
      await assert.rejects(call(), (error) => {
        assert.equal(error instanceof UserError ? error.code : String(error), "aws-unreachable", String(error));
        return true;
      });
    });

  it("says nothing of a bucket", async () => {
    const state = await readBucket(session, "b", signal);
    assert.ok(state.state === "unknown");
    assert.equal(state.code, "aws-unreachable");
  });
});
