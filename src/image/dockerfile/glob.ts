import { type DirectoryNode, find, namesOf } from "./tree.ts";

/** Whether a COPY source is a pattern, as Go's filepath.Match has them. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * The paths of a tree that a pattern of Go's filepath.Match names: `*` and `?` stop at slashes, `[a-z]` and `[^a]` are
 * classes, a backslash takes the next character as it is. Sorted. Null for a pattern that Go refuses.
 */
export function matches(root: DirectoryNode, pattern: string): string[] | null {
  let found = [""];
  for (const part of namesOf(pattern)) {
    const test = nameTest(part);
    if (test === null) return null;
    found = found.flatMap((folder) => {
      const { node } = find(root, folder);
      if (node?.kind !== "directory") return [];
      return [...node.entries.keys()].filter(test).map((name) => (folder === "" ? name : `${folder}/${name}`));
    });
  }
  return found.sort();
}

function nameTest(pattern: string): ((name: string) => boolean) | null {
  let expression = "";
  for (let at = 0; at < pattern.length; ) {
    const [whole = "", cls, escaped] = /^(?:\[((?:\\.|[^\]\\])+)\]|\\(.)|.)/su.exec(pattern.slice(at)) ?? [];
    if (whole === "[" || whole === "\\" || whole === "") return null;
    at += whole.length;
    if (whole === "*") expression += ".*";
    else if (whole === "?") expression += ".";
    else if (cls !== undefined) expression += `[${cls.replace(/\[/g, "\\[")}]`;
    else expression += (escaped ?? whole).replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
  }
  try {
    const whole = new RegExp(`^${expression}$`, "su");
    return (name) => whole.test(name);
  } catch {
    return null;
  }
}
