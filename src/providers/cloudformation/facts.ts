import { describeStack, getTemplate, type Stack } from "../../io/aws/cloudformation.ts";
import { type BucketState, readBucket } from "../../io/aws/s3.ts";
import { surveyAccount } from "../aws-place.ts";
import type { Context, Survey } from "../provider.ts";
import { type StackPlace, stackOf } from "./spec.ts";
import { stackState } from "./stack-state.ts";

/** What is read of a stack before planning. */
export interface StackFacts {
  stack: Stack | null;
  /** As it was sent when the stack was last changed; null when there is no stack. */
  template: string | null;
  /** How the bucket for large templates looks; null: the environment has none. */
  bucket: BucketState | null;
}

/** Reads the stack and its template. Nothing that is under way is taken for a state. */
export async function survey(place: StackPlace, context: Context): Promise<Survey<StackFacts>> {
  return await surveyAccount(place, context, async (session) => {
    const name = stackOf(place);
    const { signal } = context;
    const [stack, template, bucket] = await Promise.all([
      describeStack(session, name, signal),
      getTemplate(session, name, signal),
      place.artifacts ? readBucket(session, place.artifacts.name, signal) : null,
    ]);
    const state = stackState(name, session.setting.region, stack);
    const busy = state.is === "busy" ? state.message : null;
    const exists = stack !== null && state.is !== "absent";
    const facts = { stack, template: exists ? template : null, bucket };
    const summary = exists ? `the stack ${name} is ${stack.status}` : `there is no stack ${name}`;
    return { state: "read", facts, summary, running: null, busy };
  });
}
