import type { ChangedPath } from "../model/source-change.ts";
import type { DigestEntry } from "./entry.ts";

/**
 * What differs between two states of a component, each path once, in the order of the paths' bytes. Pure.
 * A link into a submodule has two entries: the link, and the submodule's commit.
 */
export function compareEntries(before: readonly DigestEntry[], after: readonly DigestEntry[]): ChangedPath[] {
  const old = new Map(before.map((entry) => [keyOf(entry), entry]));
  const changed = new Map<string, ChangedPath>();
  const note = (entry: DigestEntry, kind: ChangedPath["kind"]) =>
    changed.set(entry.path, changedPath(entry, changed.has(entry.path) ? "submodule" : kind));
  for (const entry of after) {
    const earlier = old.get(keyOf(entry));
    old.delete(keyOf(entry));
    if (!earlier || earlier.mode !== entry.mode || earlier.blob !== entry.blob)
      note(entry, earlier === undefined ? "added" : kindOf(earlier, entry));
  }
  for (const entry of old.values()) note(entry, "deleted");
  const sorted = [...changed.values()].map((change) => ({ change, key: Buffer.from(change.path) }));
  return sorted.sort((a, b) => a.key.compare(b.key)).map(({ change }) => change);
}

function keyOf({ path, mode }: DigestEntry): string {
  return mode === "160000" ? `${path}\0submodule` : path;
}

function changedPath({ path, from }: DigestEntry, kind: ChangedPath["kind"]): ChangedPath {
  return { path, kind, ...(from === undefined ? {} : { from }) };
}

function kindOf(before: DigestEntry, after: DigestEntry): ChangedPath["kind"] {
  if (after.mode === "160000") return "submodule";
  if (before.mode === "120000" || after.mode === "120000") return "link";
  return before.blob === after.blob ? "mode" : "modified";
}
