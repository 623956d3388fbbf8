import type { Finding } from "../../model/finding.ts";
import type { PlannedStep } from "../../model/step.ts";
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
 * have failed, or never to have begun, is run.
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
  const begunElsewhere = ledger !== undefined && ledger.result === undefined && ledger.target !== place.target;
  if (here?.word === "begun") {
    // It still runs: under the target's lock the runner will see how it ended, and not run it a second time.
    if (facts.busy !== null) return run("it was begun, and the target is busy with it");
    if (place.spec.steps[name]?.pending !== undefined && wanted.answers[name] === undefined)
      return run("it was begun and nothing says how it ended: its pending check is asked before anything is run");
  } else if (here?.word === "failed" || ledger?.result === "failed") return run("it failed when it was tried last");
  else if (!begunElsewhere) return run("runs once for this source, and has not run yet");
  const answer = wanted.answers[name];
  if (answer === "done") return { ...leave("it is done, as a person said"), settled: "done" };
  if (answer === "rerun") return run("it is run again, as a person said", true);
  const where = begunElsewhere ? `on ${ledger.target}` : `on ${place.target}`;
  const message =
    `step ${name} was begun ${where} for this source${here === undefined ? "" : ` (${here.note})`}, ` +
    "and nothing says how it ended";
  const { component, target } = place;
  return { ...leave(message), finding: { code: "once-unknown", level: "block", message, component, target } };
}
