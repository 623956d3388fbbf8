import type { Evidence, Verdict } from "../model/evidence.ts";
import type { Debt, Outcome, Reason } from "../model/outcome.ts";
import type { StepResult } from "../model/step.ts";

/** Everything that the judge looks at. `places` are those that should run the revision. */
export interface Case {
  places: readonly { component: string; target: string }[];
  steps: readonly StepResult[];
  evidence: readonly Evidence[];
  deferred: readonly Debt[];
  /** Set when the rollout was stopped from outside: by a person, or by losing its lease. */
  stopped?: { by: "cancelled" | "lease-lost"; message: string } | undefined;
}

/**
 * The rule: any failed step or refuted claim → failed; else stopped → cancelled or unproven; else any unknown claim, a place
 * without a claim, or nothing proven at all → unproven; else proven. Pure.
 */
export function judge(given: Case): Outcome {
  const failed = given.steps.filter((step) => !isCutOff(step, given)).flatMap(failedStep);
  const judged = given.evidence.map((evidence) => ({ evidence, verdict: soundVerdict(evidence) }));
  const refuted = judged.filter((item) => item.verdict === "refuted").map((item) => reasonOf(item.evidence));
  const notReached = given.steps.flatMap(unreachedTarget);
  const deferred = [...given.deferred];
  if (failed.length > 0 || refuted.length > 0) {
    return { outcome: "failed", reasons: [...failed, ...once(refuted), ...unique(notReached)], deferred };
  }
  if (given.stopped) {
    const code = given.stopped.by;
    return {
      outcome: code === "cancelled" ? "cancelled" : "unproven",
      reasons: [{ message: given.stopped.message, code }, ...unique(notReached)],
      deferred,
    };
  }
  const unknown = judged.filter((item) => item.verdict === "unknown").map((item) => reasonOf(item.evidence));
  const silent = given.places
    .filter((place) => !isDeferred(place, deferred) && !given.evidence.some((item) => samePlace(item, place)))
    .map(withoutEvidence);
  if (unknown.length > 0 || silent.length > 0)
    return { outcome: "unproven", reasons: [...once(unknown), ...silent, ...unique(notReached)], deferred };
  const proven = given.places
    .filter((place) => !isDeferred(place, deferred))
    .map((place) => strongest(place, given.evidence));
  if (proven.length === 0)
    return {
      outcome: "unproven",
      reasons: [{ message: "no target was proven: every one is deferred", code: "no-evidence" }],
      deferred,
    };
  return { outcome: "proven", reasons: proven, deferred };
}

/** A `proven` that rests on no reading, or on an empty one, is unknown: silence proves nothing, whoever says so. */
function soundVerdict(evidence: Evidence): Verdict {
  if (evidence.verdict !== "proven") return evidence.verdict;
  const seen = evidence.readings.some((reading) => reading.identity !== null && reading.identity !== "");
  return seen ? "proven" : "unknown";
}

/** A step that nobody waited for any more, because a person said so, did not fail: its end is not known. */
function isCutOff(step: StepResult, { stopped }: Case): boolean {
  return stopped?.by === "cancelled" && step.result === "failed" && step.error.code === "cancelled";
}

function failedStep(step: StepResult): Reason[] {
  if (step.result !== "failed") return [];
  const { component, target, name, error } = step;
  const said = lastWords(error.output ?? []);
  // Of a candidate that answers wrongly the reason is all: what it prints is mostly who asked.
  const told = said === null || error.message.includes(said) || error.code === "candidate-refuted";
  const message = `step ${name}: ${error.message}${told ? "" : `: ${said}`}`;
  return [{ component, target, message, code: error.code }];
}

/** The last line with a word in it: where most programs say why they failed. */
function lastWords(output: readonly string[]): string | null {
  const line = output.findLast((each) => /\p{L}/u.test(each))?.trim();
  return line === undefined ? null : line.slice(0, 300);
}

function unreachedTarget(step: StepResult): Reason[] {
  return step.result === "not-reached"
    ? [{ component: step.component, target: step.target, message: `${step.name} not reached: ${step.reason}` }]
    : [];
}

/** Several claims that fail for one reason are one reason. */
function once(reasons: Reason[]): Reason[] {
  const same = (a: Reason, b: Reason) => samePlace(a, b) && a.message === b.message && a.code === b.code;
  return reasons.filter((reason, index) => reasons.findIndex((other) => same(other, reason)) === index);
}

function unique(reasons: Reason[]): Reason[] {
  return reasons.filter((reason, index) => reasons.findIndex((other) => samePlace(other, reason)) === index);
}

function reasonOf({ component, target, claim, reason, code, verdict }: Evidence): Reason {
  const message = verdict === "proven" ? `${claim}: declared proven without a reading` : reason;
  return { component, target, message, code: code ?? "no-evidence" };
}

function withoutEvidence(place: { component: string; target: string }): Reason {
  return { ...pick(place), message: "nothing was read here, so nothing is proven", code: "no-evidence" };
}

const strength = ["service", "process", "running", "version", "release"];

/** The claim that tells most about what runs: a process before an answer before a directory. */
function strongest(place: { component: string; target: string }, evidence: readonly Evidence[]): Reason {
  const own = evidence.filter((item) => samePlace(item, place));
  const found = strength.map((claim) => own.find((item) => item.claim === claim)).find(Boolean) ?? own[0];
  return { ...pick(place), message: found?.reason ?? "proven" };
}

function pick({ component, target }: { component: string; target: string }): { component: string; target: string } {
  return { component, target };
}

function samePlace(
  a: { component?: string | undefined; target?: string | undefined },
  b: { component?: string | undefined; target?: string | undefined },
): boolean {
  return a.component === b.component && a.target === b.target;
}

function isDeferred(place: { component: string; target: string }, deferred: readonly Debt[]): boolean {
  return deferred.some((debt) => samePlace(debt, place));
}
