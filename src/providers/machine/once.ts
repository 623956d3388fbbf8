import type { Finding } from "../../model/finding.ts";
import type { Once } from "../../model/state.ts";
import type { PlannedStep } from "../../model/step.ts";
import { ledgerKey } from "../on-target.ts";
import type { Wanted } from "../provider.ts";
import type { MachineFacts } from "./facts.ts";
import { onceKey } from "./release.ts";
import type { MachinePlace } from "./target.ts";

/** Whether a step that must run once is to be run, and what is now known of it. */
export interface OnceDecision {
  run: boolean;
  reason: string;
  input: PlannedStep["input"];
  settled?: "done";
  finding?: Finding;
}

/**
 * Decides from the ledger first, then from the target's own journal, then from a person's word. Only what is known to
 * have failed by itself, or never to have begun, is run.
 */
export function decideOnce(name: string, place: MachinePlace, facts: MachineFacts, wanted: Wanted): OnceDecision {
  const key = onceKey(wanted.digest);
  const run = (reason: string, rerun = false): OnceDecision => ({
    run: true,
    reason,
    input: { onceKey: key, rerun },
  });
  const leave = (reason: string): OnceDecision => ({ run: false, reason, input: {} });
  if (!wanted.runsOnce) return leave("another target runs it");
  const ledger = wanted.once[name]?.digest === wanted.digest ? wanted.once[name] : undefined;
  if (ledger?.result === "done") return leave("the ledger says that it is done for this source");
  const here = facts.once.find((entry) => entry.name === `${place.component}-${name}-${key}`);
  if (here?.word === "done") return { ...leave("the target's journal says that it is done"), settled: "done" };
  // Begun, for the ledger, and not known to have ended.
  const open = ledger !== undefined && ledger.result === undefined ? ledger : undefined;
  if (here?.word === "begun" || here?.word === "killed") {
    // It still runs: under the target's lock the runner will see how it ended, and not run it a second time.
    if (here.word === "begun" && facts.busy !== null) return run("it was begun, and the target is busy with it");
    if (place.spec.steps[name]?.pending !== undefined && wanted.answers[name] === undefined)
      return run(`it ${cutOff[here.word]}: its pending check is asked before anything is run`);
  } else if (open === undefined || journalTells(open, place, facts, wanted)) {
    if (here?.word === "failed" || ledger?.result === "failed") return run("it failed when it was tried last");
    if (open === undefined) return run("runs once for this source, and has not run yet");
    return run("it was to run, and the target's journal shows that it never began");
  }
  const answer = wanted.answers[name];
  if (answer === "done") return { ...leave("it is done, as a person said"), settled: "done" };
  if (answer === "rerun") return run("it is run again, as a person said", true);
  const message = `step ${name} ${whatIsKnown(place, open, here)}`;
  const { component, target, environment } = place;
  const say = (option: string) => `landfall deploy ${environment} --${option} ${name} --reason "…"`;
  const fix = `look what it did, then say so: ${say("once-done")} where it is done, ${say("once-rerun")} where it must run again`;
  return { ...leave(message), finding: { code: "once-unknown", level: "block", message, component, target, fix } };
}

const cutOff = {
  begun: "was begun and nothing says how it ended",
  killed: "was killed and may have done half",
};

/** Whether the rollout that began it would have noted so in this very journal: a machine that was replaced has a new one. */
function journalTells(open: Once, { target }: MachinePlace, { token }: MachineFacts, { ledger }: Wanted): boolean {
  if (open.target !== target || token === null) return false;
  return token.ledger === ledgerKey(ledger) && token.token >= open.token;
}

function whatIsKnown({ target }: MachinePlace, open: Once | undefined, here: MachineFacts["once"][number] | undefined) {
  if (open !== undefined && open.target !== target)
    return `was begun on ${open.target} for this source, and nothing says how it ended`;
  // "<status> <rollout>"
  const rollout = here?.note.split(" ").at(-1);
  if (here?.word === "killed")
    return `was killed on ${target} for this source in rollout ${rollout}, and may have done half`;
  if (here?.word === "begun")
    return `was begun on ${target} for this source in rollout ${rollout}, and nothing says how it ended`;
  return (
    `was begun on ${target} for this source in rollout ${open?.rollout}, and nothing says how it ended: ` +
    "what the target knew of that rollout is gone, as after a new installation of the machine"
  );
}
