import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { deploy } from "./deploy.ts";
import { showRollout } from "./history.ts";
import { planRollback, rollback } from "./rollback.ts";

const manifest = (migrate: string) => `application: app
components:
  web:
    type: fake
    source: [src]
    steps:
      backup: { run: work, once: revision, backup: { file: /srv/before.dump } }
      migrate: { ${migrate} }
environments:
  uat: { branch: main, targets: { m1: { host: m1 } } }
`;

describe("a rollback", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = setStage(manifest("run: work, once: revision"));
  });
  afterEach(() => stage.remove());
  const run = async (text?: string) => {
    if (text !== undefined) stage.commit({ "src/app.txt": text });
    const answer = await deploy(deployRequest(), stage.world);
    return answer.outcome.outcome;
  };
  const back = (to?: string) => rollback({ environment: "uat", to, waitSeconds: 0 }, stage.world);
  const head = () => stage.git("rev-parse", "HEAD");
  const undone = (findings: readonly { code: string; message: string }[]) =>
    findings.filter(({ code }) => code === "cannot-undo").map(({ message }) => message.replace(/ at \S+Z,/, ""));

  it("says before anything is begun what a migration left, and which backup holds what was there before", async () => {
    assert.equal(await run(), "proven");
    assert.equal(await run("two\n"), "proven");
    const [second] = [head().slice(0, 7)];
    stage.events.length = 0;
    const answer = await back();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    const told = `step migrate ran for ${second} and is not undone: before it was made backup /srv/before.dump, 1 bytes`;
    assert.deepEqual(undone(answer.findings), [told]);
    assert.equal(answer.findings[0]?.code, "cannot-undo");
    const recorded = (await showRollout({ environment: "uat", id: answer.id }, stage.world)).events;
    const names = recorded.map(({ event }) => event);
    assert.ok(names.indexOf("finding") < names.indexOf("surveyed"), names.join(" "));
  });

  it("names every migration since, the newest first, and the one that failed too", async () => {
    await run();
    const first = head();
    await run("two\n");
    const second = head().slice(0, 7);
    stage.commit({ "landfall.yaml": manifest("run: fail, once: revision") });
    assert.equal(await run("three\n"), "failed");
    const third = head().slice(0, 7);
    const answer = await back(first);
    assert.deepEqual(
      undone(answer.findings).map((message) => message.replace(/:.*/, "")),
      [
        `step migrate failed, and may have changed something, for ${third} and is not undone`,
        `step migrate ran for ${second} and is not undone`,
      ],
    );
  });

  it("has nothing to say where nothing ran once since, and where the check found nothing to do", async () => {
    stage.commit({ "landfall.yaml": manifest("run: work, once: revision, pending: none") });
    await run();
    await run("two\n");
    const answer = await back();
    assert.equal(answer.outcome.outcome, "proven");
    assert.deepEqual(undone(answer.findings), []);
  });

  it("says it too when it is only planned, and then writes nothing", async () => {
    await run();
    await run("two\n");
    const before = stage.git("for-each-ref", "refs/landfall");
    const answer = await planRollback({ environment: "uat", waitSeconds: 0 }, stage.world);
    assert.equal(answer.plan.intent, "rollback");
    assert.equal(answer.findings[0]?.code, "cannot-undo");
    assert.equal(undone(answer.findings).length, 1);
    assert.equal(stage.git("for-each-ref", "refs/landfall"), before);
  });

  it("does not count what the revision that it returns to did itself", async () => {
    await run();
    await run("two\n");
    const second = head();
    await run("three\n");
    assert.equal(undone((await back()).findings).length, 1);
    assert.deepEqual(undone((await back(second)).findings).length, 1, "the third one's is still there");
  });
});
