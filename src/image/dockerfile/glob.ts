import { sequence, star } from "./automaton.ts";
import { type DirectoryNode, find, type Node, namesOf } from "./tree.ts";

/** Whether a COPY source is a pattern, as Go's filepath.Match has them. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * The paths of a tree that a pattern names, as tonistiigi/fsutil finds them: names without wildcards lead to a folder, below
 * which Go's filepath.Match decides: `*` and `?` stop at slashes, `[a-z]` and `[^a]` are classes, a backslash takes the next
 * character as it is. Links are matched and not entered. A pattern that Go does not read matches nothing.
 * Sorted; null when that folder does not exist.
 */
export function matches(root: DirectoryNode, pattern: string): string[] | null {
  const names = namesOf(pattern);
  const first = names.findIndex(isPattern);
  const prefix = find(root, names.slice(0, first).join("/"));
  if (prefix.node === null || prefix.node.kind === "link") return null;
  let found: { path: string; node: Node }[] = [{ path: prefix.path, node: prefix.node }];
  for (const name of names.slice(first)) {
    const test = nameTest(name);
    found = found.flatMap(({ path, node }) => {
      if (node.kind !== "directory") return [];
      return [...node.entries]
        .filter(([entry]) => test(entry))
        .map(([entry, child]) => ({ path: path === "/" ? `/${entry}` : `${path}/${entry}`, node: child }));
    });
  }
  return found.map(({ path }) => path).sort();
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
