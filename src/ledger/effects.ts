import { componentCommit, type Revision } from "../model/revision.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import type { Effect, State } from "../model/state.ts";

const effectsKept = 100;

/** The rollout that an event belongs to. */
interface Scope {
  rollout: string;
  opened?: { revision: Revision };
}

/** What steps that run once did, and the newest backup of each component, after an event. Pure. */
export function withEffects(state: State, event: RolloutEvent, scope: Scope): State {
  switch (event.event) {
    case "once-started":
      return begun(state, event, scope);
    case "once-ended": {
      const result = event.error ? "failed" : "done";
      if (state.effects === undefined) return state;
      return { ...state, effects: state.effects.map((one) => (isOf(one, event) ? { ...one, result } : one)) };
    }
    case "step-ended":
      return ended(state, event, scope);
    default:
      return state;
  }
}

type Run = Extract<RolloutEvent, { event: "once-started" | "once-ended" }>;

/** A step that is tried again for the same source stays where it first stood. */
function begun(state: State, event: Run, { rollout, opened }: Scope): State {
  const { component, target, name, digest, at } = event;
  const effects = state.effects ?? [];
  if (effects.some((one) => isOf(one, event))) return state;
  const backup = state.backups?.[component];
  const effect: Effect = {
    component,
    target,
    step: name,
    digest,
    commit: opened ? componentCommit(opened.revision, component) : "",
    rollout,
    at,
    ...(backup?.digest === digest ? { backup: backup.backup } : {}),
  };
  return { ...state, effects: [effect, ...effects].slice(0, effectsKept) };
}

function isOf(effect: Effect, { component, name, digest }: Run): boolean {
  return effect.component === component && effect.step === name && effect.digest === digest;
}

/** A step that made a backup, or found nothing to do, did nothing that would have to be undone. */
function ended(
  state: State,
  { at, step }: Extract<RolloutEvent, { event: "step-ended" }>,
  { rollout, opened }: Scope,
): State {
  const { component, target, name } = step;
  const digest = opened?.revision.components[component];
  const backup = step.result === "done" ? step.backup : undefined;
  const without = (isGone: (effect: Effect) => boolean): Pick<State, "effects"> =>
    state.effects === undefined ? {} : { effects: state.effects.filter((one) => !isGone(one)) };
  const isThis = (one: Effect) => one.component === component && one.step === name && one.digest === digest;
  if (step.result === "unchanged") return { ...state, ...without((one) => isThis(one) && one.rollout === rollout) };
  if (backup === undefined || digest === undefined) return state;
  const backups = { ...state.backups, [component]: { digest, target, rollout, at, backup } };
  return { ...state, ...without(isThis), backups };
}
