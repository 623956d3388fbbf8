import type { Stack } from "../../io/aws/cloudformation.ts";
import type { Finding } from "../../model/finding.ts";

/** What can be done with a stack as it is now. */
export type StackState =
  /** There is none, or one that was only announced: a change makes it. */
  { is: "absent" } | { is: "ready" } | { is: "busy"; message: string } | { is: "stuck"; finding: Finding };

const ready = /^(CREATE_COMPLETE|UPDATE_COMPLETE|UPDATE_ROLLBACK_COMPLETE|IMPORT_COMPLETE|IMPORT_ROLLBACK_COMPLETE)$/;

/**
 * Reads a stack's state, with the way out where it takes no change. The states are those of StackStatus in
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html; one that is not known there is stuck.
 */
export function stackState(name: string, region: string, stack: Stack | null): StackState {
  const status = stack?.status ?? "DELETE_COMPLETE";
  if (status === "DELETE_COMPLETE" || status === "REVIEW_IN_PROGRESS") return { is: "absent" };
  if (ready.test(status)) return { is: "ready" };
  if (status.endsWith("_IN_PROGRESS")) return { is: "busy", message: `the stack ${name} is ${status}` };
  const why = stack?.statusReason ? `: ${stack.statusReason}` : "";
  return {
    is: "stuck",
    finding: {
      code: "stack-stuck",
      level: "block",
      message: `the stack ${name} is ${status}${why}`,
      fix: wayOut(status, `--stack-name ${name} --region ${region}`),
    },
  };
}

function wayOut(status: string, which: string): string {
  const cli = (command: string) => `aws cloudformation ${command} ${which}`;
  switch (status) {
    case "ROLLBACK_COMPLETE":
    case "CREATE_FAILED":
      return `its creation failed, and such a stack takes no update: read its events, then ${cli("delete-stack")}, and deploy again; what it retains stays`;
    case "ROLLBACK_FAILED":
      return `its creation failed, and so did the rollback: mend what its events name, then ${cli("delete-stack")}, and deploy again`;
    case "DELETE_FAILED":
      return `mend what its events name, then ${cli("delete-stack")} (with --retain-resources for what cannot be deleted)`;
    case "UPDATE_ROLLBACK_FAILED":
      return `mend what its events name, then ${cli("continue-update-rollback")} (with --resources-to-skip for what cannot be mended)`;
    case "UPDATE_FAILED":
      return `${cli("rollback-stack")}, and deploy again`;
    default:
      return `bring it into a finished state: ${cli("describe-stack-events")} tells what happened`;
  }
}
