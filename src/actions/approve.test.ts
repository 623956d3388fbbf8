import assert from "node:assert/strict";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { type ApprovalStage, approvalManifest, setApprovalStage } from "../../test/helpers/approval-stage.ts";
import { deployRequest } from "../../test/helpers/stage.ts";
import type { RolloutAnswer } from "../model/answers.ts";
import type { Code } from "../model/codes.ts";
import { withdraw } from "./approve.ts";
import { history, showRollout } from "./history.ts";
import { plan } from "./plan.ts";
import { rollback } from "./rollback.ts";

let stage: ApprovalStage;
afterEach(() => stage.remove());

const day = 86_400_000;
const planned = () => plan(deployRequest({ environment: "production" }), stage.world);
const production = (more = {}) => stage.to("production", more);
const later = (milliseconds: number) => {
  stage.world.now = () => new Date(Date.now() + milliseconds);
};

/** Blocked for this alone, the plan says the same, and no machine of production was touched. */
async function refused(answer: RolloutAnswer, code: Code, message: RegExp, touched: string[] = []): Promise<void> {
  assert.equal(answer.outcome.outcome, "blocked", JSON.stringify(answer.outcome));
  assert.equal(answer.invalid, false);
  assert.deepEqual([...new Set(answer.outcome.reasons.map((reason) => reason.code))], [code]);
  assert.match(answer.outcome.reasons[0]?.message ?? "", message);
  assert.deepEqual(stage.touched(), touched);
  const { findings } = await planned();
  assert.ok(findings.some((finding) => finding.code === code && finding.level === "block"));
  const recorded = await showRollout({ environment: "production", id: answer.id }, stage.world);
  assert.equal(recorded.outcome.outcome, "blocked");
}

function proven(answer: RolloutAnswer): void {
  assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
}

describe("an environment that takes a branch and approved plans", () => {
  it("refuses another branch, whoever approved: the plan cannot even be approved", async () => {
    stage = setApprovalStage("{ approval: true }");
    stage.git("switch", "--quiet", "-c", "test");
    stage.publish({ "src/app.txt": "two" });
    const answer = await production();
    assert.deepEqual(answer.findings.map(({ code }) => code).sort(), ["approval-missing", "wrong-branch"]);
    assert.equal(answer.outcome.outcome, "blocked");
    await assert.rejects(stage.approve(), { code: "wrong-branch" });
    assert.deepEqual(stage.touched(), []);
  });

  it("refuses a plan that nobody approved, and says its hash", async () => {
    stage = setApprovalStage("{ approval: true }");
    const { hash } = await planned();
    assert.match(hash ?? "", /^[0-9a-f]{64}$/);
    const answer = await production();
    await refused(answer, "approval-missing", /nobody approved plan/);
    assert.ok(answer.findings[0]?.fix?.includes(`--plan ${hash?.slice(0, 12)}`));
  });

  it("takes the plan that was approved, once, and the record says who approved it and that it is advisory", async () => {
    stage = setApprovalStage("{ approval: true }");
    const { hash } = await planned();
    const { approval } = await stage.approve({ plan: hash?.slice(0, 12), reason: "the release of Thursday" });
    assert.equal(approval.plan.hash, hash);
    const answer = await production();
    proven(answer);
    assert.match(JSON.stringify(answer.findings), /approved by ana \(advisory: not signed/);
    const { events } = await showRollout({ environment: "production", id: answer.id }, stage.world);
    const taken = events.find((event) => event.event === "approval-taken");
    assert.equal(taken?.approval.id, approval.id);
    assert.deepEqual(answer.approval, taken?.approval);
    const { approvals } = await history({ environment: "production", limit: 5 }, stage.world);
    assert.equal(approvals?.[0]?.used?.rollout, answer.id);
    assert.equal(approvals?.[0]?.reason, "the release of Thursday");
  });

  it("refuses the same plan a second time, after it was rolled back", async () => {
    stage = setApprovalStage("{ approval: true }");
    await stage.approve();
    proven(await production());
    stage.publish({ "worker/w.txt": "two" });
    await stage.approve();
    const second = await production();
    proven(second);
    proven(await rollback({ environment: "production", waitSeconds: 0 }, stage.world));
    const touched = stage.touched();
    await refused(await production(), "approval-missing", new RegExp(`used by rollout ${second.id}`), touched);
  });

  it("refuses a plan that changed since, and says in what", async () => {
    stage = setApprovalStage("{ approval: true }");
    const before = stage.git("rev-parse", "--short=7", "HEAD");
    const { approval } = await stage.approve();
    const after = stage.publish({ "src/app.txt": "two" }).slice(0, 7);
    const said = new RegExp(
      `approved was plan ${approval.plan.hash.slice(0, 12)} \\(${before}\\), this is plan [0-9a-f]{12} \\(${after}\\): differs in commit \\(${before} → ${after}\\), source of web$`,
    );
    await refused(await production(), "plan-changed", said);
  });

  it("refuses a plan whose steps changed though the commit did not", async () => {
    stage = setApprovalStage("{ approval: true }");
    await stage.approve();
    proven(await production());
    stage.publish({ "src/app.txt": "two" });
    await stage.approve();
    const answer = await production({ components: ["web"] });
    assert.equal(answer.findings[0]?.code, "plan-changed");
    assert.match(
      answer.findings[0]?.message ?? "",
      /the order of targets, worker on w1 \(.* → not there\)|source of worker/,
    );
  });

  it("refuses a plan that the manifest in the working tree changed", async () => {
    stage = setApprovalStage("{ approval: true }");
    await stage.approve();
    stage.write({ "landfall.yaml": approvalManifest("{ approval: true }").replace("host: p1", "host: p9") });
    const answer = await production({ ref: "HEAD" });
    assert.equal(answer.outcome.outcome, "blocked");
    assert.match(answer.outcome.reasons[0]?.message ?? "", /differs in the manifest$/);
    assert.deepEqual(stage.machines.at("p9").log, []);
  });

  it("takes an approval again for the very same plan after a rollout that did not end proven", async () => {
    stage = setApprovalStage("{ approval: true }");
    const { approval } = await stage.approve({ components: ["worker"] });
    stage.machines.at("w1").says = "unknown";
    assert.equal((await production({ components: ["worker"] })).outcome.outcome, "unproven");
    Object.assign(stage.machines.at("w1"), { says: undefined, laid: null, running: null });
    const answer = await production({ components: ["worker"] });
    proven(answer);
    const { approvals } = await history({ environment: "production", limit: 5 }, stage.world);
    assert.deepEqual([approvals?.[0]?.id, approvals?.[0]?.used?.rollout], [approval.id, answer.id]);
  });

  it("asks for another approval of what a failure left to be done: that is another plan", async () => {
    stage = setApprovalStage("{ approval: true }");
    await stage.approve();
    const machine = stage.machines.at("p1");
    machine.stuck = true;
    assert.equal((await production()).outcome.outcome, "failed");
    machine.stuck = false;
    const answer = await production();
    assert.equal(answer.outcome.outcome, "blocked");
    assert.match(answer.outcome.reasons[0]?.message ?? "", /web on p1 \(lay, migrate, restart → lay, restart\)/);
  });

  it("asks nothing where nothing would change: it only proves again", async () => {
    stage = setApprovalStage("{ provenIn: sandbox, approval: true }");
    proven(await stage.to("sandbox"));
    await stage.approve();
    proven(await production());
    const answer = await production();
    proven(answer);
    assert.deepEqual([answer.steps, answer.findings], [[], []]);
    assert.equal((await planned()).hash, undefined);
    await assert.rejects(stage.approve(), { code: "approval-needless" });
  });

  it("opens the way back at any hour: a rollback needs no approval, says so, and is recorded", async () => {
    stage = setApprovalStage("{ provenIn: sandbox, approval: true }");
    for (const text of ["two", "three"]) {
      stage.publish({ "src/app.txt": text });
      proven(await stage.to("sandbox"));
      await stage.approve();
      proven(await production());
    }
    const answer = await rollback({ environment: "production", waitSeconds: 0, reason: "night" }, stage.world);
    proven(answer);
    assert.ok(answer.findings.some(({ code, level }) => code === "approval-spared" && level === "note"));
    assert.match(stage.machines.at("p1").running?.commit ?? "", new RegExp(stage.git("rev-parse", "HEAD~1")));
  });
});

describe("an approval", () => {
  it("does not count when it is older than the environment allows", async () => {
    stage = setApprovalStage("{ approval: { within: 7d } }");
    await stage.approve();
    later(8 * day);
    await refused(await production(), "approval-expired", /older than 7d/);
    later(6 * day);
    proven(await production());
  });

  it("counts by those who may give it alone, and is not even recorded for others", async () => {
    stage = setApprovalStage("{ approval: { by: [ben] } }");
    await assert.rejects(stage.approve(), { code: "approval-untrusted" });
    await refused(await production(), "approval-missing", /nobody approved/);
    const ben = { ...stage.world, owner: { ...stage.world.owner, who: "ben" } };
    await stage.approve({}, ben);
    proven(await production());
  });

  it("is taken back by anybody, with the reason that the next deploy reads", async () => {
    stage = setApprovalStage("{ approval: true }");
    await stage.approve();
    const answer = await withdraw({ environment: "production", reason: "found a bug" }, stage.world);
    assert.equal(answer.approvals.length, 1);
    await refused(await production(), "approval-missing", /withdrawn by ana .*found a bug/);
    await assert.rejects(withdraw({ environment: "production", reason: "again" }, stage.world), {
      code: "approval-missing",
    });
    await stage.approve();
    proven(await production());
  });

  it("given in another clone is seen in this one", async () => {
    stage = setApprovalStage("{ approval: true }");
    const clone = join(stage.directory, ".git", "clone");
    stage.git("clone", "--quiet", stage.remote, clone);
    await stage.approve({}, { ...stage.world, directory: clone, owner: { ...stage.world.owner, who: "ben" } });
    const answer = await production();
    proven(answer);
    assert.match(JSON.stringify(answer.findings), /approved by ben/);
  });

  it("is not given without a yes, without a reason, or for another plan than was looked at", async () => {
    stage = setApprovalStage("{ approval: true }");
    await assert.rejects(stage.approve({ confirm: async () => false }), { code: "not-confirmed" });
    await assert.rejects(stage.approve({ reason: " " }), { code: "reason-missing" });
    await assert.rejects(stage.approve({ plan: "0".repeat(12) }), { code: "plan-changed" });
    await assert.rejects(stage.approve({ plan: (await planned()).hash?.slice(0, 3) }), { code: "plan-changed" });
    await assert.rejects(stage.approve({ environment: "sandbox" }), { code: "approval-needless" });
    const { approvals } = await history({ environment: "production", limit: 5 }, stage.world);
    assert.equal(approvals, undefined);
  });

  it("shows the plan without saying that the deploy would be refused for want of it", async () => {
    stage = setApprovalStage("{ approval: true }");
    await stage.approve({
      confirm: async ({ findings, plan: shown }) => {
        assert.deepEqual(findings, []);
        return shown.targets.length === 2;
      },
    });
  });
});
