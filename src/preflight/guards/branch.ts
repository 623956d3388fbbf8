import { matchesGlob } from "node:path";
import { shortCommit } from "../../model/revision.ts";
import type { Guard } from "../guard.ts";

/**
 * The commit is on a branch that the environment takes. Being checked out does not matter: CI checks out commits.
 * A rollback and a sync go to what was proven here before, so a branch that was rewritten since does not hold them back.
 */
export const branchGuard: Guard = ({ environment, intent, branches, revision }) => {
  if (branches.length === 0) return [];
  if (revision.branches.some((branch) => branches.some((allowed) => matchesGlob(branch, allowed)))) return [];
  const on = revision.branches.length === 0 ? "no branch at all" : revision.branches.join(", ");
  return [
    {
      code: "wrong-branch",
      level: intent === "deploy" ? "block" : "warning",
      message: `${environment} takes commits of ${branches.join(", ")}; ${shortCommit(revision.commit)} is on ${on}`,
      fix: `merge it into ${branches[0]}, fetch, and deploy again`,
    },
  ];
};
