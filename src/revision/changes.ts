import { shortCommit } from "../model/revision.ts";
import type { ChangedPath, SourceChange } from "../model/source-change.ts";
import type { Proven } from "../model/state.ts";
import { parallel } from "../util/parallel.ts";
import { compareEntries } from "./compare.ts";
import { plainPath, type SourcePaths } from "./cover.ts";
import { readSources, type Source } from "./source.ts";

/** A component on a target, with what was last proven there. */
export interface ProvenPlace {
  component: string;
  target: string;
  /** Undefined: nothing ever was. */
  proven: Proven | undefined;
}

/** What is wanted. */
export interface WantedSources {
  sources: Readonly<Record<string, Source>>;
  /** By component; with the build inputs that the sources were read with. */
  paths: Readonly<Record<string, SourcePaths>>;
}

const listed = 20;
const named = 3;
const atOnce = 4;

/**
 * Says of each place how what is wanted differs from what was last PROVEN there. A rollout that failed or was cancelled proved
 * nothing, so what it should have brought is still a change. An earlier commit is only read for components whose digest
 * differs; reads git, and nothing else.
 */
export async function changesSinceProven(
  places: readonly ProvenPlace[],
  { sources, paths }: WantedSources,
): Promise<SourceChange[]> {
  const open = places.flatMap(({ component, proven }) => {
    const source = sources[component];
    return proven && source && proven.digest !== source.digest ? [{ component, proven, source }] : [];
  });
  const earlier = await readEarlier(open, paths);
  return places.map(({ component, target, proven }) => {
    const place = { component, target };
    const source = sources[component];
    if (!proven || !source) return { ...place, ...neverProven };
    const since = { commit: proven.intended, at: proven.at };
    if (proven.digest === source.digest) return { ...place, ...unchanged(since, paths[component]) };
    return { ...place, ...changed(since, source, proven.digest, earlier.get(keyOf(component, proven))) };
  });
}

type Change = Omit<SourceChange, "component" | "target">;
type Since = NonNullable<SourceChange["since"]>;

const neverProven: Change = {
  state: "never",
  since: null,
  paths: [],
  total: 0,
  settings: null,
  reason: "never proven here",
};

function unchanged(since: Since, paths: SourcePaths | undefined): Change {
  const source = (paths?.source ?? []).map((path) => plainPath(path) || ".");
  const where = source.length <= named ? source.join(", ") : "its source";
  const reason = `nothing under ${where} changed ${sinceText(since)}`;
  return { state: "same", since, paths: [], total: 0, settings: false, reason };
}

function changed(since: Since, after: Source, provenDigest: string, before: Source | undefined): Change {
  if (!before) {
    const reason = `differs from what was proven ${day(since)}; ${shortCommit(since.commit)} cannot be read in this clone, so only digests were compared`;
    return { state: "changed", since, paths: null, total: 0, settings: null, reason };
  }
  const all = compareEntries(before.entries, after.entries);
  // Read with today's manifest, that commit has the digest that was proven, unless the manifest says something else now.
  const settings = before.digest !== provenDigest;
  const reason = [
    ...(all.length > 0 ? [`${namesOf(all)} changed`] : []),
    ...(settings ? ["what the manifest takes for its source, or how it is built, changed"] : []),
  ].join(", and ");
  const shown = all.slice(0, listed);
  return {
    state: "changed",
    since,
    paths: shown,
    total: all.length,
    settings,
    reason: `${reason} ${sinceText(since)}`,
  };
}

const words = { added: "new", deleted: "deleted", mode: "mode", modified: "", link: "link", submodule: "submodule" };

function namesOf(all: readonly ChangedPath[]): string {
  const names = all.slice(0, named).map(({ path, kind, from }) => {
    const notes = [words[kind], from === undefined ? "" : `a link to ${from}`].filter(Boolean).join(", ");
    return notes === "" ? path : `${path} (${notes})`;
  });
  const more = all.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function sinceText(since: Since): string {
  return `since ${shortCommit(since.commit)}, proven ${day(since)}`;
}

function day({ at }: Since): string {
  return at.slice(0, 10);
}

interface Open {
  component: string;
  proven: Proven;
  source: Source;
}

function keyOf(component: string, { intended }: Proven): string {
  return `${component}\n${intended}`;
}

/** The components at the commits that were proven, each commit read once. One that this clone lacks gives nothing. */
async function readEarlier(open: readonly Open[], paths: WantedSources["paths"]): Promise<Map<string, Source>> {
  const commits = [...Map.groupBy(open, ({ proven, source }) => `${source.repository}\n${proven.intended}`).values()];
  const read = await parallel(commits, atOnce, async (same) => {
    const [{ proven, source } = {}] = same;
    if (!proven || !source) return [];
    const own = same.flatMap(({ component }) => {
      const its = paths[component];
      return its ? [[component, its] as const] : [];
    });
    // A shallow or partial clone may lack it: that the digests differ is known all the same.
    const found = await readSources(source.repository, proven.intended, Object.fromEntries(own)).catch(() => ({}));
    return Object.entries<Source>(found).map(([component, earlier]) => [keyOf(component, proven), earlier] as const);
  });
  return new Map(read.flat());
}
