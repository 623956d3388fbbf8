import type { RolloutEvent } from "../model/rollout.ts";
import type { State } from "../model/state.ts";

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
  opened?: Extract<RolloutEvent, { event: "rollout-opened" }>;
  artifacts: Record<string, string>;
  /** Verdicts of this rollout by component and target: the worst one counts. */
  verdicts: Map<
    string,
    { component: string; target: string; verdict: "proven" | "refuted" | "unknown"; reason: string; commit: string }
  >;
}

export function openScope(rollout: string): FoldScope {
  return { rollout, artifacts: {}, verdicts: new Map() };
}

const revisionsKept = 50;
const badness = { proven: 0, unknown: 1, refuted: 2 } as const;

/**
 * The state after an event. The state is nothing but the fold of all events, so it can be rebuilt from them.
 * Pure but for `scope`, which gathers what the closing event needs.
 */
export function fold(state: State, event: RolloutEvent, scope: FoldScope): State {
  switch (event.event) {
    case "rollout-opened":
      scope.opened = event;
      return {
        ...state,
        application: event.application,
        token: Math.max(state.token, event.token),
        pairs: withPairs(state.pairs, event.revision.commit, event.revision.components),
        // A proof changes nothing, and a sync only one target: neither may hide how the last rollout ended, or that it is open.
        ...(!movesEnvironment(event) ? {} : { last: lastRollout(event) }),
      };
    case "rollout-refused":
      // A refusal changes nothing that runs, and must not hide a rollout that is still open.
      return state;
    case "stage":
      return event.stage === "execute" ? withIntended(state, event.at, scope) : state;
    case "built":
      scope.artifacts[event.component] = event.artifact;
      return state;
    case "once-started":
      return withOnce(state, event.component, event.name, {
        digest: event.digest,
        target: event.target,
        rollout: scope.rollout,
        token: event.token,
        startedAt: event.at,
      });
    case "once-ended": {
      const begun = state.once[event.component]?.[event.name];
      return withOnce(state, event.component, event.name, {
        digest: event.digest,
        target: event.target,
        rollout: begun?.rollout ?? scope.rollout,
        token: event.token,
        startedAt: begun?.startedAt ?? event.at,
        endedAt: event.at,
        result: event.error ? "failed" : "done",
      });
    }
    case "evidence": {
      const { component, target, verdict, reason, readings } = event.evidence;
      const key = `${component}\n${target}`;
      const before = scope.verdicts.get(key);
      const commit = commitRead(readings.map((reading) => reading.identity)) ?? before?.commit ?? "";
      scope.verdicts.set(
        key,
        before && badness[before.verdict] >= badness[verdict]
          ? { ...before, commit }
          : { component, target, verdict, reason, commit },
      );
      return state;
    }
    case "rollout-closed":
      return close(state, event, scope);
    default:
      return state;
  }
}

function close(state: State, event: Extract<RolloutEvent, { event: "rollout-closed" }>, scope: FoldScope): State {
  const opened = scope.opened;
  const next: State = { ...state, debts: mergeDebts(state, event) };
  if (state.last?.id === event.rollout) {
    const reason = event.outcome.reasons[0]?.message;
    next.last = {
      ...state.last,
      closedAt: event.at,
      outcome: event.outcome.outcome,
      ...(reason === undefined ? {} : { reason }),
    };
  }
  for (const { component, target, verdict, reason, commit } of scope.verdicts.values()) {
    next.verdicts = {
      ...next.verdicts,
      [component]: { ...next.verdicts[component], [target]: { verdict, at: event.at, reason, rollout: event.rollout } },
    };
    const digest = opened?.revision.components[component];
    if (verdict !== "proven" || !opened || digest === undefined) continue;
    const artifact = scope.artifacts[component];
    const proven = {
      commit: commit || opened.revision.commit,
      intended: opened.revision.commit,
      digest,
      ...(artifact === undefined ? {} : { artifact }),
      repository: opened.revision.repository,
      rollout: event.rollout,
      at: event.at,
    };
    next.proven = { ...next.proven, [component]: { ...next.proven[component], [target]: proven } };
    next.debts = next.debts.filter((debt) => debt.component !== component || debt.target !== target);
  }
  if (opened && movesEnvironment(opened) && event.outcome.outcome === "proven") {
    next.revisions = withRevision(state.revisions, opened, event.at);
    next.intended = withIntended(state, event.at, scope).intended;
  }
  return next;
}

/** From the first change on, the revision is what should run, however the rollout ends. */
function withIntended(state: State, at: string, { opened }: FoldScope): State {
  if (!opened || !movesEnvironment(opened)) return state;
  return { ...state, intended: { commit: opened.revision.commit, rollout: opened.rollout, at } };
}

/** Whether a rollout says what should run in the whole environment. A proof and a sync follow what another one said. */
function movesEnvironment({ intent }: Extract<RolloutEvent, { event: "rollout-opened" }>): boolean {
  return intent === "deploy" || intent === "rollback";
}

function lastRollout(event: Extract<RolloutEvent, { event: "rollout-opened" }>): NonNullable<State["last"]> {
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
function withRevision(
  revisions: State["revisions"],
  opened: Extract<RolloutEvent, { event: "rollout-opened" }>,
  at: string,
): State["revisions"] {
  const { commit, components } = opened.revision;
  const known = revisions.findIndex((revision) => revision.commit === commit);
  const others = revisions
    .map((revision, index) =>
      opened.intent === "rollback" && index < known ? { ...revision, withdrawn: true } : revision,
    )
    .filter((revision) => revision.commit !== commit);
  return [{ commit, components, rollout: opened.rollout, at }, ...others].slice(0, revisionsKept);
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

function withPairs(pairs: State["pairs"], commit: string, components: Record<string, string>): State["pairs"] {
  const next = { ...pairs };
  for (const [component, digest] of Object.entries(components)) {
    const entries = Object.entries({ ...next[component], [commit]: digest });
    // The newest two hundred are enough to recognise what runs, and keep state.json small.
    next[component] = Object.fromEntries(entries.slice(-200));
  }
  return next;
}

function withOnce(state: State, component: string, step: string, once: State["once"][string][string]): State {
  return { ...state, once: { ...state.once, [component]: { ...state.once[component], [step]: once } } };
}
