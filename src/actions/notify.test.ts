import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deadPort, mailSink, type Sink, slackSink, webSink } from "../../test/helpers/sinks.ts";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { deploy } from "./deploy.ts";
import { showRollout } from "./history.ts";
import { prove } from "./prove.ts";

const manifest = (notify: string) => `application: app
components: { web: { type: fake, source: [src] } }
environments:
  uat:
    branch: main
    targets: { m1: { host: m1 } }
    notify:
${notify}
`;

const token = "abcdefghijklmnopqrst1234";

describe("a notification", () => {
  let stage: Stage;
  let slack: Sink;
  beforeEach(async () => {
    slack = await slackSink();
    stage = setStage(manifest(`      - slack: { webhook: "${slack.url}/services/T0/B0/${token}" }`));
  });
  afterEach(async () => {
    stage.remove();
    await slack.close();
  });
  const run = () => deploy(deployRequest(), stage.world);
  const change = (notify: string) => stage.commit({ "landfall.yaml": manifest(notify) });
  const texts = () => slack.received.map(({ body }) => (JSON.parse(body) as { text: string }).text);
  const recorded = async (id: string) => await showRollout({ environment: "uat", id }, stage.world);
  const notified = async (id: string) => (await recorded(id)).events.filter(({ event }) => event === "notified");
  const assertHidden = (answer: unknown, ...secrets: string[]) => {
    const everything = `${JSON.stringify([answer, stage.events])}${stage.git("log", "-p", "refs/landfall/ledger/uat")}`;
    for (const secret of secrets) assert.ok(!everything.includes(secret), `${secret} is shown`);
  };

  it("of a failure is sent once, with the cause, and is recorded behind the outcome", async () => {
    await run();
    assert.deepEqual(texts(), [], "a proven deploy is no news unless asked for");
    stage.machines.at("m1").stuck = true;
    const commit = stage.commit({ "src/app.txt": "two" });
    const answer = await run();
    assert.equal(answer.outcome.outcome, "failed");
    assert.equal(slack.received.length, 1);
    const [text = ""] = texts();
    assert.match(text, new RegExp(`^❌ FAILED {2}uat {2}app@${commit.slice(0, 7)}\\n`));
    assert.match(text, /m1: .*\(stale-process\)/);
    assert.match(text, new RegExp(`landfall history show ${answer.id}$`));
    const { events } = await recorded(answer.id);
    assert.deepEqual(
      events.slice(-2).map(({ event }) => event),
      ["rollout-closed", "notified"],
    );
    assertHidden(answer, token, slack.url);
  });

  it("that cannot be delivered leaves outcome and exit as they are, and is a warning in answer and record", async () => {
    change(`      - slack: { webhook: "http://127.0.0.1:${await deadPort()}/services/T0/B0/${token}", on: [proven] }`);
    // Ctrl-C while it is tried again ends the telling, not the outcome.
    const emit = stage.world.emit;
    stage.world.emit = (event) => {
      emit(event);
      if (event.event === "waiting" && event.for === "notification") setTimeout(() => stage.cancel.abort(), 300);
    };
    const answer = await run();
    assert.equal(answer.outcome.outcome, "proven");
    assert.deepEqual(
      answer.findings.map(({ code, level }) => [code, level]),
      [["notification-failed", "warning"]],
    );
    const read = await recorded(answer.id);
    assert.equal(read.outcome.outcome, "proven");
    assert.ok(read.events.some((event) => event.event === "finding" && event.finding.code === "notification-failed"));
    assert.partialDeepStrictEqual(await notified(answer.id), [{ channel: "slack", on: "proven", result: "failed" }]);
    assertHidden(answer, token);
  });

  it("that is refused shows what the server said, and not the secret that it repeats", async () => {
    const sink = await webSink(({ path }, response) =>
      response.writeHead(404, { "content-type": "text/plain" }).end(`no such hook ${path}`),
    );
    change(`      - webhook: { url: "${sink.url}/in/${token}", on: [proven] }`);
    const answer = await run();
    await sink.close();
    assert.match(answer.findings[0]?.message ?? "", /webhook notification was not delivered: .*404: no such hook/);
    assert.equal(sink.received.length, 1);
    assertHidden(answer, token);
  });

  it("is sent to every receiver, each in its own form, whatever happens to the others", async () => {
    const mail = await mailSink();
    const web = await webSink();
    change(`      - slack: { webhook: "http://127.0.0.1:1/x", on: [blocked] }
      - slack: { webhook: "${slack.url}/\${env.HOOK}", on: [unproven] }
      - webhook: { url: "${web.url}/hook", headers: { Authorization: "Bearer ${token}" }, on: [unproven] }
      - email: { to: [ops@example.org], from: landfall@example.org, smtp: "smtp://me:p%40ss%3Aword@127.0.0.1:${mail.port}", on: [unproven] }`);
    stage.world = { ...stage.world, env: { HOOK: "hook-from-env" } };
    stage.machines.at("m1").says = "unknown";
    const answer = await run();
    await Promise.all([mail.close(), web.close()]);
    assert.equal(answer.outcome.outcome, "unproven");
    assert.deepEqual((await notified(answer.id)).length, 3);
    assert.equal(slack.received[0]?.path, "/hook-from-env");
    const posted = JSON.parse(web.received[0]?.body ?? "");
    assert.partialDeepStrictEqual(posted, {
      schemaVersion: 1,
      on: "unproven",
      outcome: "unproven",
      rollout: { id: answer.id, application: "app", environment: "uat", intent: "deploy", who: stage.world.owner.who },
    });
    assert.equal(posted.rollout.revision.commit, stage.git("rev-parse", "HEAD"));
    assert.equal(web.received[0]?.headers.authorization, `Bearer ${token}`);
    assert.match(mail.letters[0]?.raw ?? "", /^Subject: Landfall: UNPROVEN {1,2}uat/m);
    assertHidden(answer, token, "hook-from-env", "p@ss:word", "p%40ss");
  });

  it("of a refused attempt is sent where `on` lists blocked, also when it was never opened", async () => {
    change(`      - slack: { webhook: "${slack.url}/x", on: [blocked] }`);
    const ledger = await stage.world.openLedger(stage.directory);
    const signal = new AbortController().signal;
    const other = await ledger.lock("uat", {
      owner: stage.world.owner,
      rollout: "01JD0000000000000000000001",
      waitSeconds: 0,
      signal,
    });
    const answer = await run();
    await other.release();
    assert.equal(answer.outcome.outcome, "blocked");
    assert.match(texts()[0] ?? "", /BLOCKED.*uat/);
    assert.equal((await notified(answer.id)).length, 1);
    assert.equal((await recorded(answer.id)).outcome.outcome, "blocked");
  });

  it("of a cancelled rollout is sent, and of our own mistake too", async () => {
    change(`      - slack: { webhook: "${slack.url}/x", on: [cancelled, failed] }`);
    const { world } = stage;
    stage.world = {
      ...world,
      emit: (event) => {
        if (event.event === "step-ended") throw new Error("a mistake");
      },
    };
    await assert.rejects(run(), /a mistake/);
    assert.match(texts()[0] ?? "", /FAILED/);
    stage.world = { ...world, emit: (event) => void (event.event === "stage" && stage.cancel.abort()) };
    assert.equal((await run()).outcome.outcome, "cancelled");
    assert.match(texts()[1] ?? "", /CANCELLED/);
  });

  it("of a proof is sent when what runs is not what should, and never when it is", async () => {
    change(`      - slack: { webhook: "${slack.url}/x", on: [proven, failed] }`);
    await run();
    assert.equal(slack.received.length, 1);
    const again = () => prove({ environment: "uat", components: [] }, stage.world);
    assert.equal((await again()).outcome.outcome, "proven");
    assert.equal(slack.received.length, 1);
    stage.machines.at("m1").running = { commit: "0".repeat(40), digest: "sha256:x" };
    assert.equal((await again()).outcome.outcome, "failed");
    assert.match(texts()[1] ?? "", /FAILED.*\nm1: .*\nprove by /);
  });
});
