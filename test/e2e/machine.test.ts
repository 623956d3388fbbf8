import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { expectDocument, expectEnding, landfall } from "../helpers/cli.ts";
import { startMachine, type TestMachine } from "../helpers/machine.ts";
import type { TestRepository } from "../helpers/repository.ts";
import { emptyMachine, installUnit, type ManifestOptions, makeService, serviceManifest } from "../helpers/service.ts";

const deploy = ["deploy", "uat"];

describe("a deploy to a real sshd with a real service", () => {
  let machine: TestMachine;
  let repository: TestRepository;
  before(async () => {
    machine = await startMachine();
  });
  after(async () => await machine.remove());
  beforeEach(async () => {
    await emptyMachine(machine);
    await repository?.remove();
    repository = await makeService(machine);
  });
  after(async () => await repository?.remove());

  const change = async (files: Record<string, string>) => {
    await repository.write(files);
    return await repository.commit();
  };
  const manifest = async (options: ManifestOptions, files: Record<string, string> = {}) =>
    await change({ "landfall.yaml": serviceManifest(machine, options), ...files });
  const pid = async () =>
    (await machine.exec("systemctl", "show", "-p", "MainPID", "--value", "web.service")).stdout.trim();
  const answers = async () => (await machine.exec("curl", "-s", "http://127.0.0.1:8000/version")).stdout;

  it("is proven with the commit read from the running process, and every place tells the same", async () => {
    const commit = await repository.head();
    const { status, stdout } = await landfall(repository.directory, deploy);
    assert.equal(status, 0, stdout);
    assert.match(
      stdout,
      new RegExp(
        `PROVEN +uat +shop@${commit.slice(0, 7)}.*${commit.slice(0, 7)} \\(pid ${await pid()}, from /opt/app/releases/`,
      ),
    );
    assert.equal(JSON.parse(await answers()).commit, commit);
    const shown = JSON.parse((await landfall(repository.directory, ["status", "uat", "--json"])).stdout);
    assert.equal(shown.environments[0].rows[0].commit, commit);
    assert.equal(shown.environments[0].rows[0].verdict, "proven");
    const state = JSON.parse(await repository.git("show", "refs/landfall/ledger/uat:state.json"));
    assert.equal(state.proven.web.m1.commit, commit);
    const history = JSON.parse((await landfall(repository.directory, ["history", "uat", "--json"])).stdout);
    const record = JSON.parse(
      (await landfall(repository.directory, ["history", "show", history.rollouts[0].id, "--json"])).stdout,
    );
    const version = record.rollout.events.find(
      (event: { evidence?: { claim: string } }) => event.evidence?.claim === "version",
    );
    assert.equal(version.evidence.readings[0].identity, commit);
  });

  it("that changes nothing says so, proves again and touches nothing; one that changes documentation neither", async () => {
    const commit = await repository.head();
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" });
    const before = [await pid(), (await machine.exec("find", "/opt/app", "-printf", "%p %T@ %i\n")).stdout];
    const again = await expectEnding(repository.directory, deploy, {
      status: 0,
      outcome: "proven",
      says: new RegExp(commit.slice(0, 7)),
    });
    assert.deepEqual(again.rollout.steps, []);
    await change({ "docs/readme.md": "other words" });
    const documentation = await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" });
    assert.deepEqual(documentation.rollout.steps, []);
    assert.ok(
      documentation.rollout.evidence.some(({ readings }) => readings.some(({ identity }) => identity === commit)),
    );
    assert.deepEqual([await pid(), (await machine.exec("find", "/opt/app", "-printf", "%p %T@ %i\n")).stdout], before);
    assert.match((await landfall(repository.directory, ["plan", "uat"])).stdout, /already/);
  });

  it("fails when a step exits non-zero, and later steps are not reached", async () => {
    await manifest({ steps: ["build: { run: 'echo compiling; echo no such module >&2; exit 7' }"] });
    const { rollout } = await expectEnding(repository.directory, deploy, {
      status: 1,
      outcome: "failed",
      code: "step-failed",
      says: /build/,
    });
    const build = rollout.steps.find(({ name }) => name === "build");
    assert.deepEqual(build?.error?.output, ["compiling", "no such module"]);
    assert.equal(rollout.steps.at(-1)?.result, "not-reached");
    assert.equal((await machine.exec("test", "-e", "/opt/app/current")).status, 1, "current was switched");
  });

  it("is blocked before anything is changed when a step's command does not exist, and fails when that shows only in the step", async () => {
    await manifest({ steps: ["build: { run: 'poetry install' }"] });
    await expectEnding(repository.directory, deploy, {
      status: 3,
      outcome: "blocked",
      code: "command-missing",
      says: /poetry/,
    });
    assert.equal((await machine.exec("ls", "-A", "/opt/app")).stdout, "");
    await manifest({ steps: ["build: { run: 'true && poetry install' }"] });
    await expectEnding(repository.directory, deploy, {
      status: 1,
      outcome: "failed",
      code: "step-not-found",
      says: /poetry|build/,
    });
  });

  it("fails when a step is ended by its time limit, with all that it had started", async () => {
    await manifest({ steps: ["build: { run: 'sleep 4711 & sleep 4711', timeout: 1s }"] });
    await expectEnding(repository.directory, deploy, {
      status: 1,
      outcome: "failed",
      code: "step-timeout",
      says: /build/,
    });
    assert.equal((await machine.exec("pgrep", "-f", "sleep 4711")).stdout, "");
  });

  it("fails when the service restarts and dies after three seconds", async () => {
    await manifest({ stable: "5s" }, { behaviour: "dies\n" });
    const { rollout } = await expectEnding(repository.directory, deploy, { status: 1, outcome: "failed" });
    assert.ok(
      rollout.reasons.some(({ code }) => code === "service-unstable" || code === "service-not-active"),
      JSON.stringify(rollout.reasons),
    );
  });

  it("fails when the service does not start, with the last lines of its log", async () => {
    await change({ behaviour: "crashes\n" });
    const { stdout, status } = await landfall(repository.directory, deploy);
    assert.equal(status, 1);
    assert.match(stdout, /service-not-active|process-missing|service-unstable/);
    assert.match(stdout, /No module named 'app\.loader'/);
  });

  it("fails when the unit keeps running the old release from a stale working directory", async () => {
    await machine.exec("sh", "-c", "install -d -o deploy /opt/old");
    await machine.writeFile("/opt/old/server.py", "import time\ntime.sleep(10**6)\n");
    await installUnit(machine, "/opt/old");
    await expectEnding(repository.directory, deploy, {
      status: 1,
      outcome: "failed",
      code: "stale-process",
      says: /\/opt\/old/,
    });
    await installUnit(machine, "/opt/app/current");
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" });
  });

  it("fails when the restart did not happen: the old process is not the new release", async () => {
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" });
    const old = await pid();
    await manifest({ restart: "echo restarted" }, { "greeting.txt": "new\n" });
    await expectEnding(repository.directory, deploy, {
      status: 1,
      outcome: "failed",
      code: "stale-process",
      says: new RegExp(`pid ${old}`),
    });
  });

  it("is unproven when the version endpoint answers `unknown` or no revision, and failed when it answers another commit", async () => {
    await change({ behaviour: "unknown\n" });
    await expectEnding(repository.directory, deploy, { status: 4, outcome: "unproven", code: "version-unknown" });
    await change({ behaviour: "silent\n" });
    await expectEnding(repository.directory, deploy, { status: 4, outcome: "unproven", code: "version-missing" });
    await change({ behaviour: "old\n" });
    await expectEnding(repository.directory, deploy, {
      status: 1,
      outcome: "failed",
      code: "version-old",
      says: /0123456/,
    });
  });

  it("is refuted when a file of the release is changed on the target, and --force lays it anew", async () => {
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" });
    await machine.exec("sh", "-c", "echo hacked >>/opt/app/current/greeting.txt");
    await expectEnding(repository.directory, ["prove", "uat"], {
      status: 1,
      outcome: "failed",
      code: "file-changed",
      says: /greeting\.txt/,
    });
    await expectEnding(repository.directory, deploy, {
      status: 1,
      outcome: "failed",
      code: "file-changed",
      says: /greeting\.txt/,
    });
    assert.match(
      (await machine.exec("cat", "/opt/app/current/greeting.txt")).stdout,
      /hacked/,
      "nothing is overwritten unasked",
    );
    assert.equal((await landfall(repository.directory, [...deploy, "--force"])).status, 2, "without a reason");
    await expectDocument(repository.directory, [...deploy, "--force", "--reason", "repair"], {
      status: 0,
      outcome: "proven",
    });
    assert.equal((await machine.exec("cat", "/opt/app/current/greeting.txt")).stdout, "hello\n");
  });

  it("goes back to the last proven revision and proves it; to one that is not there it is blocked clearly", async () => {
    const good = await repository.head();
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" });
    await change({ behaviour: "old\n" });
    await expectDocument(repository.directory, deploy, { status: 1, outcome: "failed" });
    const { status, stdout } = await landfall(repository.directory, ["rollback", "uat"]);
    assert.equal(status, 0, stdout);
    assert.match(stdout, new RegExp(`PROVEN.*${good.slice(0, 7)}`));
    assert.equal(JSON.parse(await answers()).commit, good);
    await expectEnding(repository.directory, ["rollback", "uat", "--to", "7777777"], {
      status: 3,
      outcome: "blocked",
      code: "no-such-revision",
      says: /7777777/,
    });
    await expectEnding(repository.directory, ["rollback", "uat"], {
      status: 3,
      outcome: "blocked",
      code: "nothing-to-roll-back-to",
    });
  });

  it("is blocked by a dirty tree and by a branch that the environment does not allow", async () => {
    await repository.write({ "server.py": "broken", "new.txt": "x" });
    await expectEnding(repository.directory, deploy, {
      status: 3,
      outcome: "blocked",
      code: "dirty-tree",
      says: /server\.py|new\.txt/,
    });
    await repository.git("checkout", "--quiet", "--", "server.py");
    await repository.write({ "new.txt": null });
    await repository.branch("feature");
    await change({ "greeting.txt": "feature\n" });
    await expectEnding(repository.directory, deploy, {
      status: 3,
      outcome: "blocked",
      code: "wrong-branch",
      says: /feature/,
    });
    assert.equal((await machine.exec("ls", "-A", "/opt/app")).stdout, "");
  });

  it("runs hostile values as data: shell metacharacters in every value do nothing but be values", async () => {
    const hostile = "a'b\"c $(touch /tmp/pwned) `touch /tmp/pwned` ; touch /tmp/pwned & | > x \\ *";
    const text = serviceManifest(machine, {
      steps: ["write: { run: 'printf %s ${vars.text} >text; printf %s \"${env.TEXT}\" >>text' }"],
    });
    await change({
      "landfall.yaml": text.replace(
        "    branch: main\n",
        `    branch: main\n    vars: { text: ${JSON.stringify(hostile)} }\n`,
      ),
    });
    const { status, stdout, stderr } = await landfall(repository.directory, deploy, { TEXT: hostile });
    assert.equal(status, 0, stdout + stderr);
    assert.equal((await machine.exec("cat", "/opt/app/current/text")).stdout, hostile + hostile);
    assert.equal((await machine.exec("sh", "-c", "ls /tmp/pwned /opt/app/current/x")).stdout, "");
    assert.ok(
      !(await repository.git("log", "-p", "refs/landfall/ledger/uat")).includes("touch /tmp/pwned` ;"),
      "the value of TEXT is in the ledger",
    );
  });
});

describe("a machine that cannot be reached is one of several findings, and each blocks with nothing changed", () => {
  let machine: TestMachine;
  let repository: TestRepository;
  before(async () => {
    machine = await startMachine();
    repository = await makeService(machine);
  });
  after(async () => {
    await machine.remove();
    await repository.remove();
  });
  const withTarget = async (target: Record<string, unknown>) => {
    await repository.write({ "landfall.yaml": serviceManifest(machine, { target }) });
    await repository.commit();
  };
  const blocked = async (code: string) =>
    await expectEnding(repository.directory, deploy, { status: 3, outcome: "blocked", code });

  it("no such name", async () => {
    await withTarget({ host: "no-such-host.invalid" });
    await blocked("host-unknown");
  });

  it("wrong key", async () => {
    const { makeKey } = await import("../helpers/keys.ts");
    await withTarget({ ...(await machine.addressOf({ key: makeKey("stranger") })) });
    await blocked("access-refused");
  });

  it("host key changed", async () => {
    await withTarget({});
    await machine.changeHostKey();
    await blocked("host-key-changed");
  });

  it("host off", async () => {
    await machine.pause();
    await blocked("host-hung");
    await machine.unpause();
    await machine.stop();
    await blocked("host-refuses");
  });
});
