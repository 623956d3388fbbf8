import { type GitObject, type GitReader, parseTree } from "../io/git-reader.ts";
import { isAlive, isHere } from "../io/owner.ts";
import { userError } from "../model/errors.ts";
import type { Holder } from "../model/holder.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Owner, Rollout, RolloutEvent } from "../model/rollout.ts";
import { damaged, parseEvents } from "./parse.ts";
import { isRolloutId, rolloutFolder } from "./refs.ts";
import { readUnlock } from "./unlocks.ts";

/** A place in the record to read from: a commit of an environment's chain. */
export interface Snapshot {
  reader: GitReader;
  environment: string;
  commit: string;
  /** The holder of the environment's lease: a rollout that is open under a live lease was not interrupted. */
  holder: Holder | null;
}

/** The newest rollouts, newest first. Reads only the months that it needs. */
export async function readHistory(snapshot: Snapshot, limit: number): Promise<Rollout[]> {
  const ids: string[] = [];
  for (const month of await names(snapshot, "rollouts")) {
    if (ids.length >= limit) break;
    ids.push(...(await idsOf(snapshot, month)));
  }
  return await Promise.all(ids.slice(0, limit).map((id) => readRollout(snapshot, id)));
}

/** One rollout by id or by a unique beginning of it, in any case. */
export async function findRollout(snapshot: Snapshot, id: string): Promise<Rollout> {
  const wanted = id.toUpperCase();
  const found: string[] = [];
  for (const month of await names(snapshot, "rollouts"))
    found.push(...(await idsOf(snapshot, month)).filter((each) => each.startsWith(wanted)));
  const [only, another] = found;
  if (only !== undefined && another === undefined) return await readRollout(snapshot, only);
  const message =
    only === undefined
      ? `no rollout of ${snapshot.environment} begins with \`${id}\``
      : `\`${id}\` is the beginning of ${found.length} rollouts of ${snapshot.environment}: ${found.slice(0, 3).join(", ")}`;
  throw userError("invalid", "no-such-rollout", message);
}

/** The events of a rollout in order, with the number of its last segment; none when the record does not know it. */
export async function readEvents(
  { reader, environment, commit }: Omit<Snapshot, "holder">,
  rollout: string,
): Promise<{ events: RolloutEvent[]; segments: number }> {
  const folder = rolloutFolder(rollout);
  const tree = await reader.read(`${commit}:${folder}`);
  if (tree === null) return { events: [], segments: 0 };
  const numbers = parseTree(tree)
    .map(({ name }) => Number(name.replace(/\.ndjson$/, "")))
    .sort((a, b) => a - b);
  if (numbers.some((number) => !Number.isSafeInteger(number))) throw damaged(environment, folder);
  const texts = await Promise.all(
    numbers.map(async (number) => {
      const path = `${folder}/${number}.ndjson`;
      const blob = await reader.read(`${commit}:${path}`);
      if (blob === null) throw damaged(environment, path);
      return parseEvents(environment, path, blob.content.toString("utf8"));
    }),
  );
  return { events: texts.flat(), segments: numbers.at(-1) ?? 0 };
}

async function readRollout(snapshot: Snapshot, id: string): Promise<Rollout> {
  const { events } = await readEvents(snapshot, id);
  const opened = events.find((event) => event.event === "rollout-opened" || event.event === "rollout-refused");
  if (!opened) throw damaged(snapshot.environment, `the opening of rollout ${id}`);
  if (opened.event === "rollout-refused") return { id, opened, events, outcome: opened.outcome, closedAt: opened.at };
  const closed = events.findLast((event) => event.event === "rollout-closed");
  if (closed) return { id, opened, events, outcome: closed.outcome, closedAt: closed.at };
  const owner = workingOn(opened, snapshot.holder);
  if (owner) return { id, opened, events, outcome: underWay(owner), open: true, closedAt: null };
  const unlock = await readUnlock(snapshot.reader, snapshot.commit, id);
  return { id, opened, events, outcome: interrupted(events, unlock), closedAt: null };
}

/** Who is known to work on it: the holder of a live lease; and for a proof, which takes none, its process if it runs here. */
function workingOn(opened: Opened, holder: Holder | null): Owner | null {
  if (holder?.rollout === opened.rollout && !holder.dead) return holder.owner;
  return opened.intent === "prove" && isHere(opened.owner) && isAlive(opened.owner) ? opened.owner : null;
}

type Opened = Extract<RolloutEvent, { event: "rollout-opened" }>;

function underWay(owner: Owner): Outcome {
  const message = `still under way: ${owner.who} on ${owner.host} (pid ${owner.pid}) works on it`;
  return { outcome: "unproven", reasons: [{ message }], deferred: [] };
}

function interrupted(events: readonly RolloutEvent[], unlock: string | null): Outcome {
  const stage = events.findLast((event) => event.event === "stage")?.stage;
  const where = stage === undefined ? "" : `, in the stage ${stage}`;
  const last = events.at(-1)?.at ?? "its opening";
  const message =
    unlock === null
      ? `it was opened and never closed: its process ended after ${last}${where}`
      : `it was opened and never closed${where}: ${unlock}`;
  return { outcome: "interrupted", reasons: [{ message, code: "interrupted" }], deferred: [] };
}

async function idsOf(snapshot: Snapshot, month: string): Promise<string[]> {
  const ids = await names(snapshot, `rollouts/${month}`);
  const strange = ids.find((id) => !isRolloutId(id));
  if (strange !== undefined) throw damaged(snapshot.environment, `rollouts/${month}/${strange}`);
  return ids;
}

/** The names in a folder, newest first: months and ULIDs both sort by time. */
async function names({ reader, commit }: Snapshot, folder: string): Promise<string[]> {
  const tree: GitObject | null = await reader.read(`${commit}:${folder}`);
  return tree === null
    ? []
    : parseTree(tree)
        .map(({ name }) => name)
        .sort()
        .reverse();
}
