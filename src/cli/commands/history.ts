import type { World } from "../../actions/world.ts";
import { UserError } from "../../model/errors.ts";
import { staleness } from "../../model/freshness.ts";
import type { Rollout } from "../../model/rollout.ts";
import { historyText, rolloutHistoryText } from "../../report/history.ts";
import { printable } from "../../report/printable.ts";
import { usage } from "../usage.ts";
import type { Invocation, Reply, Run } from "../verb.ts";
import { countOf } from "./arguments.ts";

const defaultLimit = 20;

export const run: Run = async (invocation, session) => {
  const [first = "", ...rest] = invocation.args;
  if (first === "show" && rest.length > 0) return await show(rest, await session.world({ providers: false }));
  if (rest.length > 0) throw new UserError("invalid", [usage(`history does not take "${rest[0]}"`, invocation.verb)]);
  const world = await session.world({ providers: false });
  if (first === "show") await mustNotLackId(invocation, world);
  return await list(first, invocation, world);
};

/** `history show` alone may be the history of an environment of that name; far more often its id was forgotten. */
async function mustNotLackId(invocation: Invocation, world: World): Promise<void> {
  const { isKnown } = await import("../../actions/known-environment.ts");
  if (await isKnown("show", await world.openLedger(world.directory), world)) return;
  const message = "history show needs the ID of a rollout, as landfall history ENV lists them";
  throw new UserError("invalid", [usage(message, invocation.verb)]);
}

async function list(environment: string, invocation: Invocation, world: World): Promise<Reply> {
  const { history } = await import("../../actions/history.ts");
  const answer = await history({ environment, limit: countOf(invocation, "limit", defaultLimit) }, world);
  return {
    ending: "ok",
    body: { ...answer },
    text: (paint) => historyText(printable(answer), paint),
    findings: staleness(answer.ledger),
  };
}

async function show(words: readonly string[], world: World): Promise<Reply> {
  const [environment, id] = words.length === 1 ? [null, words[0]] : words;
  const rollout = await find(environment ?? null, id ?? "", world);
  return { ending: "ok", body: { rollout }, text: (paint) => rolloutHistoryText(printable(rollout), paint) };
}

/** Without an environment, every one that has a record is looked into: ids are unique among all of them. */
async function find(environment: string | null, id: string, world: World): Promise<Rollout> {
  const { showRollout } = await import("../../actions/history.ts");
  if (environment !== null) return await showRollout({ environment, id }, world);
  const { status } = await import("../../actions/status.ts");
  const { environments } = await status({ live: false }, world);
  const missing: UserError[] = [];
  for (const each of environments) {
    try {
      return await showRollout({ environment: each.environment, id }, world);
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== "no-such-rollout") throw error;
      missing.push(error);
    }
  }
  throw (
    missing[0] ??
    new UserError("invalid", [
      { code: "no-such-rollout", level: "block", message: `no rollout ${id}: nothing is recorded` },
    ])
  );
}
