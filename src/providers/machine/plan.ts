import type { Finding } from "../../model/finding.ts";
import type { PlannedStep } from "../../model/step.ts";
import { seconds } from "../../model/text.ts";
import { ledgerKey } from "../on-target.ts";
import type { PlacePlan, Wanted } from "../provider.ts";
import type { MachineFacts } from "./facts.ts";
import { decideOnce } from "./once.ts";
import { recipeOf } from "./recipe.ts";
import { releaseOf } from "./release.ts";
import { runningVerdict } from "./running.ts";
import type { Step } from "./spec.ts";
import { splitAtSwitch, stepsHere } from "./steps-here.ts";
import type { MachinePlace } from "./target.ts";

/** For steps of our own: an upload over a thin line may take long. Seconds. */
const ownTimeout = 3600;

/** What is to be done about the release, before the steps are chosen. */
type Need =
  | { all: true; reason: string }
  | { all: false; restart: boolean; reason: string; release: string; commit: string };

/** Facts in, steps out. Pure. */
export function plan(place: MachinePlace, facts: MachineFacts, wanted: Wanted): PlacePlan {
  const need = whatIsNeeded(place, facts, wanted);
  const findings = foreignLedger(place, facts, wanted);
  if (!need.all && !need.restart) return { reason: need.reason, steps: [], settled: [], findings };
  const release = need.all ? releaseOf(place, wanted) : need.release;
  const commit = need.all ? wanted.commit : need.commit;
  const { before, after } = splitAtSwitch(stepsHere(place));
  const settled: PlacePlan["settled"] = [];
  const commands = (entries: [string, Step][], why: string) =>
    entries.flatMap(([name, step]) => {
      const decision = step.once === undefined ? null : decideOnce(name, place, facts, wanted);
      if (decision?.settled !== undefined) settled.push({ name, result: decision.settled });
      if (decision?.finding) findings.push(decision.finding);
      if (decision && !decision.run) return [];
      const input = { release, commit, ...(decision ? decision.input : {}) };
      return [planned(place, name, "run", decision?.reason ?? why, input, step)];
    });
  const own = (name: string, reason: string) => planned(place, name, name, reason, { release, commit });
  const finish = own("finish", `marks the release as finished and keeps the newest ${place.spec.keep}`);
  if (!need.all) {
    const steps = [...takingOver(commands(after, `after the switch: ${need.reason}`)), finish];
    return { reason: need.reason, steps, settled, findings };
  }
  const steps = [
    own("upload", need.reason),
    ...commands(before, `prepares releases/${release}`),
    ...takingOver([
      own("switch", `points \`current\` to releases/${release}`),
      ...commands(after, "comes after the switch"),
    ]),
    finish,
  ];
  // Where the current release lies there is no step before which nothing that runs was touched.
  const inPlace = facts.state.current.id === release;
  return { reason: need.reason, steps: inPlace ? takingOver(steps) : steps, settled, findings };
}

function whatIsNeeded(place: MachinePlace, facts: MachineFacts, wanted: Wanted): Need {
  const { current, record, complete } = facts.state;
  const short = (commit: string) => commit.slice(0, 7);
  const all = (reason: string): Need => ({ all: true, reason });
  if (wanted.force) return all("the release is laid anew, as was asked for");
  if (current.is === "none") return all("nothing was deployed here yet");
  if (current.id === null) return all("`current` leads to no release");
  if (record === null) return all(`nothing is known of the current release ${current.id}`);
  if (record.digest !== wanted.digest) return all(`it has ${short(record.commit)}, whose source differs`);
  if (!wanted.accepts.includes(record.commit))
    return all(`it has ${short(record.commit)}, which is not known to have the same source`);
  if (record.recipe !== recipeOf(place) && !wanted.catchesUp)
    return all(`it has ${short(record.commit)}, made by other steps, values or shared paths than the manifest has now`);
  if (!complete) return all(`${current.id} is there, and its deploy never came to its end`);
  const same = record.commit === wanted.commit ? "" : `, which has the same source as ${short(wanted.commit)}`;
  const has = { all: false as const, release: current.id, commit: record.commit };
  const problem = processProblem(place, facts);
  if (problem === null) return { ...has, restart: false, reason: `it already runs ${short(record.commit)}${same}` };
  if (splitAtSwitch(stepsHere(place)).after.length === 0)
    return all(`it has ${short(record.commit)}${same}, but ${problem}, and no step comes after the switch`);
  return { ...has, restart: true, reason: `it has ${short(record.commit)}${same}, but ${problem}` };
}

/** Why the process must be started again. What cannot be read is no reason: the proof will say so. */
function processProblem({ spec }: MachinePlace, facts: MachineFacts): string | null {
  if (spec.prove.service === undefined && spec.prove.process === undefined) return null;
  const verdict = runningVerdict(spec.prove.service ?? null, facts.processes, facts.state);
  return verdict.verdict === "refuted" ? verdict.reason : null;
}

function foreignLedger(place: MachinePlace, { token, host }: MachineFacts, wanted: Wanted): Finding[] {
  if (token === null || token.ledger === ledgerKey(wanted.ledger) || wanted.force) return [];
  const message = `${place.spec.directory} on ${host} was deployed from another ledger (${token.ledger})`;
  return [{ code: "foreign-ledger", level: "block", message, component: place.component, target: place.target }];
}

/** Before the switch a deploy may fail and nothing that runs was touched. */
function takingOver(steps: PlannedStep[]): PlannedStep[] {
  return steps.map((step) => ({ ...step, takesOver: true }));
}

function planned(
  { component, target }: MachinePlace,
  name: string,
  action: string,
  reason: string,
  input: PlannedStep["input"],
  step?: Step,
): PlannedStep {
  return {
    component,
    target,
    name,
    action,
    reason,
    timeoutSeconds: step ? seconds(step.timeout) : ownTimeout,
    retries: step?.retries ?? 0,
    once: step?.once !== undefined,
    takesOver: false,
    ...(step ? { command: true } : {}),
    input,
  };
}
