import type { Finding } from "../model/finding.ts";
import { shellQuote } from "../util/shell.ts";
import type { SourcePaths } from "./cover.ts";
import type { Unwatched, WorkingTree } from "./working-tree.ts";

const shown = 5;

/**
 * What of a working tree `git status` does not tell: files whose edits it was told not to look for, and ignored files, which
 * are not in the commit that is shipped and built.
 *
 * @param manifestPath relative to the manifest's directory
 * @param ownersOf the components that a path belongs to
 */
export function unseen(
  { unwatched, ignored }: WorkingTree,
  manifestPath: string,
  components: Readonly<Record<string, SourcePaths>>,
  ownersOf: (path: string) => string[],
): Finding[] {
  const own = unwatched.filter(({ path }) => path === manifestPath || ownersOf(path).length > 0);
  const byComponent = new Map<string, string[]>();
  for (const path of ignored.filter((each) => !isTrace(each)))
    for (const component of ownersOf(path.replace(/\/$/, "")))
      byComponent.set(component, [...(byComponent.get(component) ?? []), path]);
  return [
    ...hiddenEdits(own, "assume-unchanged"),
    ...hiddenEdits(own, "skip-worktree"),
    ...[...byComponent].map(([name, paths]) => ignoredFiles(name, paths, components[name]?.buildInputs !== undefined)),
  ];
}

function hiddenEdits(all: readonly Unwatched[], flag: Unwatched["flag"]): Finding[] {
  const paths = all.filter((each) => each.flag === flag).map(({ path }) => path);
  const [file] = paths;
  if (file === undefined) return [];
  const fix = `git update-index --no-${flag} -- ${paths.slice(0, shown).map(shellQuote).join(" ")}`;
  const message = `git is told not to look at edits of ${listed(paths)} (${flag}), so what lies there may not be what the commit says`;
  return [{ code: "hidden-edits", level: "block", file, message, fix: `${fix}, or name the commit with --ref` }];
}

/** Where something is built, its author may have seen the build work with files that no clean copy has. */
function ignoredFiles(component: string, paths: readonly string[], isBuilt: boolean): Finding {
  const what = isBuilt
    ? "the build runs in a clean copy of the commit, without"
    : "what is shipped is the commit, without";
  const message = `${what} what git ignores here: ${listed(paths)}`;
  return { code: "ignored-files", level: isBuilt ? "warning" : "note", component, message };
}

/** What tools leave behind as they run: nobody means to ship it. */
function isTrace(path: string): boolean {
  return /(^|\/)(__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.DS_Store|\.git|\.turbo)(\/|$)|\.py[co]$/.test(
    path,
  );
}

function listed(paths: readonly string[]): string {
  const more = paths.length > shown ? ` and ${paths.length - shown} more` : "";
  return `${paths.slice(0, shown).join(", ")}${more}`;
}
