import { git } from "../io/git.ts";
import { userError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import type { Revision } from "../model/revision.ts";
import { type OtherPaths, readOthers } from "./others.ts";
import { unshippable } from "./shippable.ts";
import { isSource, readSources, type Source, type SourcePaths } from "./source.ts";

export interface RevisionRequest {
  /** The manifest's directory. */
  directory: string;
  /** The manifest's path relative to it. */
  manifestPath: string;
  /** A commit, branch or tag; undefined means what is checked out, and then uncommitted changes count. */
  ref?: string | undefined;
  components: Readonly<Record<string, ComponentPaths>>;
  /**
   * The commits that an earlier rollout recorded of components that are not at the application's: those with a repository
   * of their own, and those that a rollout of some components left where they were. Undefined: what refs point to now.
   */
  sourceCommits?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/** The paths of a component, and the repository that they are in when it is not the application's. */
export interface ComponentPaths extends SourcePaths {
  from?: { git: string; ref: string } | undefined;
}

export interface ResolvedRevision {
  revision: Revision;
  sources: Record<string, Source>;
  /** Submodules, empty sources: what makes this revision impossible to ship. */
  findings: Finding[];
  /**
   * Paths of components (or the manifest) that differ from the commit, relative to the manifest's directory. None when a
   * commit was named.
   */
  changed: string[];
  /** Whether the manifest has changes that are not committed: it is used as it lies there. */
  manifestChanged: boolean;
}

/**
 * Finds out what should run: the commit, and each component's files and source digest.
 * Throws `not-a-repository` and `no-such-revision`.
 */
export async function resolveRevision(request: RevisionRequest): Promise<ResolvedRevision> {
  const { directory, components } = request;
  await mustBeRepository(directory);
  const commit = await commitOf(directory, request.ref ?? "HEAD");
  const { own, others } = apart(components);
  const [description, ownSources, kept, otherSources, branches, repository, dirty] = await Promise.all([
    git(directory, ["show", "-s", "--no-show-signature", "--format=%cI%n%s", commit]),
    readSources(directory, commit, own),
    readKept(own, commit, request),
    readOthers(others, request),
    branchesWith(directory, commit),
    repositoryAddress(directory),
    changedFiles(request, own),
  ]);
  const sources = { ...ownSources, ...kept.sources, ...otherSources.sources };
  const manifestChanged = dirty.includes(request.manifestPath);
  // Whoever names a commit does not ask for what lies in the working tree.
  const changed = request.ref === undefined ? dirty : [];
  const [committedAt = "", subject = ""] = description.split("\n");
  const digests = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, source.digest]));
  return {
    revision: {
      repository,
      commit,
      committedAt,
      subject,
      branches,
      dirty: changed.length > 0,
      components: digests,
      ...recordedSources(kept.commits, repository, otherSources.revision),
    },
    sources,
    findings: Object.entries(sources).flatMap(([name, source]) => unshippable(name, source, components[name] ?? all)),
    changed,
    manifestChanged,
  };
}

const all: SourcePaths = { source: ["."], exclude: [] };

/**
 * Own components that are kept at another commit: a rollout of some components left them where they were. Each is read at
 * the commit that was recorded for it.
 */
async function readKept(
  components: Readonly<Record<string, SourcePaths>>,
  commit: string,
  { directory, sourceCommits = {} }: RevisionRequest,
): Promise<{ sources: Record<string, Source>; commits: Record<string, string> }> {
  const commits = Object.fromEntries(
    Object.keys(components).flatMap((name) => {
      const kept = sourceCommits[name];
      return kept === undefined || kept === commit ? [] : [[name, kept]];
    }),
  );
  const read = await Promise.all(
    Object.entries(commits).map(([name, kept]) => readSources(directory, kept, { [name]: components[name] ?? all })),
  );
  return { sources: Object.assign({}, ...read), commits };
}

function apart(components: RevisionRequest["components"]) {
  const own: Record<string, SourcePaths> = {};
  const others: Record<string, OtherPaths> = {};
  for (const [name, { from, ...paths }] of Object.entries(components)) {
    if (from === undefined) own[name] = paths;
    else others[name] = { ...paths, from };
  }
  return { own, others };
}

function recordedSources(
  kept: Readonly<Record<string, string>>,
  repository: string,
  others: Pick<Revision, "sources">,
): Pick<Revision, "sources"> {
  const own = Object.entries(kept).map(([name, commit]) => [name, { repository, commit, ref: "as last deployed" }]);
  const sources = { ...Object.fromEntries(own), ...others.sources };
  return Object.keys(sources).length === 0 ? {} : { sources };
}

async function mustBeRepository(directory: string): Promise<void> {
  try {
    await git(directory, ["rev-parse", "--git-dir"]);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw userError("invalid", "not-a-repository", `${directory} is not inside a git repository: ${message}`);
  }
}

async function commitOf(directory: string, ref: string): Promise<string> {
  const found = await git(directory, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`], {
    allowStatus: [0, 1, 128],
  });
  if (!/^[0-9a-f]{40,64}\s*$/.test(found)) {
    throw userError("invalid", "no-such-revision", `this repository has no commit "${ref}"`, {
      fix: ref === "HEAD" ? "make a first commit" : "fetch it, or name another",
    });
  }
  return found.trim();
}

/** Local and remote branches that contain the commit, without the remotes' names, each once. */
async function branchesWith(directory: string, commit: string): Promise<string[]> {
  const refs = await git(directory, [
    "for-each-ref",
    `--contains=${commit}`,
    "--format=%(refname)",
    "refs/heads",
    "refs/remotes",
  ]);
  const names = refs.split("\n").map((ref) => ref.replace(/^refs\/(heads|remotes\/[^/]+)\//, ""));
  return [...new Set(names.filter((name) => name !== "" && name !== "HEAD"))].sort();
}

async function repositoryAddress(directory: string): Promise<string> {
  const address = (await git(directory, ["remote", "get-url", "origin"], { allowStatus: [0, 1, 2, 128] })).trim();
  if (address === "") return (await git(directory, ["rev-parse", "--show-toplevel"])).trim();
  return address.replace(/^([a-z+]+:\/\/)[^@/]*@/, "$1");
}

async function changedFiles(
  { directory, manifestPath }: RevisionRequest,
  components: Readonly<Record<string, SourcePaths>>,
): Promise<string[]> {
  const prefix = (await git(directory, ["rev-parse", "--show-prefix"])).trim();
  const status = await git(directory, [
    "status",
    "--porcelain=v1",
    "-z",
    "--untracked-files=all",
    "--no-renames",
    "--",
    ".",
  ]);
  const paths = status
    .split("\0")
    .filter(Boolean)
    .map((entry) => entry.slice(3))
    .map((path) => (path.startsWith(prefix) ? path.slice(prefix.length) : path));
  return paths.filter(
    (path) => path === manifestPath || Object.values(components).some((source) => isSource(path, source)),
  );
}
