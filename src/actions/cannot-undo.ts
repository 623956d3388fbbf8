import type { Finding } from "../model/finding.ts";
import { type Commits, sameRevision, shortCommit } from "../model/revision.ts";
import type { Effect, State } from "../model/state.ts";
import { backupNote } from "../model/step.ts";

/**
 * What a rollback leaves as it is: what steps that run once did for sources that came after the one that is returned to.
 * Pure. The newest come first.
 */
export function cannotUndo(state: State, revision: Commits & { components: Record<string, string> }): Finding[] {
  const provenAt = state.revisions.find((known) => sameRevision(known, revision))?.at ?? "";
  return Object.entries(revision.components).flatMap(([component, digest]) => {
    const effects = (state.effects ?? []).filter((effect) => effect.component === component);
    const own = effects.findIndex((effect) => effect.digest === digest);
    const later = own >= 0 ? effects.slice(0, own) : effects.filter(({ at }) => at > provenAt);
    return later.map(warning);
  });
}

function warning({ component, target, step, commit, at, result, backup }: Effect): Finding {
  const did = {
    done: "ran",
    failed: "failed, and may have changed something,",
    unknown: "was begun, with an unknown end,",
  };
  const message =
    `step ${step} ${did[result ?? "unknown"]} for ${shortCommit(commit)} at ${at}, and is not undone: ` +
    (backup ? `before it was made ${backupNote(backup)}` : "no backup before it is recorded");
  return { code: "cannot-undo", level: "warning", component, target, message };
}
