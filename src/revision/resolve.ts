import { git } from "../io/git.ts";
import { userError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import type { Revision } from "../model/revision.ts";
import { type OtherPaths, readOthers } from "./others.ts";
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
   * Of components with a repository of their own the commits that an earlier rollout recorded. Undefined: what their refs
   * point to now.
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
  /** Paths of components (or the manifest) that differ from the commit, relative to the manifest's directory. */
  changed: string[];
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
  const [description, ownSources, otherSources, branches, repository, changed] = await Promise.all([
    git(directory, ["show", "-s", "--no-show-signature", "--format=%cI%n%s", commit]),
    readSources(directory, commit, own),
    readOthers(others, request),
    branchesWith(directory, commit),
    repositoryAddress(directory),
    request.ref === undefined ? changedFiles(request, own) : [],
  ]);
  const sources = { ...ownSources, ...otherSources.sources };
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
      ...otherSources.revision,
    },
    sources,
    findings: Object.entries(sources).flatMap(([name, source]) => unshippable(name, source)),
    changed,
  };
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
    throw userError("failed", "no-such-revision", `this repository has no commit "${ref}"`, {
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

function unshippable(component: string, source: Source): Finding[] {
  const submodules = source.files.filter((file) => file.mode === "160000");
  const findings: Finding[] = submodules.map((file) => ({
    code: "submodule-unsupported",
    level: "block",
    component,
    message: `${file.path} is a submodule: its files would be missing from the release`,
    file: file.path,
    fix: `add ${file.path} to the component's exclude`,
  }));
  if (source.files.length > 0) return findings;
  return [
    {
      code: "empty-source",
      level: "block",
      component,
      message: `no file of the commit is under the source of ${component}`,
    },
  ];
}
