import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { type ApprovalStage, ana, approvalManifest, eve, setApprovalStage } from "../../test/helpers/approval-stage.ts";
import { deployRequest } from "../../test/helpers/stage.ts";
import type { RolloutAnswer } from "../model/answers.ts";
import type { Approval } from "../model/approval.ts";
import type { Code } from "../model/codes.ts";
import type { State } from "../model/state.ts";
import { withdraw } from "./approve.ts";
import { history, showRollout } from "./history.ts";
import { plan } from "./plan.ts";

let stage: ApprovalStage;
afterEach(() => stage.remove());

const listed = [{ name: "ana", key: ana }];
const signedOnly = "{ approval: { signed: true } }";
const production = () => stage.to("production");

function setSigned(requires = signedOnly, approvers = listed): void {
  stage = setApprovalStage(requires, approvers);
  stage.signWith(ana);
}

function refused(answer: RolloutAnswer, code: Code, message: RegExp): void {
  assert.equal(answer.outcome.outcome, "blocked", JSON.stringify(answer.outcome));
  assert.deepEqual(
    answer.outcome.reasons.map((reason) => reason.code),
    [code],
  );
  assert.match(answer.outcome.reasons[0]?.message ?? "", message);
  assert.deepEqual(stage.touched(), []);
}

/**
 * Writes into the ledger at the remote as somebody would who may push there: another commit on top, with another state, and
 * without the files whose path ends so.
 */
function tamper(change: (approval: Approval) => Approval, without?: string): void {
  const ref = "refs/landfall/ledger/production";
  stage.git("fetch", "--quiet", "origin", ref);
  const head = stage.git("rev-parse", "FETCH_HEAD");
  const state: State = JSON.parse(stage.git("show", `${head}:state.json`));
  const forged = JSON.stringify({ ...state, approvals: (state.approvals ?? []).map(change) });
  const env = { ...process.env, GIT_INDEX_FILE: join(stage.directory, ".git", "forged-index") };
  const git = (args: string[], input = "") =>
    execFileSync("git", args, { cwd: stage.directory, env, input, encoding: "utf8" }).trim();
  git(["read-tree", head]);
  const blob = git(["hash-object", "-w", "--stdin"], forged);
  git(["update-index", "--cacheinfo", `100644,${blob},state.json`]);
  const gone = git(["ls-files"])
    .split("\n")
    .filter((path) => without !== undefined && path.endsWith(without));
  for (const path of gone) git(["update-index", "--force-remove", path]);
  const commit = stage.git("commit-tree", "-p", head, "-m", "as if nothing was", git(["write-tree"]));
  stage.git("push", "--quiet", "origin", `${commit}:${ref}`);
}

describe("an environment that takes signed approvals only", () => {
  it("takes one that is signed with a listed key, and plan, deploy and history say whose", async () => {
    setSigned();
    const { signature, approval } = await stage.approve();
    assert.equal(signature.state, "good");
    assert.match(stage.git("log", "-1", "--format=%G?", approval.signed ?? ""), /[GUN]/);
    const told = /approved by ana \(signed, key SHA256:\S+ on main\)/;
    const { findings } = await plan(deployRequest({ environment: "production" }), stage.world);
    assert.match(JSON.stringify(findings), told);
    const answer = await production();
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.match(JSON.stringify(answer.findings), told);
    const { events } = await showRollout({ environment: "production", id: answer.id }, stage.world);
    const taken = events.find((event) => event.event === "approval-taken");
    assert.equal(taken?.approval.signature.state, "good");
    const { approvals } = await history({ environment: "production", limit: 5 }, stage.world);
    assert.deepEqual(approvals?.[0]?.used?.signature, taken?.approval.signature);
  });

  it("looks at the list in a shallow clone too, as CI has it: a key that the branch has lost since does not count", async () => {
    setSigned();
    await stage.approve();
    const clone = join(stage.directory, ".git", "shallow");
    stage.git("clone", "--quiet", "--depth=1", `file://${stage.remote}`, clone);
    const here = { ...stage.world, directory: clone };
    const look = async () => JSON.stringify((await plan(deployRequest({ environment: "production" }), here)).findings);
    assert.match(await look(), /approved by ana \(signed, key/);
    stage.publish({ "landfall.yaml": approvalManifest(signedOnly, [{ name: "ana", key: eve }]) });
    assert.match(await look(), /which the manifest on main does not list/);
  });

  it("is not given one that would not count: unsigned, or with a key that is not listed", async () => {
    setSigned();
    stage.signWith(null);
    await assert.rejects(stage.approve(), { code: "approval-untrusted", message: /not signed/ });
    stage.signWith(eve);
    await assert.rejects(stage.approve(), { code: "approval-untrusted", message: /does not list/ });
    refused(await production(), "approval-missing", /nobody approved/);
  });

  it("refuses one that stands in the record without a signature", async () => {
    setSigned();
    await stage.approve();
    tamper(({ signed: _, ...approval }) => approval);
    refused(await production(), "approval-untrusted", /only signed ones do here, and it is not signed/);
  });

  it("takes nobody's word for a key but the branch's at the remote: one's own in the working tree approves nothing", async () => {
    setSigned();
    stage.signWith(eve);
    stage.write({ "landfall.yaml": approvalManifest(signedOnly, [{ name: "eve", key: eve }]) });
    await assert.rejects(stage.approve({ ref: "HEAD" }), { code: "approval-untrusted", message: /main does not list/ });
    stage.git("commit", "--quiet", "--all", "-m", "let me in");
    await assert.rejects(stage.approve(), { code: "approval-untrusted", message: /main does not list/ });
  });

  it("refuses one whose key was taken off the branch since", async () => {
    setSigned();
    await stage.approve();
    const clone = join(stage.directory, ".git", "elsewhere");
    stage.git("clone", "--quiet", stage.remote, clone);
    writeFileSync(join(clone, "landfall.yaml"), approvalManifest(signedOnly, [{ name: "ana", key: eve }]));
    stage.git("-C", clone, "commit", "--quiet", "--all", "-m", "her key is lost");
    stage.git("-C", clone, "push", "--quiet", "origin", "main");
    refused(
      await production(),
      "approval-untrusted",
      /signed with SHA256:\S+, which the manifest on main does not list/,
    );
  });

  it("refuses a replayed one: the same signed commit for another plan", async () => {
    setSigned();
    await stage.approve();
    stage.publish({ "src/app.txt": "two" });
    const { hash = "" } = await plan(deployRequest({ environment: "production" }), stage.world);
    const commit = stage.git("rev-parse", "HEAD");
    tamper((approval) => ({ ...approval, commit, plan: { hash, parts: {} } }));
    refused(
      await production(),
      "approval-untrusted",
      /its signature does not hold: it is about plan [0-9a-f]{12}, not/,
    );
  });

  it("refuses a replayed one: the same signed commit for another environment", async () => {
    stage = setApprovalStage(signedOnly, listed);
    stage.signWith(ana);
    const text = approvalManifest(signedOnly, listed).replace(
      "    branch: [test, main]\n",
      `    branch: main\n    requires: ${signedOnly}\n`,
    );
    stage.publish({ "landfall.yaml": text });
    const { approval } = await stage.approve({ environment: "sandbox" });
    await stage.approve();
    tamper((own) => ({ ...own, signed: approval.signed }));
    refused(await production(), "approval-untrusted", /it is about (id|environment)/);
  });

  it("refuses one whose signed commit was altered", async () => {
    setSigned();
    await stage.approve();
    tamper((approval) => {
      const raw = stage.git("cat-file", "commit", approval.signed ?? "");
      const who = "mallory";
      const file = join(stage.directory, ".git", "forged");
      writeFileSync(file, `${raw.replaceAll('"who":"ana"', `"who":"${who}"`)}\n`);
      return { ...approval, who, signed: stage.git("hash-object", "-t", "commit", "-w", file) };
    });
    refused(await production(), "approval-untrusted", /altered after it was signed/);
  });

  it("refuses one that was withdrawn, though the state was changed to hide it", async () => {
    setSigned();
    await stage.approve();
    await withdraw({ environment: "production", reason: "no" }, stage.world);
    tamper(({ withdrawn: _, ...approval }) => approval);
    refused(await production(), "approval-untrusted", /the record holds that it was withdrawn/);
    tamper((approval) => approval, "approval-withdrawn.ndjson");
    refused(await production(), "approval-untrusted", /commit [0-9a-f]+ took away what the record held of it/);
  });

  it("refuses one that was used, though the state was changed to hide it", async () => {
    setSigned();
    await stage.approve({ components: ["worker"] });
    const worker = () => stage.to("production", { components: ["worker"] });
    assert.equal((await worker()).outcome.outcome, "proven");
    Object.assign(stage.machines.at("w1"), { laid: null, running: null, log: [] });
    refused(await worker(), "approval-missing", /it counts once/);
    tamper(({ used: _, ...approval }) => approval);
    refused(await worker(), "approval-untrusted", /the record holds that it was used/);
    tamper((approval) => approval, "/used");
    refused(await worker(), "approval-untrusted", /commit [0-9a-f]+ took away what the record held of it/);
  });

  it("refuses a record that names no commit, or one that nobody has", async () => {
    setSigned();
    await stage.approve();
    tamper((approval) => ({ ...approval, signed: "--upload-pack=touch it" }));
    refused(await production(), "approval-untrusted", /names no commit/);
    tamper((approval) => ({ ...approval, signed: "d".repeat(40) }));
    refused(await production(), "approvers-unread", /cannot be checked/);
  });

  it("refuses when the list cannot be read: the branch is gone at the remote", async () => {
    setSigned();
    await stage.approve();
    stage.git("-C", stage.remote, "update-ref", "-d", "refs/heads/main");
    refused(await production(), "approvers-unread", /there is no branch main at the remote/);
  });
});

describe("an environment that takes advisory approvals", () => {
  it("says that one is signed where it is, and refuses one that was tampered with all the same", async () => {
    setSigned("{ approval: true }");
    await stage.approve();
    const { findings } = await plan(deployRequest({ environment: "production" }), stage.world);
    assert.match(JSON.stringify(findings), /approved by ana \(signed, key/);
    tamper((approval) => ({ ...approval, who: "mallory" }));
    refused(await production(), "approval-untrusted", /it is about who ana, not mallory/);
  });

  it("calls one advisory that is signed with a key which nobody listed", async () => {
    setSigned("{ approval: true }", []);
    await stage.approve();
    const answer = await production();
    assert.equal(answer.outcome.outcome, "proven");
    assert.match(
      JSON.stringify(answer.findings),
      /approved by ana \(advisory: signed with SHA256:\S+, which the manifest on main does not list/,
    );
  });

  it("takes names of `by` from the signature, not from what the approver calls himself", async () => {
    setSigned("{ approval: { by: [ana] } }");
    stage.world.owner = { ...stage.world.owner, who: "root" };
    await stage.approve();
    assert.equal((await production()).outcome.outcome, "proven");
  });
});
