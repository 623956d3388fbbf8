import { git } from "../io/git.ts";
import type { GitReader } from "../io/git-reader.ts";
import type { ApprovalEvent } from "../model/approval.ts";
import type { State } from "../model/state.ts";
import { stateText } from "./append-commit.ts";
import { foldApproval } from "./approvals.ts";
import { openCommitWriter } from "./fast-import.ts";
import { type FoldScope, fold, openScope } from "./fold.ts";
import { withReader } from "./head.ts";
import { readEvents } from "./history.ts";
import { damaged, parseApprovalEvents, parseEvents, parseState } from "./parse.ts";
import type { Place } from "./place.ts";
import { isRolloutId, rolloutFolder } from "./refs.ts";

/** A rollout as it is known while commits are put elsewhere. */
interface Known {
  scope: FoldScope;
  segments: number;
}

/**
 * Puts the commits after `base` (null: all) up to `from` on top of `onto`, one by one, and gives the last new one. Their
 * files are their rollouts' own, so they never meet others; the state is folded anew, because what is under it has changed.
 */
export async function replay(place: Place, base: string | null, from: string, onto: string): Promise<string> {
  const { repository, environment } = place;
  const commits = await commitsBetween(repository, base, from);
  const writer = openCommitWriter(repository);
  try {
    return await withReader(repository, async (reader) => {
      const rollouts = new Map<string, Known>();
      let state = await stateAt(reader, environment, onto);
      let parent = onto;
      for (const commit of commits) {
        const files: { path: string; content: string }[] = [];
        for (const path of commit.paths) {
          const content = await textAt(reader, environment, commit.id, path);
          const rollout = rolloutOf(path);
          if (rollout === null) {
            files.push({ path, content });
            for (const event of approvalsIn(environment, path, content)) state = foldApproval(state, event);
            continue;
          }
          const known = rollouts.get(rollout) ?? (await knownAt(reader, environment, onto, rollout, state));
          rollouts.set(rollout, known);
          known.segments = Math.max(known.segments + 1, Number(/(\d+)\.ndjson$/.exec(path)?.[1]));
          files.push({ path: `${rolloutFolder(rollout)}/${known.segments}.ndjson`, content });
          state = parseEvents(environment, path, content).reduce((now, event) => fold(now, event, known.scope), state);
        }
        files.push({ path: "state.json", content: stateText(state) });
        parent = await writer.write({ parent, message: commit.message, files });
      }
      return parent;
    });
  } finally {
    await writer.close();
  }
}

interface Commit {
  id: string;
  message: string;
  /** What it added or changed, without the state. */
  paths: string[];
}

async function commitsBetween(repository: string, base: string | null, from: string): Promise<Commit[]> {
  const ids = await git(repository, ["rev-list", "--reverse", base === null ? from : `${base}..${from}`]);
  const format = "--format=%x01%H%x02%B%x02";
  const diff = ["diff-tree", "--stdin", "-r", "--root", "--name-only", "--no-renames", format];
  const text = await git(repository, diff, { input: ids });
  return text
    .split("\x01")
    .slice(1)
    .map((entry) => {
      const [id = "", message = "", names = ""] = entry.split("\x02");
      const paths = names.split("\n").filter((path) => path !== "" && path !== "state.json");
      return { id, message: `${message.trimEnd()}\n`, paths };
    });
}

async function knownAt(
  reader: GitReader,
  environment: string,
  commit: string,
  rollout: string,
  state: State,
): Promise<Known> {
  const scope = openScope(rollout);
  const { events, segments } = await readEvents({ reader, environment, commit }, rollout);
  events.reduce((folded, event) => fold(folded, event, scope), state);
  return { scope, segments };
}

async function stateAt(reader: GitReader, environment: string, commit: string): Promise<State> {
  return parseState(environment, await textAt(reader, environment, commit, "state.json"));
}

async function textAt(reader: GitReader, environment: string, commit: string, path: string): Promise<string> {
  const blob = await reader.read(`${commit}:${path}`);
  if (blob === null) throw damaged(environment, path);
  return blob.content.toString("utf8");
}

/** The rollout that a segment belongs to; null for other files. */
function rolloutOf(path: string): string | null {
  const [folder, , rollout = "", segment = ""] = path.split("/");
  return folder === "rollouts" && isRolloutId(rollout) && segment.endsWith(".ndjson") ? rollout : null;
}

/** What a file says of approvals; nothing when it is another one. */
function approvalsIn(environment: string, path: string, content: string): ApprovalEvent[] {
  return /^approvals\/.*\.ndjson$/.test(path) ? parseApprovalEvents(environment, path, content) : [];
}
