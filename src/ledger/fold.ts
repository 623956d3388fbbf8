import type { ApprovalUse } from "../model/approval.ts";
import type { Code } from "../model/codes.ts";
import { componentCommit, componentRepository, sameRevision } from "../model/revision.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import type { Once, State } from "../model/state.ts";
import { withUsedApproval } from "./approvals.ts";
import { withEffects } from "./effects.ts";

type Opened = Extract<RolloutEvent, { event: "rollout-opened" }>;
type StepStarted = Extract<RolloutEvent, { event: "step-started" }>;

/** The state before anything was recorded. */
export function emptyState(ledger: string, application: string, environment: string): State {
  return {
    schemaVersion: 1,
    ledger,
    application,
    environment,
    token: 0,
    proven: {},
    verdicts: {},
    pairs: {},
    revisions: [],
    once: {},
    debts: [],
  };
}

/** What the fold must know of the rollout whose events it is given. Filled by its opening. */
export interface FoldScope {
  rollout: string;
  opened?: Opened;
  /** Whether what this rollout leaves alone was proven, so that the whole is when this is. */
  othersProven: boolean;
  artifacts: Record<string, string>;
  /** By component: what a build made, or made earlier for the same source. */
  packages: Record<string, { digest: string; bytes: number }>;
  /** The approval that let it be carried out. */
  approval?: ApprovalUse;
  /** The planned steps from which on the new revision is what should run. */
  takesOver: Set<string>;
  /** The planned steps that run a command of the manifest. */
  commands: Set<string>;
  /** The places that the plan knows; empty before there is one. */
  places: Set<string>;
  /** Verdicts of this rollout by component and target: the worst one counts. */
  verdicts: Map<
    string,
    {
      component: string;
      target: string;
      verdict: "proven" | "refuted" | "unknown";
      reason: string;
      commit: string;
      /** Whether a claim found that nothing runs there. */
      gone: boolean;
      at: string;
    }
  >;
}

export function openScope(rollout: string): FoldScope {
  return {
    rollout,
    othersProven: true,
    artifacts: {},
    packages: {},
    takesOver: new Set(),
    commands: new Set(),
    places: new Set(),
    verdicts: new Map(),
  };
}

const revisionsKept = 50;
const nothingRuns: ReadonlySet<Code> = new Set([
  "process-missing",
  "service-not-active",
  "container-missing",
  "container-not-running",
]);
const badness = { proven: 0, unknown: 1, refuted: 2 } as const;

/**
 * The state after an event. The state is nothing but the fold of all events, so it can be rebuilt from them.
 * Pure but for `scope`, which gathers what the closing event needs.
 */
export function fold(state: State, event: RolloutEvent, scope: FoldScope): State {
  switch (event.event) {
    case "rollout-opened":
      scope.opened = event;
      scope.othersProven = !event.partial || state.intended === undefined || state.intended.proven;
      return {
        ...state,
        application: event.application,
        token: Math.max(state.token, event.token),
        pairs: withPairs(state.pairs, event.revision),
        // A proof changes nothing, and a sync only one target: neither may hide how the last rollout ended, or that it is open.
        ...(!movesEnvironment(event) ? {} : { last: lastRollout(event) }),
      };
    case "rollout-refused":
      // A refusal changes nothing that runs, and must not hide a rollout that is still open.
      return state;
    case "planned":
      for (const place of event.plan.targets) scope.places.add(placeKey(place));
      for (const step of event.plan.targets.flatMap(({ steps }) => steps)) {
        if (step.takesOver) scope.takesOver.add(stepKey(step));
        if (step.command) scope.commands.add(stepKey(step));
      }
      return state;
    case "step-started":
      return withStarted(state, event, scope);
    case "approval-taken":
      scope.approval = event.approval;
      return state;
    case "built":
      scope.artifacts[event.component] = event.artifact;
      if (event.package) scope.packages[event.component] = { digest: event.artifact, bytes: event.bytes };
      return state;
    case "once-started":
      return withOnce(withEffects(state, event, scope), event.component, event.name, {
        digest: event.digest,
        target: event.target,
        rollout: scope.rollout,
        token: event.token,
        startedAt: event.at,
      });
    case "once-ended": {
      const begun = state.once[event.component]?.[event.name]?.find(({ digest }) => digest === event.digest);
      return withOnce(withEffects(state, event, scope), event.component, event.name, {
        digest: event.digest,
        target: event.target,
        rollout: begun?.rollout ?? scope.rollout,
        token: event.token,
        startedAt: begun?.startedAt ?? event.at,
        endedAt: event.at,
        result: event.error ? "failed" : "done",
      });
    }
    case "step-ended":
      return withEffects(state, event, scope);
    case "evidence": {
      const { component, target, verdict, reason, readings, code } = event.evidence;
      const key = placeKey(event.evidence);
      const before = scope.verdicts.get(key);
      const gone = (before?.gone ?? false) || (code !== undefined && nothingRuns.has(code));
      // What lies there is not what runs, where nothing does.
      const commit = gone ? "" : (commitRead(readings.map((reading) => reading.identity)) ?? before?.commit ?? "");
      scope.verdicts.set(
        key,
        before && badness[before.verdict] >= badness[verdict]
          ? { ...before, commit, gone }
          : { component, target, verdict, reason, commit, gone, at: event.at },
      );
      return state;
    }
    case "rollout-closed":
      return close(state, event, scope);
    default:
      return state;
  }
}

/**
 * A step that takes over makes its revision the one that should run. Also a command before it may have stopped what runs.
 * One that was overtaken, and whose record came late, says nothing of the present any more.
 */
function withStarted(state: State, event: StepStarted, scope: FoldScope): State {
  if (isOvertaken(state, scope)) return state;
  if (scope.takesOver.has(stepKey(event))) return touched(withIntended(state, event.at, scope, false), event, scope);
  return scope.commands.has(stepKey(event)) ? touched(state, event, scope) : state;
}

/** What was read before a change says nothing of what runs after it. */
function touched(state: State, event: StepStarted, { rollout, takesOver }: FoldScope): State {
  const { component, target, name, at } = event;
  const did = takesOver.has(stepKey(event)) ? "changed it" : `ran ${name} on it`;
  const reason = `rollout ${rollout} ${did}, and has not read it since`;
  return withVerdict(state, component, target, { verdict: "unknown", at, reason, rollout, commit: "" });
}

function withVerdict(
  state: State,
  component: string,
  target: string,
  verdict: State["verdicts"][string][string],
): State {
  return {
    ...state,
    verdicts: { ...state.verdicts, [component]: { ...state.verdicts[component], [target]: verdict } },
  };
}

/** One that was overtaken by a newer rollout is part of the record, and says nothing of the present any more. */
function isOvertaken(state: State, { opened }: FoldScope): boolean {
  return opened !== undefined && opened.token < state.token;
}

function close(state: State, event: Extract<RolloutEvent, { event: "rollout-closed" }>, scope: FoldScope): State {
  const opened = scope.opened;
  let next = withUsedApproval(state, event, scope.approval);
  if (state.last?.id === event.rollout) {
    const reason = event.outcome.reasons[0]?.message;
    next.last = {
      ...state.last,
      closedAt: event.at,
      outcome: event.outcome.outcome,
      ...(reason === undefined ? {} : { reason }),
    };
  }
  if (isOvertaken(state, scope)) return next;
  next.debts = mergeDebts(state, event);
  for (const { component, target, verdict, reason, commit, at } of scope.verdicts.values()) {
    next = withVerdict(next, component, target, { verdict, at, reason, rollout: event.rollout, commit });
    const digest = opened?.revision.components[component];
    if (verdict !== "proven" || !opened || digest === undefined) continue;
    const artifact = scope.artifacts[component];
    const proven = {
      commit: commit || componentCommit(opened.revision, component),
      intended: componentCommit(opened.revision, component),
      digest,
      ...(artifact === undefined ? {} : { artifact }),
      repository: componentRepository(opened.revision, component),
      rollout: event.rollout,
      at,
    };
    next.proven = { ...next.proven, [component]: { ...next.proven[component], [target]: proven } };
    next.debts = next.debts.filter((debt) => debt.component !== component || debt.target !== target);
    const built = scope.packages[component];
    if (built) next.artifacts = withArtifact(next.artifacts, component, digest, { ...built, at });
  }
  if (opened && movesEnvironment(opened) && event.outcome.outcome === "proven") {
    if (scope.othersProven) next.revisions = withRevision(state, opened, event.at);
    next.intended = withIntended(state, event.at, scope, true).intended;
    if (!opened.partial && scope.places.size > 0) next = withoutLeft(next, scope);
  }
  return next;
}

/** What the manifest has no more is nothing that the environment is judged by, once all that it has is proven. */
function withoutLeft(state: State, { places }: FoldScope): State {
  const verdicts = Object.entries(state.verdicts).flatMap(([component, targets]) => {
    const left = Object.entries(targets).filter(([target]) => places.has(placeKey({ component, target })));
    return left.length === 0 ? [] : [[component, Object.fromEntries(left)] as const];
  });
  const debts = state.debts.filter((debt) => places.has(placeKey(debt)));
  return { ...state, verdicts: Object.fromEntries(verdicts), debts };
}

/** From the first step that touches what runs, the revision is what should run, however the rollout ends. */
function withIntended(state: State, at: string, { opened, othersProven }: FoldScope, proven: boolean): State {
  if (!opened || !movesEnvironment(opened)) return state;
  const { rollout, intent } = opened;
  return {
    ...state,
    intended: { ...wholeRevision(state, opened), rollout, at, intent, proven: proven && othersProven },
  };
}

function placeKey({ component, target }: { component: string; target: string }): string {
  return `${component}\n${target}`;
}

function stepKey({ component, target, name }: { component: string; target: string; name: string }): string {
  return `${component}\n${target}\n${name}`;
}

/** Whether a rollout says what should run in the whole environment. A proof and a sync follow what another one said. */
function movesEnvironment({ intent }: Opened): boolean {
  return intent === "deploy" || intent === "rollback";
}

function lastRollout(event: Opened): NonNullable<State["last"]> {
  return {
    id: event.rollout,
    commit: event.revision.commit,
    intent: event.intent,
    who: event.owner.who,
    openedAt: event.at,
  };
}

/**
 * Puts a proven revision first. A rollback withdraws those that were newer than what it returned to: they were left for a
 * reason, so the next rollback must not go back to them.
 */
function withRevision(state: State, opened: Opened, at: string): State["revisions"] {
  const present = { ...wholeRevision(state, opened), rollout: opened.rollout, at };
  const known = state.revisions.findIndex((revision) => sameRevision(revision, present));
  const others = state.revisions
    .map((revision, index) =>
      opened.intent === "rollback" && index < known ? { ...revision, withdrawn: true } : revision,
    )
    .filter((revision) => !sameRevision(revision, present));
  return [present, ...others].slice(0, revisionsKept);
}

/**
 * What the whole environment is at. A rollout of some components leaves the others as they were: each keeps its own commit,
 * so that a later proof or rollback does not take the new commit for something that ever ran of them.
 */
function wholeRevision(
  { intended }: State,
  { revision, partial }: Opened,
): Pick<Opened["revision"], "commit" | "components" | "sources"> {
  const { commit, components, repository } = revision;
  const left = partial && intended ? Object.keys(intended.components).filter((name) => !(name in components)) : [];
  const digests = Object.fromEntries(left.map((name) => [name, intended?.components[name] ?? ""]));
  const kept = left.map((name) => [
    name,
    intended?.sources?.[name] ?? { repository, commit: intended?.commit ?? commit, ref: "as last deployed" },
  ]);
  const sources = { ...Object.fromEntries(kept), ...revision.sources };
  return {
    commit,
    components: { ...digests, ...components },
    ...(Object.keys(sources).length === 0 ? {} : { sources }),
  };
}

/** The first full commit id among what was read. */
function commitRead(identities: readonly (string | null)[]): string | undefined {
  return identities.find(
    (identity): identity is string => identity !== null && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(identity),
  );
}

function mergeDebts(state: State, event: Extract<RolloutEvent, { event: "rollout-closed" }>): State["debts"] {
  const now = event.outcome.deferred;
  return [
    ...state.debts.filter((old) => !now.some((debt) => debt.component === old.component && debt.target === old.target)),
    ...now,
  ];
}

function withPairs(pairs: State["pairs"], revision: Opened["revision"]): State["pairs"] {
  const next = { ...pairs };
  for (const [component, digest] of Object.entries(revision.components)) {
    const entries = Object.entries({ ...next[component], [componentCommit(revision, component)]: digest });
    // The newest two hundred are enough to recognise what runs, and keep state.json small.
    next[component] = Object.fromEntries(entries.slice(-200));
  }
  return next;
}

type Artifacts = NonNullable<State["artifacts"]>;

const artifactsKept = 100;

/** Puts what was proven for a source last: a build that is repeated may give other bytes, and these are the proven ones. */
function withArtifact(
  artifacts: Artifacts = {},
  component: string,
  source: string,
  artifact: Artifacts[string][string],
): Artifacts {
  const { [source]: _, ...others } = artifacts[component] ?? {};
  const entries = [...Object.entries(others), [source, artifact] as const].slice(-artifactsKept);
  return { ...artifacts, [component]: Object.fromEntries(entries) };
}

const onceKept = 50;

/** By digest: what ran for an earlier source must be known when that source comes back. */
function withOnce(state: State, component: string, step: string, once: Once): State {
  const others = (state.once[component]?.[step] ?? []).filter(({ digest }) => digest !== once.digest);
  const kept = [once, ...others].filter((entry, index) => index < onceKept || entry.result === undefined);
  return { ...state, once: { ...state.once, [component]: { ...state.once[component], [step]: kept } } };
}
