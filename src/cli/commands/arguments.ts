import type { DeployRequest } from "../../actions/deploy.ts";
import { UserError } from "../../model/errors.ts";
import type { Finding } from "../../model/finding.ts";
import { duration, seconds } from "../../model/text.ts";
import { usage } from "../usage.ts";
import type { Invocation } from "../verb.ts";

const defaultWait = "10m";

/** The environment: the first argument, which the parser made sure of. */
export function environmentOf(invocation: Invocation): string {
  return invocation.args[0] ?? "";
}

/** The one target. Throws a UserError `usage` when none is named. */
export function targetOf(invocation: Invocation): string {
  const target = invocation.text("target");
  if (target !== undefined) return target;
  throw new UserError("invalid", [usage("it needs --target T: the one that it is about", invocation.verb)]);
}

/** Components, given as arguments or by --component. Empty: all of them. */
export function componentsOf(invocation: Invocation): string[] {
  return [...new Set([...invocation.args.slice(1), ...invocation.list("component")])];
}

/** --wait in seconds. Throws a UserError `usage`. */
export function waitOf(invocation: Invocation): number {
  const text = invocation.text("wait") ?? defaultWait;
  if (text === "0") return 0;
  if (!duration().safeParse(text).success || text.includes("${"))
    throw new UserError("invalid", [usage(`--wait ${text} is not a time such as 30s, 10m or 1h`, invocation.verb)]);
  return seconds(text);
}

/** A value of an option that must be a whole number above zero. Throws a UserError `usage`. */
export function countOf(invocation: Invocation, name: string, otherwise: number): number {
  const text = invocation.text(name);
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new UserError("invalid", [usage(`--${name} ${text} is not a whole number above zero`, invocation.verb)]);
  return Number(text);
}

/** The reason, which some options cannot do without. Throws a UserError `reason-missing`. */
export function reasonOf(invocation: Invocation, needing: readonly string[]): { reason?: string } {
  const reason = invocation.text("reason");
  if (reason !== undefined && reason.trim() !== "") return { reason };
  const given = needing.filter((name) => invocation.on(name));
  if (given.length === 0) return {};
  throw new UserError("invalid", [reasonMissing(given.map((name) => `--${name}`).join(" and "))]);
}

export function reasonMissing(what: string): Finding {
  return { code: "reason-missing", level: "block", message: `${what} needs --reason`, fix: 'add --reason "…"' };
}

/** What a person says of steps whose end is unknown. Throws a UserError `usage` when both are said of one step. */
export function answersOf(invocation: Invocation): Record<string, "done" | "rerun"> {
  const done = invocation.list("once-done");
  const rerun = invocation.list("once-rerun");
  const both = done.filter((step) => rerun.includes(step));
  if (both.length > 0)
    throw new UserError("invalid", [
      usage(`--once-done and --once-rerun are both said of ${both[0]}`, invocation.verb),
    ]);
  return Object.fromEntries([
    ...done.map((step) => [step, "done"] as const),
    ...rerun.map((step) => [step, "rerun"] as const),
  ]);
}

/** What deploy is asked for, and plan, which only tells what would be done. */
export function deployRequestOf(invocation: Invocation): DeployRequest {
  return {
    environment: environmentOf(invocation),
    components: componentsOf(invocation),
    ref: invocation.text("ref"),
    force: invocation.on("force"),
    ...reasonOf(invocation, ["force", "once-done", "once-rerun"]),
    waitSeconds: waitOf(invocation),
    answers: answersOf(invocation),
  };
}
