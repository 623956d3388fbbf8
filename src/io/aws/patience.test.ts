import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { UserError } from "../../model/errors.ts";
import { describeStack } from "./cloudformation.ts";
import { getLayerVersion } from "./lambda.ts";
import { digestObject, readBucket } from "./s3.ts";
import { AwsSession } from "./session.ts";

/** Takes every connection, and never answers; of a bucket's object it gives the beginning. */
function silent(): Server {
  return createServer((request, response) => {
    if (!request.url?.includes("half")) return;
    response.writeHead(200, { "content-length": "1000" });
    response.write("the beginning");
  });
}

describe("a service that says nothing any more", () => {
  let server: Server;
  let session: AwsSession;
  before(async () => {
    server = silent();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const keys = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "none" };
    const chain = { identity: async () => keys, region: async () => null };
    const setting = { account: "111122223333", region: "us-east-2", endpoint };
    session = new AwsSession(setting, chain, { connectionTimeout: 1000, socketTimeout: 50 });
  });
  after(async () => {
    session.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

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
