import type { Finding } from "../../model/finding.ts";
import { shortCommit } from "../../model/revision.ts";
import type { Guard } from "../guard.ts";

const shown = 5;

/** A named commit is shipped as it is; steps and targets are the manifest's as it lies in the working tree. */
const uncommittedManifest: Finding = {
  code: "manifest-uncommitted",
  level: "warning",
  message: "the manifest has changes that are not committed, and is used as it lies in the working tree",
};

/** What lies in the working tree is what the commit says: otherwise what was tried out is not what would run. */
export const cleanTreeGuard: Guard = ({ revision, changed, manifestChanged }) => {
  if (changed.length === 0) return manifestChanged ? [uncommittedManifest] : [];
  const more = changed.length > shown ? ` and ${changed.length - shown} more` : "";
  const commit = shortCommit(revision.commit);
  return [
    {
      code: "dirty-tree",
      level: "block",
      message: `not committed: ${changed.slice(0, shown).join(", ")}${more}; ${commit} would run without ${changed.length === 1 ? "it" : "them"}`,
      ...(changed[0] === undefined ? {} : { file: changed[0] }),
      fix: `commit, or deploy ${commit} as it is with --ref ${commit}`,
    },
  ];
};
