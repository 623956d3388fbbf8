import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { machine } from "../../src/providers/machine/index.ts";
import type { MachinePlace } from "../../src/providers/machine/target.ts";
import { startMachine, type TestMachine } from "../helpers/machine.ts";
import { type MachineScene, machineScene, type SceneRevision } from "../helpers/machine-scene.ts";

/** Answers with the commit in the name of the folder that it runs in; ends by itself after DIES seconds. */
const server = `
import http.server, json, os, threading
class Version(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"commit": os.path.basename(os.getcwd()).split("-")[0]}).encode())
    def log_message(self, *_): pass
if os.environ.get("DIES"): threading.Timer(float(os.environ["DIES"]), lambda: os._exit(3)).start()
http.server.HTTPServer(("127.0.0.1", 8000), Version).serve_forever()
`;

const unit = (more: string, directory = "/opt/app/current") => `[Service]
WorkingDirectory=${directory}
ExecStart=/usr/bin/python3 server.py
${more}
`;

describe("a machine with systemd, over SSH", { concurrency: false }, () => {
  let target: TestMachine;
  let scene: MachineScene;
  let place: MachinePlace;
  let count = 0;
  before(async () => {
    target = await startMachine({ name: "provider" });
    scene = machineScene();
    place = at({});
  });
  after(async () => {
    await scene.dispose();
    await target.remove();
  });

  function at(spec: object): MachinePlace {
    const steps = { restart: { run: "sudo systemctl daemon-reload; sudo systemctl restart ${target.unit}" } };
    const http = { url: "http://localhost:8000/version", revision: ".commit" };
    const prove = { service: "app.service", http, stable: "2s", within: "5s" };
    const values = { "target.unit": "app.service" };
    return { ...scene.place({ directory: "/opt/app", steps, prove, ...spec }, values), at: target.address };
  }
  const next = async (): Promise<SceneRevision> =>
    await scene.revision([
      { path: "server.py", content: server },
      { path: "number", content: String(++count) },
    ]);
  const install = async (text: string) => await target.writeFile("/etc/systemd/system/app.service", text);
  async function deploy(revision: SceneRevision): Promise<void> {
    for (const end of await scene.deploy(place, revision)) assert.equal(end.result, "done", JSON.stringify(end));
  }
  const proof = async (revision: SceneRevision) =>
    Object.fromEntries((await scene.prove(place, revision)).map((evidence) => [evidence.claim, evidence]));

  it("a unit that does not exist is found before anything is changed", async () => {
    const revision = await next();
    const survey = await machine.survey(place, scene.context);
    assert.ok(survey.state === "read", JSON.stringify(survey));
    const plan = machine.plan(place, survey.facts, revision.wanted);
    const found = await machine.guards(
      place,
      survey.facts,
      { plan, wanted: revision.wanted, releaseBytes: 1000 },
      scene.context,
    );
    assert.deepEqual(
      found.map(({ code }) => code),
      ["unit-missing"],
    );
  });

  it("a service that runs the release is proven by what was read", async () => {
    await install(unit("User=deploy"));
    const revision = await next();
    await deploy(revision);
    const { release, files, service, version, stable } = await proof(revision);
    for (const evidence of [release, files, service, version, stable])
      assert.equal(evidence?.verdict, "proven", JSON.stringify(evidence));
    assert.match(service?.reason ?? "", /^[0-9a-f]{7} \(pid \d+, from \/opt\/app\/releases\/[0-9a-f-]+, up \d+ s\)$/);
    assert.equal(version?.readings[0]?.identity, revision.wanted.commit);
    assert.deepEqual((await scene.plan(place, revision)).steps, []);
  });

  it("a service whose unit points to an old release is stale, and the directory is named", async () => {
    const { stdout } = await target.exec("readlink", "-f", "/opt/app/current");
    await install(unit("User=deploy", stdout.trim()));
    const revision = await next();
    await deploy(revision);
    const { service, version } = await proof(revision);
    assert.equal(service?.code, "stale-process");
    assert.ok(service?.reason.includes(`unit app.service has WorkingDirectory=${stdout.trim()}`), service?.reason);
    assert.equal(version?.code, "version-old");
  });

  it("an old worker that serves on beside the new process is found, whatever the new one says", async () => {
    // KillMode=process leaves what the old main process had started.
    const old = unit("User=deploy\nKillMode=process").replace(
      "/usr/bin/python3 server.py",
      "/bin/sh -c 'sleep 4000 & exec /usr/bin/python3 server.py'",
    );
    await install(old);
    await deploy(await next());
    await install(unit("User=deploy\nKillMode=process"));
    const revision = await next();
    await deploy(revision);
    const { service } = await proof(revision);
    assert.equal(service?.verdict, "refuted", JSON.stringify(service));
    assert.match(service?.reason ?? "", /beside the new process/);
    await target.exec("pkill", "-f", "sleep 4000");
    assert.equal((await proof(revision)).service?.verdict, "proven");
  });

  it("a service of another user cannot be read, and so is not proven", async () => {
    await install(unit(""));
    const revision = await next();
    await deploy(revision);
    const { service, version } = await proof(revision);
    assert.deepEqual([service?.verdict, service?.code], ["unknown", "process-unreadable"]);
    assert.equal(version?.verdict, "proven");
  });

  it("a service that dies after a while and is restarted was never up", async () => {
    await install(unit("User=deploy\nEnvironment=DIES=1\nRestart=always\nRestartSec=100ms"));
    const revision = await next();
    await deploy(revision);
    const { stable } = await proof(revision);
    assert.deepEqual([stable?.verdict, stable?.code], ["refuted", "service-unstable"], JSON.stringify(stable));
    assert.match(stable?.reason ?? "", /was restarted \d+ times?; the unit is active/);
  });

  it("a service that ends at once is not active, with its exit status and its last lines", async () => {
    await install(unit("User=deploy").replace("server.py", "missing.py"));
    const revision = await next();
    await deploy(revision);
    const { service } = await proof(revision);
    assert.equal(service?.code, "service-not-active");
    assert.match(service?.reason ?? "", /app\.service is failed \(exit-code, exit status 2\)/);
  });

  it("a machine that was cut off in the middle of a step: the step goes on, and the next deploy waits for it", async () => {
    const run = "echo begun; until [ -e /opt/app/go ]; do sleep 0.2; done; echo effect >>/opt/app/effects";
    const slow = { ...place, spec: at({ steps: { slow: { run, once: "revision" } } }).spec };
    const revision = await next();
    const [upload, step] = (await scene.plan(slow, revision)).steps;
    assert.ok(upload && step);
    const stop = new AbortController();
    await machine.run(upload, slow, scene.work(revision), scene.context);
    const begun = scene.work(revision, undefined, (line) => line === "begun" && stop.abort());
    const end = await machine.run(step, slow, begun, { ...scene.context, signal: stop.signal });
    assert.equal(end.result === "failed" && end.error.code, "cancelled");
    const survey = await machine.survey(slow, scene.context);
    assert.match((survey.state === "read" && survey.busy) || "", /^the step slow of rollout .* is still running/);
    const deployed = scene.deploy(slow, revision);
    await sleep(1000);
    await target.exec("touch", "/opt/app/go");
    for (const later of await deployed) assert.notEqual(later.result, "failed", JSON.stringify(later));
    assert.equal((await target.exec("cat", "/opt/app/effects")).stdout, "effect\n");
  });

  it("a machine that is off is unreachable, and every claim about it unknown", async () => {
    const revision = await next();
    await target.stop();
    const survey = await machine.survey(place, scene.context);
    assert.equal(survey.state, "unreachable");
    for (const { verdict } of await scene.prove(place, revision, false)) assert.equal(verdict, "unknown");
  });
});
