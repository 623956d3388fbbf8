import { explain, userError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import type { OtherSource, Revision } from "../model/revision.ts";
import type { SourcePaths } from "./cover.ts";
import { type FetchedCommit, fetchCommit } from "./other-repository.ts";
import { readSources, type Source } from "./source.ts";

/** The paths of a component in a repository of its own. */
export interface OtherPaths extends SourcePaths {
  from: { git: string; ref: string };
}

interface OthersRequest {
  directory: string;
  sourceCommits?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Reads the sources of components that have a repository of their own. Components that name the same repository and ref get
 * the same commit, because each is asked for once.
 */
export async function readOthers(
  components: Readonly<Record<string, OtherPaths>>,
  request: OthersRequest,
): Promise<{ sources: Record<string, Source>; revision: Pick<Revision, "sources"> }> {
  const fetched = new Map<string, FetchedCommit>();
  const sources: Record<string, Source> = {};
  const recorded: Record<string, OtherSource> = {};
  for (const [name, { from, ...paths }] of Object.entries(components)) {
    const wanted = { address: from.git, ref: from.ref, commit: recordedCommit(name, from.git, request) };
    const key = JSON.stringify(wanted);
    const { repository, commit } = fetched.get(key) ?? (await fetchFor(name, { ...request, ...wanted }));
    fetched.set(key, { repository, commit });
    const read = await readSources(repository, commit, { [name]: paths });
    for (const [component, source] of Object.entries(read)) {
      const findings = source.findings.map((finding) => outOfReach(finding, from.git));
      // Assigned and not spread: the files are read only when somebody asks for them.
      sources[component] = Object.assign(source, { findings });
    }
    recorded[name] = { repository: from.git, commit, ref: from.ref };
  }
  return { sources, revision: Object.keys(recorded).length === 0 ? {} : { sources: recorded } };
}

/** Of another repository only its own commit is fetched: there is no working copy in which somebody could get the rest. */
function outOfReach(finding: Finding, address: string): Finding {
  if (finding.code !== "submodule-missing") return finding;
  const message = `a submodule of ${address}: submodules of a component's own repository are not fetched`;
  return { ...finding, code: "submodule-unsupported", message, fix: `exclude ${finding.file}` };
}

/** What an earlier rollout recorded. What its ref points to today is not what ran then, so a missing one is not made up. */
function recordedCommit(component: string, address: string, { sourceCommits }: OthersRequest): string | undefined {
  const commit = sourceCommits?.[component];
  if (sourceCommits === undefined || commit !== undefined) return commit;
  const message = `the ledger has no commit of ${address} for this revision`;
  throw userError("blocked", "no-such-revision", message, { component });
}

async function fetchFor(component: string, request: Parameters<typeof fetchCommit>[0]): Promise<FetchedCommit> {
  try {
    return await fetchCommit(request);
  } catch (error) {
    throw explain(`the source of ${component}`, error);
  }
}
