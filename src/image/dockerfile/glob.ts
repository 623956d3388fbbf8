import { sequence, star } from "./automaton.ts";
import { type DirectoryNode, find, type Node, namesOf } from "./tree.ts";

/** How many names may yet be compared with patterns in a build: beyond that, what a pattern names is not known. */
export interface Comparisons {
  left: number;
}

/** Enough for thirty patterns in a folder of a hundred thousand files; a second or two. */
export const mostComparisons = 3_000_000;

/** What is found is looked at again by whoever asked. */
const costOfFound = 5;

/** Whether a COPY source is a pattern, as Go's filepath.Match has them. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * The paths of a tree that a pattern names, as tonistiigi/fsutil finds them: names without wildcards lead to a folder, below
 * which Go's filepath.Match decides: `*` and `?` stop at slashes, `[a-z]` and `[^a]` are classes, a backslash takes the next
 * character as it is. Links are matched and not entered. A pattern that Go does not read matches nothing.
 * Sorted; "absent" when that folder does not exist, "unknown" when too much was compared before.
 */
export function matches(
  root: DirectoryNode,
  pattern: string,
  comparisons: Comparisons,
): string[] | "absent" | "unknown" {
  const names = namesOf(pattern);
  const first = names.findIndex(isPattern);
  const prefix = find(root, names.slice(0, first).join("/"));
  if (prefix.node === null || prefix.node.kind === "link") return "absent";
  let found: { path: string; node: Node }[] = [{ path: prefix.path, node: prefix.node }];
  for (const name of names.slice(first)) {
    const test = nameTest(name);
    comparisons.left -= found.length * costOfFound;
    found = found.flatMap(({ path, node }) => {
      if (node.kind !== "directory" || comparisons.left < 0) return [];
      comparisons.left -= node.entries.size;
      if (comparisons.left < 0) return [];
      return [...node.entries]
        .filter(([entry]) => test(entry))
        .map(([entry, child]) => ({ path: path === "/" ? `/${entry}` : `${path}/${entry}`, node: child }));
    });
  }
  comparisons.left -= found.length * costOfFound;
  return comparisons.left < 0 ? "unknown" : found.map(({ path }) => path).sort();
}

function nameTest(pattern: string): (name: string) => boolean {
  const parts: string[] = [];
  for (let at = 0; at < pattern.length; ) {
    const [whole = "", cls, escaped] = /^(?:\[((?:\\.|[^\]\\])+)\]|\\(.)|.)/su.exec(pattern.slice(at)) ?? [];
    if (whole === "[" || whole === "\\" || whole === "") return () => false;
    at += whole.length;
    if (whole === "*") parts.push(star);
    else if (whole === "?") parts.push(".");
    else if (cls !== undefined) parts.push(`[${cls.replace(/\[/g, "\\[")}]`);
    else parts.push((escaped ?? whole).replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&"));
  }
  try {
    return sequence(parts);
  } catch {
    return () => false;
  }
}
