import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { StepEnd } from "../../src/model/step.ts";
import { machine } from "../../src/providers/machine/index.ts";
import { startMachine, type TestMachine } from "../helpers/machine.ts";
import { type MachineScene, machineScene } from "../helpers/machine-scene.ts";

/** A stand-in for systemd's own program, where logind does not run: it notes what it was asked, and may be refused. */
const inhibit = (refused: string) => `#!/bin/sh
echo "$*" >>/tmp/inhibit.log
case "$*" in *--mode=${refused}*) exit 1 ;; esac
while [ "\${1#--}" != "$1" ]; do shift; done
exec "$@"
`;

describe("a shutdown while a step runs", { concurrency: false }, () => {
  let target: TestMachine;
  let scene: MachineScene;
  before(async () => {
    target = await startMachine({ name: "shutdown" });
  });
  after(async () => await target.remove());
  beforeEach(() => {
    scene = machineScene();
  });
  afterEach(async () => await scene.dispose());

  /** Uploads a release and runs its one step; `then` happens as soon as the step has printed a line. */
  async function runStep(run: string, then: () => Promise<unknown> = async () => {}): Promise<StepEnd | undefined> {
    const place = { ...scene.place({ directory: "/opt/app", steps: { work: { run } } }), at: target.address };
    const revision = await scene.revision([{ path: "file", content: run }]);
    const { steps } = await scene.plan(place, revision);
    let happening: Promise<unknown> = Promise.resolve();
    const work = scene.work(revision, Date.now(), (line) => {
      if (line === "begun") happening = then();
    });
    let end: StepEnd | undefined;
    for (const step of steps.filter(({ name }) => name === "upload" || name === "work"))
      end = await machine.run(step, place, work, scene.context);
    await happening;
    return end;
  }

  it("is held back as far as the user may: forbidden, else delayed, else not", async () => {
    for (const [refused, expected] of [
      ["none", "block"],
      ["block", "delay"],
    ] as const) {
      await target.writeFile("/usr/local/bin/systemd-inhibit", inhibit(refused), 0o755);
      await target.exec("rm", "-f", "/tmp/inhibit.log");
      const end = await runStep("cat /tmp/inhibit.log");
      assert.equal(end?.result, "done", JSON.stringify(end));
      const asked = (await target.exec("tail", "-n", "1", "/tmp/inhibit.log")).stdout;
      assert.match(asked, new RegExp(`--what=shutdown --mode=${expected} --who=landfall --why=work of rollout `));
    }
    await target.writeFile("/usr/local/bin/systemd-inhibit", "#!/bin/sh\nexit 1\n", 0o755);
    assert.equal((await runStep("true"))?.result, "done");
    await target.exec("rm", "/usr/local/bin/systemd-inhibit");
  });

  it("that was scheduled is named when the power goes", async () => {
    const end = await runStep("echo begun; sleep 60", async () => {
      await target.exec("sh", "-c", "mkdir -p /run/systemd/shutdown && touch /run/systemd/shutdown/scheduled");
      await sleep(500);
      await target.kill();
    });
    await target.start();
    assert.equal(end?.result, "failed");
    assert.equal(end.error.code, "interrupted-by-shutdown", JSON.stringify(end));
  });

  it("that comes at once is named too", async () => {
    const end = await runStep("echo begun; sleep 60", async () => void (await target.exec("systemctl", "poweroff")));
    await target.start();
    assert.equal(end?.result, "failed");
    assert.equal(end.error.code, "interrupted-by-shutdown", JSON.stringify(end));
  });

  it("is not named when only the connection was cut", async () => {
    const end = await runStep(
      "echo begun; sleep 60",
      async () => void (await target.exec("pkill", "-KILL", "-u", "deploy", "sshd")),
    );
    assert.equal(end?.result, "failed");
    assert.equal(end.error.code, "connection-lost", JSON.stringify(end));
  });
});
