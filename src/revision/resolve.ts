import { git } from "../io/git.ts";
import { userError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import type { Revision } from "../model/revision.ts";
import type { SourcePaths } from "./cover.ts";
import { type OtherPaths, readOthers } from "./others.ts";
import { ownersOf } from "./owners.ts";
import { readSources, type Source } from "./source.ts";
import { unseen } from "./unseen.ts";
import { readWorkingTree, type WorkingTree } from "./working-tree.ts";

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
  /** Submodules that are not here, empty sources, links that lead nowhere, edits that git was told not to see. */
  findings: Finding[];
  /**
   * Paths of components (or the manifest) that differ from the commit, relative to the manifest's directory. None when a
   * commit was named.
   */
  changed: string[];
  /** The same by component; one that is as committed is not in it. */
  changedIn: Record<string, string[]>;
  /** Whether the manifest has changes that are not committed: it is used as it lies there. */
  manifestChanged: boolean;
}

/**
 * Finds out what should run: the commit, and each component's files and source digest.
 * Throws `not-a-repository` and `no-such-revision`.
 */
export async function resolveRevision(request: RevisionRequest): Promise<ResolvedRevision> {
  const { directory, components, ref } = request;
  // The longest of all, so it begins first. What it throws is told below, if nothing else is wrong.
  const working = readWorking(request);
  working.catch(() => {});
  const commit = await commitOf(directory, ref ?? "HEAD");
  const { own, others } = apart(components);
  const [description, ownSources, kept, otherSources, branches, repository, tree] = await Promise.all([
    git(directory, ["log", "-1", "--no-show-signature", "--format=%cI%n%s", commit]),
    readSources(directory, commit, own),
    readKept(own, commit, request),
    readOthers(others, request),
    branchesWith(directory, commit),
    repositoryAddress(directory),
    working,
  ]);
  const sources = { ...ownSources, ...kept.sources, ...otherSources.sources };
  const ownersOfPath = ownersOf(own, (name) => ownSources[name]?.reached ?? []);
  const inside = await withReached(tree, ownSources, request);
  // Whoever names a commit does not ask for what lies in the working tree.
  const changedIn = ref === undefined ? byComponent(inside.changed, ownersOfPath) : {};
  const manifestChanged = tree.changed.includes(request.manifestPath);
  const isOwn = new Set(Object.values(changedIn).flat());
  const changed =
    ref === undefined ? inside.changed.filter((path) => isOwn.has(path) || path === request.manifestPath) : [];
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
    findings: [
      ...Object.values(sources).flatMap(({ findings }) => findings),
      ...unseen(inside, request.manifestPath, own, ownersOfPath),
    ],
    changed,
    changedIn,
    manifestChanged,
  };
}

/** When a commit is named only the manifest is used as it lies there. */
async function readWorking({ directory, ref, manifestPath }: RevisionRequest): Promise<WorkingTree> {
  return ref === undefined ? await readWorkingTree(directory) : await readWorkingTree(directory, [manifestPath], false);
}

/** Links may lead to what is beside the manifest's directory: that is part of the component too. */
async function withReached(
  tree: WorkingTree,
  sources: Readonly<Record<string, Source>>,
  { directory, ref }: RevisionRequest,
): Promise<WorkingTree> {
  const outside = Object.values(sources).flatMap(({ reached }) => reached.filter((path) => /^\.\.(\/|$)/.test(path)));
  if (outside.length === 0 || ref !== undefined) return tree;
  const more = await readWorkingTree(directory, [...new Set(outside)], false);
  return {
    changed: [...new Set([...tree.changed, ...more.changed])],
    ignored: tree.ignored,
    unwatched: [...tree.unwatched, ...more.unwatched],
  };
}

function byComponent(paths: readonly string[], owners: (path: string) => string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const path of paths)
    for (const component of owners(path)) {
      const own = found[component] ?? [];
      own.push(path);
      found[component] = own;
    }
  return found;
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
  for (const [name, paths] of Object.entries(components)) {
    const { from } = paths;
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

async function commitOf(directory: string, ref: string): Promise<string> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`];
  const found = await git(directory, args, { allowStatus: [0, 1, 128] }).catch(() => "");
  if (!/^[0-9a-f]{40,64}\s*$/.test(found)) {
    await mustBeRepository(directory);
    throw userError("invalid", "no-such-revision", `this repository has no commit "${ref}"`, {
      fix: ref === "HEAD" ? "make a first commit" : "fetch it, or name another",
    });
  }
  return found.trim();
}

async function mustBeRepository(directory: string): Promise<void> {
  try {
    await git(directory, ["rev-parse", "--git-dir"]);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw userError("invalid", "not-a-repository", `${directory} is not inside a git repository: ${message}`);
  }
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
  return address.replace(/^([a-z+]+:\/\/)[^/]*@/, "$1");
}
