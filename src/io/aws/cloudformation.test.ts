import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, describe, it } from "node:test";
import { sessionWith } from "../../../test/helpers/aws/session-with.ts";
import { detectDrift } from "./cloudformation.ts";
import type { AwsSession } from "./session.ts";

/** Answers drift detections that come to an end after so many looks; so many are refused before, since another one is under way. */
function service(looks: () => number, refusals: () => number): Server {
  let seen = 0;
  let refused = 0;
  return createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const action = /Action=(\w+)/.exec(body)?.[1] ?? "";
    if (action === "DetectStackDrift" && refused < refusals()) {
      refused += 1;
      const message = "Drift detection is already in progress for stack [arn:aws:cloudformation:web]";
      response.writeHead(400, { "content-type": "text/xml" });
      const error = `<Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error>`;
      return response.end(`<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>`);
    }
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
  let refusals = 0;
  let session: AwsSession;
  let close: () => Promise<void>;
  before(async () => {
    ({ session, close } = await sessionWith(
      service(
        () => looks,
        () => refusals,
      ),
    ));
  });
  after(() => close());
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

  it("that meets another one begins when that has ended, and is unknown when it does not within the limit", async () => {
    refusals = 2;
    assert.equal((await detect(600)).status, "IN_SYNC");
    refusals = Number.POSITIVE_INFINITY;
    const { status, reason } = await detect(0);
    assert.equal(status, "UNKNOWN");
    assert.match(reason, /another one is under way/);
  });
});
