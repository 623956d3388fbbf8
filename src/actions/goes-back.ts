import { git, hasCommit } from "../io/git.ts";
import type { Finding } from "../model/finding.ts";
import { shortCommit } from "../model/revision.ts";
import type { State } from "../model/state.ts";
import type { Scene } from "./scene.ts";

/**
 * A warning where a deploy would put an older commit in the place of a newer one, or cannot tell whether it does because
 * this clone lacks the commit that should run now: mostly a clone that is behind. Going back on purpose is what `rollback` is for.
 */
export async function goesBack({ directory, environment, resolved }: Scene, { intended }: State): Promise<Finding[]> {
  const { commit } = resolved.revision;
  if (intended === undefined || intended.commit === commit) return [];
  const now = `${shortCommit(intended.commit)}, which should run in ${environment.environment} now`;
  const warn = (message: string, fix: string): Finding[] => [
    { code: "older-revision", level: "warning", message, fix },
  ];
  if (!(await hasCommit(directory, intended.commit)))
    return warn(
      `this clone does not have ${now}: ${shortCommit(commit)} may be older`,
      "bring the clone up to date: git pull",
    );
  const common = await git(directory, ["merge-base", commit, intended.commit], { allowStatus: [1, 128] });
  if (common.trim() !== commit) return [];
  return warn(
    `${shortCommit(commit)} is older than ${now}: everything since then is taken away again`,
    `bring the clone up to date (git pull); to go back on purpose: landfall rollback ${environment.environment}`,
  );
}
