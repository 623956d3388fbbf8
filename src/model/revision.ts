import { z } from "zod";

/** Where a component's source comes from when it is not the application's own repository. */
export const OtherSource = z.object({
  repository: z.string().describe("the address as the manifest has it; it holds no credentials"),
  commit: z.string().describe("what the ref was resolved to"),
  ref: z.string().describe("the branch, tag or commit that the manifest names"),
});
export type OtherSource = z.infer<typeof OtherSource>;

/**
 * What should run: one commit, and per component the digest of its source at that commit.
 * The digest is `sha256:` + hex over the sorted (mode, path, blob) entries of the component's source paths, with what links
 * lead to outside of it and the commits of submodules, so two commits that differ only elsewhere (documentation, say) share it.
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
  sources: z
    .record(z.string(), OtherSource)
    .optional()
    .describe("component → where its source comes from, for those that have a repository of their own"),
});
export type Revision = z.infer<typeof Revision>;

/** The commit as people write it: the first seven characters. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

/** The commits of a revision: the application's own, and those of components with a repository of their own. */
export type Commits = Pick<Revision, "commit" | "sources">;

/** `jobs-app@3f9c2e1`: how reports name a revision; `jobs-app@3f9c2e1 (web@81aa0d3)` when it has other sources too. */
export function revisionName(application: string, revision: Commits): string {
  return `${application}@${commitsName(revision)}`;
}

/** `3f9c2e1`, or `3f9c2e1 (web@81aa0d3)`. */
export function commitsName({ commit, sources = {} }: Commits): string {
  const others = Object.entries(sources).map(([component, source]) => `${component}@${shortCommit(source.commit)}`);
  return `${shortCommit(commit)}${others.length === 0 ? "" : ` (${others.join(", ")})`}`;
}

/** The commit that a component's source is at. */
export function componentCommit({ commit, sources }: Commits, component: string): string {
  return sources?.[component]?.commit ?? commit;
}

/** The repository that a component's commit can be fetched from. */
export function componentRepository(revision: Pick<Revision, "repository" | "sources">, component: string): string {
  return revision.sources?.[component]?.repository ?? revision.repository;
}

/** Whether two revisions are the same: one commit, and no component at different commits of a repository of its own. */
export function sameRevision(a: Commits, b: Commits): boolean {
  if (a.commit !== b.commit) return false;
  return Object.entries(a.sources ?? {}).every(
    ([component, { commit }]) => (b.sources?.[component]?.commit ?? commit) === commit,
  );
}

/** Of each component with a repository of its own the commit that was recorded. */
export function sourceCommits({ sources = {} }: Pick<Revision, "sources">): Record<string, string> {
  return Object.fromEntries(Object.entries(sources).map(([component, { commit }]) => [component, commit]));
}
