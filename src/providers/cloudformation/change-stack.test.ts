import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, describe, it } from "node:test";
import { sessionWith } from "../../../test/helpers/aws/session-with.ts";
import type { AwsSession } from "../../io/aws/session.ts";
import { changeStack } from "./change-stack.ts";

const id = (name: string) => `arn:aws:cloudformation:us-east-2:111122223333:stack/${name}/1`;

/** One event of the stack `web`: of itself, or of a stack within it. */
function event(number: number, of: string, status: string): string {
  const fields = {
    EventId: String(number),
    StackId: id("web"),
    StackName: "web",
    LogicalResourceId: "web",
    PhysicalResourceId: id(of),
    ResourceType: "AWS::CloudFormation::Stack",
    ResourceStatus: status,
  };
  const inner = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  return `<member>${inner.join("")}<Timestamp>2026-01-01T00:00:0${number}Z</Timestamp></member>`;
}

/** Makes and executes any change set; its stack's events come one after the other, the newest first. */
function service(events: readonly string[]): Server {
  let looks = 0;
  return createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const action = /Action=(\w+)/.exec(body)?.[1] ?? "";
    if (action === "DescribeStackEvents") looks += 1;
    const answers: Record<string, string> = {
      GetCallerIdentity: "<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/ci</Arn>",
      CreateChangeSet: "<Id>1</Id>",
      DescribeChangeSet: "<Status>CREATE_COMPLETE</Status><Changes></Changes>",
      DescribeStackEvents: `<StackEvents>${events
        .slice(0, looks - 1)
        .reverse()
        .join("")}</StackEvents>`,
    };
    response.setHeader("content-type", "text/xml");
    response.end(`<${action}Response><${action}Result>${answers[action] ?? ""}</${action}Result></${action}Response>`);
  });
}

describe("a change of a stack", () => {
  let session: AwsSession;
  let close: () => Promise<void>;
  before(async () => {
    ({ session, close } = await sessionWith(
      service([
        event(1, "web", "CREATE_IN_PROGRESS"),
        event(2, "web-web-CHILD", "CREATE_COMPLETE"),
        event(3, "web", "ROLLBACK_IN_PROGRESS"),
        event(4, "web", "ROLLBACK_COMPLETE"),
      ]),
    ));
  });
  after(() => close());

  it("is not at its end when a stack within it is that has its name there", async () => {
    const change = {
      stack: "web",
      name: "landfall-1",
      create: true,
      template: { body: "{}" },
      parameters: {},
      capabilities: [],
      tags: {},
      description: "",
      unplanned: () => [],
      timeoutSeconds: 60,
    };
    const work = { confirm: async () => {}, onLine: () => {} };
    const end = await changeStack(session, change, work, { signal: AbortSignal.timeout(20_000) });
    assert.equal(end.result, "failed", JSON.stringify(end));
    assert.match(JSON.stringify(end), /ROLLBACK_COMPLETE/);
  });
});
