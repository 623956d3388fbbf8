import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ulid } from "ulid";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { UserError } from "../model/errors.ts";
import { withdraw } from "./approve.ts";
import { deploy } from "./deploy.ts";
import { history, showRollout } from "./history.ts";
import { isKnown } from "./known-environment.ts";
import { lockHolder, unlock } from "./lock.ts";
import { rollback } from "./rollback.ts";
import { status } from "./status.ts";
import type { World } from "./world.ts";

describe("a name that is no environment's", () => {
  let stage: Stage;
  /** As verbs get it that only read the ledger: without providers. */
  let world: World;
  before(async () => {
    stage = setStage();
    world = { ...stage.world, providers: [] };
    assert.equal((await deploy(deployRequest(), stage.world)).outcome.outcome, "proven");
  });
  after(() => stage.remove());

  const verbs: Record<string, (environment: string) => Promise<unknown>> = {
    status: (environment) => status({ environment, live: false }, world),
    history: (environment) => history({ environment, limit: 1 }, world),
    "history show": (environment) => showRollout({ environment, id: "01H" }, world),
    lock: (environment) => lockHolder({ environment }, world),
    unlock: (environment) => unlock({ environment, reason: "r" }, world),
    "approve --withdraw": (environment) => withdraw({ environment, reason: "r" }, world),
  };
  for (const [verb, run] of Object.entries(verbs))
    test(`is told with the nearest one: ${verb}`, async () => {
      await refuses(() => run("uatt"), "invalid", /there is no environment `uatt`; did you mean `uat`\?$/);
    });

  test("is told with all that there are when none is near, each once", async () => {
    await refuses(() => verbs.status?.("production"), "invalid", /there is no environment `production`; known: uat$/);
  });

  test("is told when it should be rolled back", async () => {
    const { findings } = await rollback({ environment: "uatt", waitSeconds: 0 }, stage.world);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["unknown-environment"],
    );
  });

  test("is told by a manifest with other mistakes, too: only its names count", async () => {
    stage.write({ "landfall.yaml": "application: 7\nenvironments: { uat: , old: }\n" });
    await refuses(() => verbs.status?.("uatt"), "invalid", /did you mean `uat`\? known: uat, old$/);
    stage.git("checkout", "--quiet", "landfall.yaml");
  });

  test("is not told where no manifest says which there are", async () => {
    stage.write({ "landfall.yaml": "application: [\n" });
    const { environments } = await status({ environment: "uatt", live: false }, world);
    assert.equal(environments[0]?.state, null);
    assert.equal(await isKnown("uatt", await world.openLedger(world.directory), world), false);
    stage.git("checkout", "--quiet", "landfall.yaml");
  });

  test("is one that the ledger has, though the manifest no longer names it", async () => {
    stage.write({ "landfall.yaml": "environments: { other: }\n" });
    const { environments } = await status({ environment: "uat", live: false }, world);
    assert.equal(environments[0]?.state?.last?.outcome, "proven");
    stage.git("checkout", "--quiet", "landfall.yaml");
  });

  test("is one that is held, though neither the ledger nor the manifest has it", async () => {
    const ledger = await world.openLedger(world.directory);
    const rollout = ulid();
    const { signal } = world;
    const lease = await ledger.lock("gone", { owner: world.owner, rollout, waitSeconds: 0, signal });
    assert.equal((await lockHolder({ environment: "gone" }, world)).holder?.rollout, rollout);
    assert.equal((await unlock({ environment: "gone", reason: "r" }, world)).rollout, rollout);
    await lease.release();
  });
});

async function refuses(run: () => unknown, refusal: UserError["refusal"], message: RegExp): Promise<void> {
  await assert.rejects(
    async () => await run(),
    (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.deepEqual([error.refusal, error.code], [refusal, "unknown-environment"]);
      assert.match(error.findings[0]?.message ?? "", message);
      return true;
    },
  );
}
