import { git } from "../io/git.ts";
import type { Finding } from "../model/finding.ts";
import { oldCodeOf } from "../model/old-code.ts";
import type { State } from "../model/state.ts";
import type { EnvironmentStatus, RolloutAnswer, StatusAnswer, StatusRow } from "./answers.ts";
import { mustBeKnown } from "./known-environment.ts";
import type { World } from "./world.ts";

export interface StatusRequest {
  /** Undefined: every environment that the ledger knows. */
  environment?: string | undefined;
  /** Also read the targets now. The evidence is recorded, as by `prove`. */
  live: boolean;
}

/** What runs where, as the ledger knows it: quick, and it touches nothing outside. With `live` the targets are read too. */
export async function status(request: StatusRequest, world: World): Promise<StatusAnswer> {
  const ledger = await world.openLedger(world.directory);
  if (request.environment !== undefined) await mustBeKnown(request.environment, ledger, world);
  // Asked while the ledger is read: each process that is waited for alone is felt. Without a commit it is empty.
  const head = checkedOut(world.directory);
  // Awaited below; until then a failure of the ledger may come first.
  head.catch(() => {});
  const names = request.environment === undefined ? await ledger.environments() : [request.environment];
  const environments = await Promise.all(
    names.map(async (environment): Promise<EnvironmentStatus> => {
      const live = request.live ? await proveNow(environment, world) : null;
      const { state, holder } = await ledger.present(environment);
      const oldCode = oldCodeOf(state);
      const owed = oldCode.length === 0 ? {} : { oldCode };
      const common = { environment, state, holder, rows: await rowsOf(state, await head, world.directory), ...owed };
      const findings = [...(live?.findings ?? []), ...interruption(state, holder !== null && !holder.dead)];
      if (!live) return { ...common, findings };
      const { evidence, outcome, invalid } = live;
      return { ...common, live: { evidence, outcome, invalid }, findings };
    }),
  );
  const application = environments.find(({ state }) => state)?.state?.application ?? null;
  return { application, ledger: await ledger.freshness(), environments };
}

async function checkedOut(directory: string): Promise<string> {
  const found = await git(directory, ["rev-parse", "--verify", "--quiet", "HEAD"], { allowStatus: [1, 128] });
  return found.trim();
}

/** Proving needs all that deploying needs, and the ledger's word needs none of it: it is loaded when asked for. */
async function proveNow(environment: string, world: World): Promise<RolloutAnswer> {
  const { prove } = await import("./prove.ts");
  return await prove({ environment, components: [] }, world);
}

/** A rollout that was opened, not closed, and that nobody is working on. */
function interruption(state: State | null, held: boolean): Finding[] {
  if (!state?.last || state.last.outcome !== undefined || held) return [];
  const { id, who, openedAt } = state.last;
  return [
    {
      code: "interrupted",
      level: "warning",
      message: `rollout ${id} of ${who}, begun ${openedAt}, never ended`,
      fix: `run landfall deploy ${state.environment}: it reads the targets and goes on from there`,
    },
  ];
}

async function rowsOf(state: State | null, head: string, directory: string): Promise<StatusRow[]> {
  if (!state) return [];
  const rows = Object.entries(state.verdicts).flatMap(([component, targets]) =>
    Object.entries(targets).map(async ([target, { verdict, at, reason, commit: read }]): Promise<StatusRow> => {
      const commit = read === "" ? null : read;
      const proven = state.proven[component]?.[target]?.commit ?? null;
      return {
        component,
        target,
        commit,
        proven,
        verdict,
        reason,
        at,
        behind: await behind(commit, state.pairs[component] ?? {}, head, directory),
      };
    }),
  );
  return await Promise.all(rows);
}

/**
 * Commits on what is checked out that the running one lacks: none when its source is the same. Null when it is not known
 * what runs, or this clone does not have the commit.
 */
async function behind(
  commit: string | null,
  pairs: Record<string, string>,
  head: string,
  directory: string,
): Promise<number | null> {
  if (commit === null || head === "") return null;
  if (pairs[commit] !== undefined && pairs[commit] === pairs[head]) return 0;
  try {
    return Number(await git(directory, ["rev-list", "--count", `${commit}..${head}`]));
  } catch {
    return null;
  }
}
