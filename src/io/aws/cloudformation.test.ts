import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { detectDrift } from "./cloudformation.ts";
import { AwsSession } from "./session.ts";

/** Answers drift detections that come to an end after so many looks. */
function service(looks: () => number): Server {
  let seen = 0;
  return createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const action = /Action=(\w+)/.exec(body)?.[1] ?? "";
    const id = "<StackDriftDetectionId>d-1</StackDriftDetectionId>";
    seen = action === "DetectStackDrift" ? 0 : seen + 1;
    const ended = `<StackDriftStatus>IN_SYNC</StackDriftStatus>`;
    const state =
      seen < looks()
        ? "<DetectionStatus>DETECTION_IN_PROGRESS</DetectionStatus>"
        : `<DetectionStatus>DETECTION_COMPLETE</DetectionStatus>${ended}`;
    const result = action === "DetectStackDrift" ? id : `<StackId>s</StackId>${id}${state}`;
    response.setHeader("content-type", "text/xml");
    response.end(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`);
  });
}

describe("the detection of drift", () => {
  let looks = 1;
  let server: Server;
  let session: AwsSession;
  before(async () => {
    server = service(() => looks);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const keys = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "none" };
    const chain = { identity: async () => keys, region: async () => null };
    session = new AwsSession({ account: "111122223333", region: "us-east-2", endpoint }, chain);
  });
  after(async () => {
    session.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const detect = async (limitSeconds: number) =>
    await detectDrift(session, "web", limitSeconds, AbortSignal.timeout(20_000));

  it("that does not come to its end within the limit is unknown", async () => {
    looks = Number.POSITIVE_INFINITY;
    const expected = { status: "UNKNOWN", reason: "it did not come to an end within 0 s", drifted: [] };
    assert.deepEqual(await detect(0), expected);
  });

  it("is waited for within the limit", async () => {
    looks = 3;
    assert.equal((await detect(600)).status, "IN_SYNC");
  });
});
