import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { git } from "../io/git.ts";
import { UserError, userError } from "../model/errors.ts";
import type { Freshness } from "../model/freshness.ts";
import { inRepository } from "./head.ts";
import { openRemote, type Remote, type RemoteOptions } from "./remote.ts";
import { type Listing, takeUp } from "./synchronise.ts";

/** Where a ledger is shared: a remote's name, a URL or a path. Null: nowhere. Undefined: at `origin`, where there is one. */
export type SharedAt = { remote: string } | null | undefined;

/** The remote that a ledger is shared at, or null. Throws `ledger-unreachable` when one is named that git does not know. */
export async function findRemote(repository: string, at: SharedAt, options: RemoteOptions): Promise<Remote | null> {
  if (at === null) return null;
  const name = at?.remote ?? "origin";
  const url = (
    await inRepository(repository, git(repository, ["config", "--get", `remote.${name}.url`], { allowStatus: [1] }))
  ).trim();
  if (url !== "") return openRemote(repository, name, url, options);
  if (at === undefined) return null;
  // git lets a remote's name hold slashes, so what is configured goes first.
  if (/[/:]/.test(name)) return openRemote(repository, name, name, options);
  throw userError("blocked", "ledger-unreachable", `the ledger's remote \`${name}\` is not configured in this clone`, {
    fix: `run git remote add ${name} URL, or correct \`ledger\` in the manifest`,
  });
}

/** Reads from the remote, and remembers when it last answered. */
export interface Contact {
  /** Takes up what is there; null when it could not be asked, and `freshness` then says why. Throws every other error. */
  refresh(environment: string | null): Promise<Listing | null>;
  freshness(): Promise<Freshness>;
  /** Remembers that it answered just now. */
  heard(): Promise<void>;
  /** How sending what was recorded here ended. */
  sent(error: unknown): void;
  /** From now on this process writes too: every question is asked anew. */
  writes(): void;
}

/** A verb that only reads asks about the same things several times: within two seconds the first answer does for all. */
export function openContact(repository: string, remote: Remote, signal: AbortSignal | undefined): Contact {
  const answers = new Map<string | null, { at: number; listing: Promise<Listing | null> }>();
  let problem: Freshness["problem"];
  const answered = openAnswerTime(repository, remote);
  let mostAge = 2000;
  const ask = async (environment: string | null): Promise<Listing | null> => {
    try {
      const listing = await takeUp(repository, remote, environment === null ? null : [environment], { signal });
      problem = undefined;
      await answered.note();
      return listing;
    } catch (thrown) {
      if (!(thrown instanceof UserError) || thrown.code !== "ledger-unreachable") throw thrown;
      signal?.throwIfAborted();
      problem = thrown;
      return null;
    }
  };
  return {
    refresh: (environment) => {
      for (const key of [null, environment]) {
        const known = answers.get(key);
        if (known && performance.now() - known.at < mostAge) return known.listing;
      }
      const listing = ask(environment);
      answers.set(environment, { at: performance.now(), listing });
      return listing;
    },
    heard: answered.note,
    sent: (error) => {
      problem = error instanceof UserError ? error : undefined;
    },
    writes: () => {
      mostAge = 0;
    },
    freshness: async () => {
      const fetchedAt = await answered.read();
      return {
        remote: remote.shown,
        fetchedAt,
        ...(problem ? { problem: { code: problem.code, message: problem.message } } : {}),
      };
    },
  };
}

/** When the remote last answered this clone. In a file, because no ref tells when it was last found unchanged. */
interface AnswerTime {
  note(): Promise<void>;
  read(): Promise<string | null>;
}

function openAnswerTime(repository: string, remote: Remote): AnswerTime {
  let file: Promise<string> | null = null;
  const find = async () => {
    const directory = await git(repository, ["rev-parse", "--path-format=absolute", "--git-common-dir"]);
    return join(directory.trim(), "landfall", "ledger", remote.key);
  };
  const path = () => {
    file ??= find();
    return file;
  };
  return {
    // A clone that cannot be written is still read.
    note: () =>
      path()
        .then(async (name) => {
          await mkdir(dirname(name), { recursive: true });
          await writeFile(name, `${new Date().toISOString()}\n`);
        })
        .catch(() => {}),
    read: async () => {
      const text = (await readFile(await path(), "utf8").catch(() => "")).trim();
      return Number.isNaN(Date.parse(text)) ? null : text;
    },
  };
}
