import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isAlive, type MachineScene, machineScene, type SceneRevision } from "../../../test/helpers/machine-scene.ts";
import type { StepEnd } from "../../model/step.ts";
import { machine } from "./index.ts";

describe("a step on a machine", { concurrency: false }, () => {
  let scene: MachineScene;
  let revision: SceneRevision;
  before(async () => {
    scene = machineScene();
    revision = await scene.revision([{ path: "app.txt", content: "one" }]);
  });
  after(async () => await scene.dispose());

  /** Runs one command as a step of a release that is there. */
  async function runStep(run: string, more: object = {}, values: Record<string, string> = {}) {
    const place = scene.place({ steps: { work: { run, ...more } } }, values);
    const lines: string[] = [];
    const work = scene.work(revision, undefined, (line) => lines.push(line));
    let end: StepEnd = { result: "skipped", reason: "there was no plan" };
    const { steps } = await scene.plan(place, { ...revision, wanted: { ...revision.wanted, force: true } });
    for (const step of steps.filter(({ name }) => name === "upload" || name === "work")) {
      end = await machine.run(step, place, work, scene.context);
      if (end.result === "failed") break;
    }
    return { end, lines };
  }
  const code = (end: StepEnd) => (end.result === "failed" ? end.error.code : end.result);

  it("that fails tells its exit status and its last lines", async () => {
    const { end } = await runStep("echo before; echo wrong >&2; exit 3; echo after");
    assert.equal(code(end), "step-failed");
    assert.ok(end.result === "failed");
    assert.equal(end.error.exitStatus, 3);
    assert.deepEqual(end.error.output, ["before", "wrong"]);
  });

  it("that printed more than is kept tells how much, and where all of it is", async () => {
    const { end } = await runStep('i=0; while [ "$i" -lt 50 ]; do i=$((i + 1)); echo "line $i"; done; exit 3');
    assert.ok(end.result === "failed");
    assert.deepEqual([end.error.output?.[0], end.error.output?.length, end.error.outputLines], ["line 31", 20, 50]);
    const [, file = "", machineName] = /^(.*) on (.*)$/.exec(end.error.log ?? "") ?? [];
    assert.equal(machineName, "localhost");
    assert.match(readFileSync(file, "utf8"), /^line 1\n[\s\S]*line 50\n$/);
  });

  it("stops at the first command that fails and at a variable that is not set", async () => {
    assert.equal(code((await runStep("false\ntrue")).end), "step-failed");
    assert.equal(code((await runStep('echo "$NOT_SET_ANYWHERE"\ntrue')).end), "step-failed");
  });

  it("under bash fails when any command of a pipe does, and under sh does not", async () => {
    assert.equal(code((await runStep("false | true", { timeout: "10s" })).end), "done");
    const place = scene.place({ shell: "bash", steps: { work: { run: "false | true" } } });
    assert.equal(code((await scene.deploy(place, revision)).at(-1) as StepEnd), "step-failed");
  });

  it("may begin with what its shell has of its own, and what no shell has is missing", async () => {
    const steps = {
      read: { run: "source ./env" },
      set: { run: "shopt -s globstar" },
      no: { run: "no-such-command x" },
    };
    const missing = async (shell: string) => (await scene.facts(scene.place({ shell, steps }))).missingCommands;
    assert.deepEqual(await missing("bash"), ["no-such-command"]);
    assert.ok((await missing("sh")).includes("no-such-command"));
  });

  it("whose command does not exist is told apart from one that failed", async () => {
    assert.equal(code((await runStep("no-such-command-anywhere --now")).end), "step-not-found");
  });

  it("that is killed by a signal says which", async () => {
    const { end } = await runStep("kill -9 $$");
    assert.equal(code(end), "step-killed");
    assert.match(JSON.stringify(end), /signal 9/);
  });

  it("that passes its limit is ended with its grandchildren, even those that ignore TERM", async () => {
    const pids = join(scene.root, "pids");
    const { end } = await runStep(
      `(trap '' TERM; sh -c 'trap "" TERM; echo $$ >>${pids}; sleep 300 & echo $! >>${pids}; wait; sleep 300'; sleep 300) & wait; sleep 300`,
      { timeout: "1s" },
    );
    assert.equal(code(end), "step-timeout");
    for (const pid of readFileSync(pids, "utf8").trim().split("\n"))
      assert.ok(!isAlive(Number(pid)), `process ${pid} is still alive`);
  });

  it("shows its lines as they come, even one without an end and those that look like answers", async () => {
    const { end, lines } = await runStep("echo 'lf1 refused =fenced'; echo 'lf1 end =step'; printf 'no end'");
    assert.equal(code(end), "done");
    assert.deepEqual(lines, ["lf1 refused =fenced", "lf1 end =step", "no end"]);
  });

  it("may leave a daemon behind that holds neither the connection nor the lock", async () => {
    const file = join(scene.root, "daemon");
    assert.equal(code((await runStep(`sleep 300 & echo $! >${file}`)).end), "done");
    const pid = Number(readFileSync(file, "utf8"));
    try {
      assert.ok(isAlive(pid));
      assert.equal(code((await runStep("true")).end), "done");
    } finally {
      process.kill(pid, "SIGKILL");
    }
  });

  it("reads nothing from the deployer, and sees a clean environment", async () => {
    const { end, lines } = await runStep("cat; env | cut -d= -f1 | sort | tr '\\n' ' '; echo; pwd");
    assert.equal(code(end), "done");
    const [names, folder] = lines;
    assert.match(names ?? "", /^HOME LANDFALL_COMMIT LANDFALL_COMPONENT LANDFALL_DIRECTORY LANDFALL_ENVIRONMENT /);
    assert.doesNotMatch(names ?? "", /LANDFALL_PROGRAM|LANDFALL_VALUE|NODE/);
    assert.match(folder ?? "", /\/releases\/[0-9a-f]{12}-[0-9a-f]{6}-[0-9a-f]{8}$/);
  });

  it("takes hostile values as data", async () => {
    const hostile = `'; touch ${scene.root}/owned; echo "$(touch ${scene.root}/owned)" \`touch ${scene.root}/owned\` \\\n; exit 9 $HOME %s * é`;
    const { end, lines } = await runStep("printf '%s\\n' ${vars.a} \"${vars.a}\"", {}, { "vars.a": hostile });
    assert.equal(code(end), "done");
    assert.equal(lines.join("\n"), `${hostile}\n${hostile}`);
    assert.ok(!existsSync(join(scene.root, "owned")));
  });

  it("leaves no value in a file or on a command line", async () => {
    const secret = "hunter2-secret-value";
    const { end, lines } = await runStep(
      'ps -eo args | grep -c "hunter[2]-secret" || true; : "${env.TOKEN}"',
      {},
      { "env.TOKEN": secret },
    );
    assert.equal(code(end), "done");
    assert.deepEqual(lines, ["0"]);
    assert.equal(spawnSync("grep", ["-rl", secret, scene.directory], { encoding: "utf8" }).stdout, "");
  });

  it("is tried again as often as it may, and tells at which attempt it succeeded", async () => {
    const marker = join(scene.root, "second");
    const { end } = await runStep(`[ -f ${marker} ] || { touch ${marker}; exit 1; }`, { retries: 2 });
    assert.deepEqual(end, { result: "done", notes: ["it succeeded at attempt 2"] });
  });
});
