import { z } from "zod";

/**
 * What should run: one commit, and per component the digest of its source at that commit.
 * The digest is `sha256:` + hex over the sorted (mode, path, blob) entries of the component's source paths,
 * so two commits that differ only elsewhere (documentation, say) share it.
 */
export const Revision = z.object({
  repository: z
    .string()
    .describe("where the commit can be fetched: the origin's address without credentials, or a path"),
  commit: z.string().describe("the full commit id"),
  committedAt: z.string().describe("the commit's own time, ISO 8601"),
  subject: z.string().describe("the commit's first line"),
  branches: z.array(z.string()).describe("local and remote branches that contain the commit, short names"),
  dirty: z.boolean().describe("whether the working tree had changes in a component's sources that the commit lacks"),
  components: z.record(z.string(), z.string()).describe("component → source digest"),
});
export type Revision = z.infer<typeof Revision>;

/** The commit as people write it: the first seven characters. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

/** `jobs-app@3f9c2e1`: how reports name a revision. */
export function revisionName(application: string, commit: string): string {
  return `${application}@${shortCommit(commit)}`;
}
