import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { type RunOptions, runBytes } from "./process.ts";

export interface GitOptions {
  input?: string | Buffer | undefined;
  /** Exit statuses that are answers, not errors. 0 always is. */
  allowStatus?: readonly number[] | undefined;
  signal?: AbortSignal | undefined;
  /** Seconds after which git and all it started are ended, with an error. */
  timeoutSeconds?: number | undefined;
  /** Variables beside those that git is always given. */
  env?: Readonly<Record<string, string>> | undefined;
}

/** A git command that ended with an error: its message is git's own. */
export class GitError extends Error {
  /** The exit status; null when git could not be started, was killed or cancelled. */
  readonly status: number | null;

  constructor(message: string, status: number | null) {
    super(message);
    this.name = "GitError";
    this.status = status;
  }
}

/**
 * Runs git in a repository and gives what it printed, unchanged (a last newline included).
 * Throws a GitError with git's message. Hooks never run, replaced objects are not followed, and variables that would point
 * git at another repository or let it print traces are taken out.
 */
export async function git(repository: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await gitBytes(repository, args, options)).toString("utf8");
}

/** Whether a repository has this commit. */
export async function hasCommit(repository: string, commit: string): Promise<boolean> {
  const kind = await git(repository, ["cat-file", "-t", commit], { allowStatus: [1, 128] });
  return kind.trim() === "commit";
}

/** Like `git`, for output that is not text. */
export async function gitBytes(repository: string, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const runOptions: RunOptions = {
    cwd: repository,
    env: { ...gitEnvironment(), ...options.env },
    input: options.input,
    signal: options.signal,
    timeoutSeconds: options.timeoutSeconds,
    // A blob that lost its beginning would be worse than none.
    keepBytes: Number.POSITIVE_INFINITY,
  };
  const end = await runBytes("git", [...always, ...args], runOptions);
  const verb = `git ${args.find((arg) => !arg.startsWith("-") && !arg.includes("=")) ?? ""}`.trim();
  if (end.ended === "spawn-failed") throw new GitError(`${verb} could not be started: ${end.message}`, null);
  if (end.ended === "signal") throw new GitError(`${verb} was killed by ${end.signal}`, null);
  if (end.ended === "timeout") throw new GitError(`${verb} did not end within ${options.timeoutSeconds} s`, null);
  if (end.ended !== "exit") throw new GitError(`${verb} was ended: ${end.ended}`, null);
  if (end.status === 0 || options.allowStatus?.includes(end.status)) return end.stdout;
  const said = end.stderr.toString("utf8").trim();
  throw new GitError(said === "" ? `${verb} ended with status ${end.status}` : said, end.status);
}

/**
 * Starts a git command that is talked to while it runs. The caller watches its end; it ends by itself when the caller is gone,
 * because its input then ends. Ctrl-C does not reach it: what is under way is still to be recorded.
 */
export function startGit(repository: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn("git", [...always, ...args], {
    cwd: repository,
    env: gitEnvironment(),
    stdio: "pipe",
    detached: true,
  });
}

/** A user's hooks are for the user's own commits: they could refuse, change or print. */
const always = ["-c", "core.hooksPath=/dev/null"];

/** What `git rev-parse --local-env-vars` lists, but for settings given on purpose (GIT_CONFIG_COUNT and the like). */
const pointing = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_COMMON_DIR",
  "GIT_NAMESPACE",
  "GIT_PREFIX",
  "GIT_CONFIG",
  "GIT_GRAFT_FILE",
  "GIT_SHALLOW_FILE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_REPLACE_REF_BASE",
  "GIT_QUARANTINE_PATH",
];

/** The variables that git is run with. */
export function gitEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !pointing.includes(name) && !name.startsWith("GIT_TRACE"));
  return {
    ...Object.fromEntries(kept),
    // Messages are compared, and a question at a terminal would hang a job.
    LC_ALL: "C",
    LANGUAGE: "",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}
