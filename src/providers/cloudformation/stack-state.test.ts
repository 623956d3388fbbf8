import assert from "node:assert/strict";
import { it } from "node:test";
import { StackStatus } from "@aws-sdk/client-cloudformation";
import type { Stack } from "../../io/aws/cloudformation.ts";
import { stackState } from "./stack-state.ts";

const stack = (status: string): Stack => ({
  name: "web",
  status,
  statusReason: "",
  parameters: {},
  tags: {},
  outputs: {},
});
const stateOf = (status: string) => stackState("web", "us-east-2", stack(status));

it("every state of the service's own list is known: absent, ready, busy, or stuck with a way out", () => {
  const states = Object.values(StackStatus).map((status) => [status, stateOf(status).is]);
  const known = Object.groupBy(states, ([, is = ""]) => is);
  const names = (is: string) => known[is]?.map(([status]) => status).sort();
  assert.deepEqual(names("absent"), ["DELETE_COMPLETE", "REVIEW_IN_PROGRESS"]);
  assert.deepEqual(names("ready"), [
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
  ]);
  assert.ok(names("busy")?.every((status) => status?.endsWith("_IN_PROGRESS")));
  assert.deepEqual(names("stuck"), [
    "CREATE_FAILED",
    "DELETE_FAILED",
    "IMPORT_ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_FAILED",
  ]);
});

it("a state that is not known is stuck, and not good", () => {
  assert.equal(stateOf("SOMETHING_NEW").is, "stuck");
  assert.equal(stateOf("").is, "stuck");
});

it("each way out is of that state, and names the stack and its region", () => {
  const ways: [status: string, way: RegExp][] = [
    ["ROLLBACK_COMPLETE", /delete-stack/],
    ["ROLLBACK_FAILED", /delete-stack/],
    ["UPDATE_ROLLBACK_FAILED", /continue-update-rollback/],
    ["UPDATE_FAILED", /rollback-stack/],
    ["DELETE_FAILED", /--retain-resources/],
  ];
  for (const [status, way] of ways) {
    const state = stateOf(status);
    assert.match(state.is === "stuck" ? (state.finding.fix ?? "") : "", way);
    assert.match(state.is === "stuck" ? (state.finding.fix ?? "") : "", /--stack-name web --region us-east-2/);
  }
});
