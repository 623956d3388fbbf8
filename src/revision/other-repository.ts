import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { GitError, git } from "../io/git.ts";
import { userError } from "../model/errors.ts";
import { isGitAddress } from "../model/git-address.ts";
import { pause } from "../util/pause.ts";

export interface OtherRepositoryRequest {
  /** The manifest's directory, inside the application's repository: paths are relative to it. */
  directory: string;
  /** The repository's address as the manifest has it. */
  address: string;
  ref: string;
  /** The commit that an earlier rollout recorded, when it is that one that is wanted and not what the ref points to now. */
  commit?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Where git has a commit's files, and which commit it is. */
export interface FetchedCommit {
  repository: string;
  commit: string;
}

/** How long a repository may take to say what it has, and to send one commit. Seconds. */
const answerSeconds = 60;
const sendSeconds = 600;

/**
 * Brings a commit of another repository into a bare one beside the ledger, under refs of our own, with all its files.
 * What is there already is not asked for again. Throws `source-unreachable` and `no-such-revision`, both blocked.
 */
export async function fetchCommit(request: OtherRepositoryRequest): Promise<FetchedCommit> {
  const address = addressOf(request);
  const repository = await openStore(request.directory, address);
  const pinned = request.commit ?? (isCommitId(request.ref) ? request.ref : undefined);
  if (pinned !== undefined && (await isKept(repository, pinned))) return { repository, commit: pinned };
  try {
    const commit = pinned ?? (await askFor(request.ref, address, repository, request));
    if (!(await isKept(repository, commit))) await fetchTo(repository, address, commit, request);
    return { repository, commit };
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const said = error.message.replace(/\s*\n\s*/g, "; ");
    throw userError("blocked", "source-unreachable", `${request.address} cannot be read: ${said}`);
  }
}

/** Looked at once more where it is used: what git is given is an address, whoever called. */
function addressOf({ address, directory }: OtherRepositoryRequest): string {
  if (!isGitAddress(address))
    throw userError("invalid", "bad-value", `${JSON.stringify(address)} is no address of a repository`);
  const isPath = !/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(address) && !/^[^/]*:/.test(address);
  return isPath ? resolve(directory, address) : address;
}

/** `<git directory>/landfall/sources/<hash>.git`: one for each address. */
async function openStore(directory: string, address: string): Promise<string> {
  const common = (await git(directory, ["rev-parse", "--path-format=absolute", "--git-common-dir"])).trim();
  const name = createHash("sha256").update(address).digest("hex").slice(0, 16);
  const store = join(common, "landfall", "sources", `${name}.git`);
  if (existsSync(join(store, "HEAD"))) return store;
  await mkdir(store, { recursive: true });
  await git(directory, ["init", "--quiet", "--bare", "--template=", store]);
  return store;
}

const isCommitId = (text: string) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
const keepRef = (commit: string) => `refs/landfall/keep/${commit}`;

/** The ref is made only when all of the commit has arrived. */
async function isKept(repository: string, commit: string): Promise<boolean> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${keepRef(commit)}^{commit}`];
  return (await git(repository, args, { allowStatus: [1, 128] })).trim() === commit;
}

/** The commit that a branch or tag points to now, as the repository itself says. */
async function askFor(
  ref: string,
  address: string,
  repository: string,
  request: OtherRepositoryRequest,
): Promise<string> {
  const branch = ref === "HEAD" ? "HEAD" : `refs/heads/${ref}`;
  const tag = `refs/tags/${ref}`;
  const patterns = [branch, tag, `${tag}^{}`];
  const listed = await outside(
    repository,
    ["ls-remote", "--quiet", "--", address, ...patterns],
    answerSeconds,
    request,
  );
  const found = new Map(listed.split("\n").map((line) => line.split("\t").reverse() as [string, string]));
  const commit = found.get(branch) ?? found.get(`${tag}^{}`) ?? found.get(tag);
  if (commit !== undefined && !(found.has(branch) && found.has(tag))) return commit;
  const what = commit === undefined ? "no branch or tag" : "both a branch and a tag";
  throw userError("blocked", "no-such-revision", `${request.address} has ${what} ${JSON.stringify(ref)}`);
}

/** Only that commit where the server gives it by its id; otherwise all branches and tags, and it must be among them. */
async function fetchTo(
  repository: string,
  address: string,
  commit: string,
  request: OtherRepositoryRequest,
): Promise<void> {
  const fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];
  const one = ["--depth=1", "--", address, `+${commit}:${keepRef(commit)}`];
  try {
    await outside(repository, [...fetch, ...one], sendSeconds, request);
  } catch (error) {
    if (!(error instanceof GitError) || !/not our ref|unadvertised object|remote ref/.test(error.message)) throw error;
    const all = ["--", address, "+refs/heads/*:refs/landfall/heads/*", "+refs/tags/*:refs/landfall/tags/*"];
    await outside(repository, [...fetch, ...all], sendSeconds, request);
    await git(repository, ["update-ref", keepRef(commit), commit]).catch(() => {
      throw userError("blocked", "no-such-revision", `${request.address} does not have the commit ${commit} any more`);
    });
  }
}

/** Only these ways lead out, whatever the user's configuration makes of an address. */
const allowed = { GIT_ALLOW_PROTOCOL: "https:ssh:git:file" };
const always = ["-c", "protocol.ext.allow=never", "-c", "gc.auto=0", "-c", "maintenance.auto=false"];
/** How often a lock of git's own is waited for: another verb may fetch into the same store. */
const mostTries = 20;

async function outside(
  repository: string,
  args: readonly string[],
  timeoutSeconds: number,
  { signal }: OtherRepositoryRequest,
): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await git(repository, [...always, ...args], { timeoutSeconds, env: allowed, signal });
    } catch (error) {
      const isLock =
        error instanceof GitError && /\.lock'?: File exists|Unable to create '.*\.lock'/.test(error.message);
      if (!isLock || tries >= mostTries || signal?.aborted) throw error;
      await pause(0.25, signal);
    }
  }
}
