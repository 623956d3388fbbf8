import { isDeepStrictEqual } from "node:util";
import type { Hosts } from "../io/hosts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { resolveEnvironment } from "../manifest/resolve.ts";
import { UserError, userError } from "../model/errors.ts";
import type { State } from "../model/state.ts";
import type { RolloutAnswer } from "./answers.ts";
import { Attempt } from "./attempt.ts";
import { checkOut, fetchClone, refuseInUse } from "./clone.ts";
import { bring } from "./deploy.ts";
import { type CatchUp, isSettled, lastProven } from "./last-proven.ts";
import { leaveNotes } from "./leave-notes.ts";
import { openScene, readManifest } from "./open-scene.ts";
import { proveNow } from "./prove.ts";
import { targetOnly, waitWhileHeld } from "./target-only.ts";
import type { World } from "./world.ts";

export interface SyncRequest {
  environment: string;
  /** The target that this runs on. */
  target: string;
  /** How long to wait for whoever works on the environment. Seconds. */
  waitSeconds: number;
}

/** How often it chooses again when other rollouts prove other revisions meanwhile. */
const mostTries = 5;

/**
 * Brings one target, from that target itself, to the environment's last proven revision, and proves it: through the same
 * stages as any deploy. `world.directory` lies in a clone that belongs to this alone: its work tree is made that of the
 * revision (`work-tree-in-use` where somebody works in it). What runs stays as it is when the remote cannot be asked (`remote-unreachable`) or nothing was ever proven
 * (`nothing-proven`); both are unproven.
 */
export async function sync(request: SyncRequest, world: World): Promise<RolloutAnswer> {
  const here = { ...world, openHosts: (directory: string) => onlyHere(world.openHosts(directory)) };
  for (let tries = 1; ; tries += 1) {
    const { answer, recorded } = await syncOnce(request, here);
    if (tries < mostTries && answer.findings.some(({ code }) => code === "revision-moved")) continue;
    return await leaveNotes(answer, recorded, request, here);
  }
}

/** Whatever address a place has, it is this machine: the one place where that is said. */
function onlyHere(hosts: Hosts): Hosts {
  return { get: () => hosts.get({ host: "localhost" }), close: () => hosts.close() };
}

interface Synced {
  answer: RolloutAnswer;
  /** Whether the ledger holds it. */
  recorded: boolean;
}

async function syncOnce(request: SyncRequest, world: World): Promise<Synced> {
  let parts: CatchUp[];
  try {
    parts = await choose(request, world);
  } catch (error) {
    return { answer: await refused(error, request, world), recorded: false };
  }
  let last: Synced | null = null;
  for (const part of parts) {
    last = await catchUp(part, request, world);
    if (last.answer.outcome.outcome !== "proven") break;
  }
  if (last === null) throw new Error("no revision was chosen");
  return last;
}

/** What the target should run, as the ledger on the remote says once nobody works on the environment any more. */
async function choose({ environment, target, waitSeconds }: SyncRequest, world: World): Promise<CatchUp[]> {
  await refuseInUse(world);
  await fetchClone(world);
  const ledger = await openRemoteLedger(world);
  const wait = (message: string) =>
    world.emit({ event: "waiting", at: world.now().toISOString(), for: "lock", message });
  await reaching(waitWhileHeld(ledger, environment, waitSeconds, world, wait));
  const state = await reaching(ledger.state(environment));
  // Readers are given what the clone knew when the remote does not answer: that may be an old revision.
  const problem = (await ledger.freshness())?.problem;
  if (problem?.code === "ledger-unreachable") throw notReached(problem.message);
  // The components are those that the revision's own manifest puts on the target.
  const newest = state?.revisions.find(({ withdrawn }) => !withdrawn);
  if (!state || !newest) throw nothingProven(environment);
  await checkOut(newest.commit, world);
  const parts = lastProven(state, await componentsOn(target, environment, world));
  if (parts.length === 0) throw nothingProven(environment);
  return parts;
}

async function componentsOn(target: string, environment: string, world: World): Promise<string[]> {
  const loaded = await readManifest(world, environment);
  const options = { environment, target, env: world.env, commit: null, providers: world.providers };
  return resolveEnvironment(loaded, options).places.map(({ component }) => component);
}

/** Brings the target to one revision. What the ledger holds nothing against is only read again, and stays out of it. */
async function catchUp(part: CatchUp, request: SyncRequest, world: World): Promise<Synced> {
  try {
    await checkOut(part.commit, world);
  } catch (error) {
    return { answer: await refused(error, request, world), recorded: false };
  }
  const ledger = await openRemoteLedger(world);
  const apart = { ...world, openLedger: async () => targetOnly(ledger) };
  const state = await ledger.state(request.environment);
  if (state && isSettled(state, request.target, part)) {
    const answer = await proveOnly(part, request, apart);
    if (answer.outcome.outcome === "proven") return { answer, recorded: false };
  }
  const answer = await deployPart(part, request, world);
  const found = (codes: RegExp) => answer.findings.some(({ code }) => codes.test(code));
  if (!found(/^ledger-read-only$/)) return { answer, recorded: !found(/^ledger-(unreachable|write-failed)$/) };
  return { answer: await deployPart(part, request, apart), recorded: false };
}

async function deployPart(part: CatchUp, request: SyncRequest, world: World): Promise<RolloutAnswer> {
  const stillRight = (state: State) => {
    const now = lastProven(state, part.components);
    if (now.length === 1 && isDeepStrictEqual(now[0], part)) return;
    throw userError("blocked", "revision-moved", "another revision was proven while this waited for the lock");
  };
  const { environment, target, waitSeconds } = request;
  const word = { force: false, answers: {} };
  return await bring("sync", { environment, target, waitSeconds, stillRight, ...revisionOf(part), ...word }, world);
}

/** A reading of the target as it is, without the environment's lock and the record. */
async function proveOnly(part: CatchUp, { environment, target }: SyncRequest, world: World): Promise<RolloutAnswer> {
  const attempt = new Attempt({ intent: "sync", environment, waitSeconds: null }, world);
  return await attempt.conclude(async () => {
    const scene = await openScene({ environment, target, ...revisionOf(part) }, attempt, world);
    // That all is well every five minutes is no news; when it is not, the way that follows tells.
    attempt.notices = [];
    const state = await attempt.open(scene);
    attempt.refuseBlocked(scene.resolved.findings);
    return await proveNow(scene, state, attempt, world);
  });
}

function revisionOf({ components, commit, sourceCommits }: CatchUp) {
  return { components, ref: commit, sourceCommits };
}

async function refused(error: unknown, { environment }: SyncRequest, world: World): Promise<RolloutAnswer> {
  const attempt = new Attempt({ intent: "sync", environment, waitSeconds: null }, world);
  return await attempt.conclude(() => Promise.reject(error));
}

async function openRemoteLedger(world: World): Promise<Ledger> {
  return await reaching(world.openLedger(world.directory));
}

/** A ledger that cannot be asked leaves a boot as a remote that cannot: nothing was refused, and it is tried again. */
async function reaching<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== "ledger-unreachable") throw error;
    throw notReached(error.message);
  }
}

function notReached(why: string): UserError {
  return userError("unproven", "remote-unreachable", `${why}; what runs stays`);
}

function nothingProven(environment: string): UserError {
  return userError(
    "unproven",
    "nothing-proven",
    `no revision was ever proven in ${environment}: there is nothing to catch up with`,
  );
}
