import type { Finding } from "../../model/finding.ts";
import { shortCommit } from "../../model/revision.ts";
import type { State } from "../../model/state.ts";
import type { Before } from "../gate.ts";
import type { Guard, GuardInput } from "../guard.ts";

/**
 * What the environment takes was proven in another one before, by that one's ledger: the same source of each component. A
 * debt there is named.
 */
export const provenInGuard: Guard = ({ revision, gate }) => {
  const before = gate?.before;
  if (!before) return [];
  return Object.entries(revision.components).flatMap(([component, digest]) =>
    findingsOf(component, digest, before, revision),
  );
};

function findingsOf(
  component: string,
  digest: string,
  before: Before,
  { commit }: Pick<GuardInput["revision"], "commit">,
): Finding[] {
  const { environment, state } = before;
  const block = (why: string): Finding[] => [
    {
      code: "not-proven-there",
      level: "block",
      component,
      message: `its source at ${shortCommit(commit)} is not proven in ${environment}: ${why}`,
      fix: `landfall deploy ${environment} --ref ${shortCommit(commit)}`,
    },
  ];
  if (state === null) return block("nothing was ever deployed there");
  const doubts = targetsOf(component, before).flatMap((target) => doubtAt(component, target, digest, state));
  if (doubts.length > 0) return block(doubts.join("; "));
  const known = state.revisions.filter(({ components }) => components[component] === digest);
  const seen = targetsOf(component, before).filter((target) => state.proven[component]?.[target]?.digest === digest);
  const owing = targetsOf(component, before).filter((target) => owes(component, target, digest, state));
  const without = targetsOf(component, before).filter((target) => !seen.includes(target) && !owing.includes(target));
  // A proof of the whole holds when the environment has moved on since; what it rolled back from was left for a reason.
  if (known.length > 0 && known.every(({ withdrawn }) => withdrawn)) return block("it was rolled back from");
  if (known.length === 0 && (seen.length === 0 || without.length > 0))
    return block([...without, ...owing].map((target) => whatIsThere(component, target, state)).join("; "));
  return owing.map((target) => ({
    code: "proven-there-in-part",
    level: "warning",
    component,
    message: `${target} of ${environment} still owes this source: ${whatIsThere(component, target, state)}`,
  }));
}

/** While it is what should run there, the newest reading counts, and not an earlier proof. A target that was off was not read. */
function doubtAt(component: string, target: string, digest: string, state: State): string[] {
  const verdict = state.verdicts[component]?.[target];
  if (state.intended?.components[component] !== digest || owes(component, target, digest, state)) return [];
  return verdict === undefined || verdict.verdict === "proven"
    ? []
    : [`${target} is ${verdict.verdict} since ${verdict.at}: ${verdict.reason}`];
}

function whatIsThere(component: string, target: string, { debts, proven, verdicts }: State): string {
  const debt = debts.find((each) => each.component === component && each.target === target);
  if (debt) return `${target} is deferred and owes ${shortCommit(debt.commit)} since ${debt.since} (${debt.reason})`;
  const last = proven[component]?.[target];
  const verdict = verdicts[component]?.[target];
  const now = verdict && verdict.verdict !== "proven" ? `, ${verdict.verdict} now: ${verdict.reason}` : "";
  return last === undefined
    ? `nothing was ever proven on ${target}${now}`
    : `${target} proved ${shortCommit(last.commit)}, whose source differs${now}`;
}

function owes(component: string, target: string, digest: string, { debts }: State): boolean {
  return debts.some((debt) => debt.component === component && debt.target === target && debt.digest === digest);
}

function targetsOf(component: string, { places }: Before): string[] {
  return places.filter((place) => place.component === component).map(({ target }) => target);
}
