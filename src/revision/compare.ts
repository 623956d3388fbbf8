import type { ChangedPath } from "../model/source-change.ts";
import type { DigestEntry } from "./entry.ts";

/** What differs between two states of a component, in the order of the paths' bytes. Pure. */
export function compareEntries(before: readonly DigestEntry[], after: readonly DigestEntry[]): ChangedPath[] {
  const old = new Map(before.map((entry) => [entry.path, entry]));
  const changed: ChangedPath[] = [];
  for (const entry of after) {
    const earlier = old.get(entry.path);
    old.delete(entry.path);
    if (!earlier || earlier.mode !== entry.mode || earlier.blob !== entry.blob)
      changed.push(changedPath(entry, earlier === undefined ? "added" : kindOf(earlier, entry)));
  }
  for (const entry of old.values()) changed.push(changedPath(entry, "deleted"));
  return changed.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function changedPath({ path, from }: DigestEntry, kind: ChangedPath["kind"]): ChangedPath {
  return { path, kind, ...(from === undefined ? {} : { from }) };
}

function kindOf(before: DigestEntry, after: DigestEntry): ChangedPath["kind"] {
  const modes = [before.mode, after.mode];
  if (modes.includes("160000")) return "submodule";
  if (modes.includes("120000")) return "link";
  return before.blob === after.blob ? "mode" : "modified";
}
