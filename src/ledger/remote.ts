import { createHash } from "node:crypto";
import { GitError, git } from "../io/git.ts";
import { type UserError, userError } from "../model/errors.ts";
import { durable } from "./durable.ts";

/** The ledger's remote. Nothing of the user's is touched: no other ref, no setting, no FETCH_HEAD. */
export interface Remote {
  /** As people may see it: without a password. */
  readonly shown: string;
  /** Tells remotes apart in the names of our refs: it follows the URL, so a ledger that moved is not taken for a rewritten one. */
  readonly key: string;
  /** What these refs name there; names may end in `/*`. One round trip. */
  list(refs: readonly string[], options?: CallOptions): Promise<Map<string, string>>;
  /** Brings the objects of these refs here, and moves no ref. */
  fetch(refs: readonly string[], options?: CallOptions & { depth?: number | undefined }): Promise<void>;
  /** Moves refs forward, never by force. `lost`: one of them had another value by then, and none moved. */
  push(updates: readonly { ref: string; to: string }[], options?: CallOptions): Promise<"pushed" | "lost">;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  timeoutSeconds?: number | undefined;
}

export interface RemoteOptions {
  /** Called once with a sentence for each call whose answer takes long. */
  onSlow?: ((message: string) => void) | undefined;
  /** The time limit of each call that has none of its own, seconds. */
  timeoutSeconds?: number | undefined;
}

/**
 * Opens a remote by its name or URL. Asks it nothing yet. Calls throw `ledger-unreachable` or `ledger-read-only`, both blocking, and
 * the reason of a signal that ended them.
 */
export function openRemote(repository: string, name: string, url: string, given: RemoteOptions = {}): Remote {
  const shown = withoutPassword(name === url ? url : `${name} (${url})`);
  const call = async (args: readonly string[], options: CallOptions = {}, allowStatus: number[] = []) => {
    const limit = options.timeoutSeconds ?? given.timeoutSeconds ?? defaultTimeout;
    const slow = `${shown} is slow: no answer to git ${args[0]} for ${slowSeconds} s, waiting for up to ${limit} s`;
    const told = setTimeout(() => given.onSlow?.(slow), slowSeconds * 1000);
    told.unref();
    try {
      return await git(repository, [...quiet, ...args], {
        signal: options.signal,
        timeoutSeconds: limit,
        allowStatus,
      });
    } catch (error) {
      // Who cancelled knows why it ended.
      options.signal?.throwIfAborted();
      if (!(error instanceof GitError)) throw error;
      throw new GitError(inOneLine(withoutPassword(error.message)), error.status);
    } finally {
      clearTimeout(told);
    }
  };
  const unreachable = (error: unknown): unknown => {
    if (!(error instanceof GitError)) return error;
    return userError("blocked", "ledger-unreachable", `the ledger at ${shown} cannot be reached: ${error.message}`);
  };
  const list: Remote["list"] = async (refs, options) => {
    const text = await call(["ls-remote", "--quiet", "--refs", name, ...refs], options).catch((error: unknown) => {
      throw unreachable(error);
    });
    return new Map(
      text.split("\n").flatMap((line): [string, string][] => {
        const [id = "", ref = ""] = line.split("\t");
        return refs.some((wanted) => isMatch(ref, wanted)) ? [[ref, id]] : [];
      }),
    );
  };
  return {
    shown,
    key: createHash("sha256").update(withoutLogin(url)).digest("hex").slice(0, 12),
    list,
    fetch: async (refs, options) => {
      const depth = options?.depth === undefined ? [] : [`--depth=${options.depth}`];
      await call(["fetch", ...ownOnly, ...depth, name, ...refs], options).catch((error: unknown) => {
        throw unreachable(error);
      });
    },
    push: async (updates, options) => {
      const specs = updates.map(({ ref, to }) => `${to}:${ref}`);
      const several = updates.length > 1 ? ["--atomic"] : [];
      try {
        const text = await call(["push", ...plainPush, ...several, name, ...specs], options, [1]);
        return endOf(text, shown);
      } catch (error) {
        if (!(error instanceof GitError)) throw error;
        if (/did not end within|was killed/.test(error.message)) throw unreachable(error);
        // A key that may do nothing at all is refused in the same words: whether it can read tells.
        if (saysForbidden.test(error.message) && (await canBeRead(list, updates, options)))
          throw readOnly(shown, error.message);
        throw unreachable(error);
      }
    },
  };
}

/** The error for a remote that can be read and not written. */
function readOnly(shown: string, why: string): UserError {
  return userError("blocked", "ledger-read-only", `the ledger at ${shown} cannot be written: ${why.trim()}`);
}

/** Reads `git push --porcelain`: one line per ref, `FLAG\tFROM:TO\tSUMMARY`. */
function endOf(text: string, shown: string): "pushed" | "lost" {
  const refused = text.split("\n").filter((line) => line.startsWith("!"));
  if (refused.length === 0 && /^(Done|[ =*]\t)/m.test(text)) return "pushed";
  const summaries = refused.map((line) => line.split("\t")[2] ?? "");
  if (summaries.some((summary) => raced.test(summary))) return "lost";
  throw readOnly(shown, summaries[0] ?? text);
}

async function canBeRead(
  list: Remote["list"],
  updates: readonly { ref: string }[],
  options?: CallOptions,
): Promise<boolean> {
  const [first] = updates;
  if (!first) return false;
  return await list([first.ref], options).then(
    () => true,
    () => false,
  );
}

/** What git says where the ref was moved by another since it was looked at, here or there. */
const raced =
  /\((fetch first|non-fast-forward|stale info|needs force|atomic push failed|failed to (update|lock) ref|cannot lock ref.*|incorrect old value provided|reference already exists|atomic transaction failed)\)|atomic push failure/;

const saysForbidden =
  /read.only|permission|denied|forbidden|\b403\b|not allowed|(not |un)authori[sz]ed|write access|service not enabled|not exported/i;

function isMatch(ref: string, wanted: string): boolean {
  return wanted.endsWith("/*") ? ref.startsWith(wanted.slice(0, -1)) : ref === wanted;
}

/** git's reason without its advice, which is the same whatever the reason. */
function inOneLine(message: string): string {
  const lines = message.split("\n").map((line) => line.trim().replace(/^(fatal|error): /, ""));
  const told = lines.filter((line) => line !== "" && !advice.test(line));
  return told.length === 0 ? lines.join(" ").trim() : told.join("; ");
}

const advice =
  /^(Could not read from remote repository\.|Please make sure you have the correct access rights|and the repository exists\.)$/;

/** Up to the last `@`, because a password may hold one. */
function withoutPassword(text: string): string {
  return text.replace(/(\w:\/\/)[^/\s]*@/g, "$1");
}

/** CI systems write a token into the address that is another one for each job. */
function withoutLogin(url: string): string {
  return /^https?:/.test(url) ? withoutPassword(url) : url;
}

const defaultTimeout = 30;
const slowSeconds = 3;

/** No maintenance while a rollout runs, whatever the user has set; what is fetched is synced before a ref leads to it. */
const quiet = [...durable, "-c", "gc.auto=0", "-c", "maintenance.auto=false"];

/**
 * Nothing but objects arrive: no tag, no FETCH_HEAD, no ref that the user's settings would map these to. All of them do: a
 * partial clone would ask for each segment by itself, without a time limit, and could read nothing while the remote is away.
 */
const ownOnly = [
  "--quiet",
  "--no-filter",
  "--no-write-fetch-head",
  "--no-tags",
  "--no-prune",
  "--no-recurse-submodules",
  "--refmap=",
  "--no-write-commit-graph",
];

const plainPush = ["--porcelain", "--no-follow-tags", "--no-signed", "--recurse-submodules=no"];
