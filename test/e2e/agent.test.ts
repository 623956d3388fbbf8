import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { landfall } from "../helpers/cli.ts";
import { type GitServer, startGitServer } from "../helpers/git-daemon.ts";
import { startMachine, type TestMachine } from "../helpers/machine.ts";
import type { TestRepository } from "../helpers/repository.ts";
import { makeService, serviceManifest } from "../helpers/service.ts";

const unit = "landfall-sync-shop-uat";
const install = ["agent", "install", "uat", "--target", "m1", "--login", "admin"];
const secret = 'p"a$s`s\\w';

describe("the agent, on a machine that is off at times", { concurrency: false }, () => {
  let machine: TestMachine;
  let repository: TestRepository;
  let server: GitServer;
  let sshConfig: string;
  let version: Server;
  let base: string;
  const options = {
    target: { presence: "on-demand", vars: { token: "${env.TOKEN}" } },
    steps: [`remember: { run: 'printf %s "\${target.token}" >token' }`],
  };
  const here = (args: readonly string[]) => landfall(repository.directory, args, { TOKEN: secret });
  const change = async (greeting: string) => {
    await repository.write({ "greeting.txt": greeting });
    const commit = await repository.commit();
    await repository.git("push", "--quiet", "origin", "main");
    return commit;
  };
  /** A container that is off refuses at its published port, so ssh is sent to an address of its network that nobody has. */
  const powerOff = async () => {
    await machine.stop();
    const nobody = server.address.replace(/^git:\/\/(\d+\.\d+)\..*$/, "$1.255.254");
    await writeFile(machine.address.sshConfig, `Host *\n  HostName ${nobody}\n${sshConfig}`);
  };
  const powerOn = async () => {
    await writeFile(machine.address.sshConfig, sshConfig);
    await machine.start();
  };
  const serves = async () => {
    const { stdout } = await machine.exec("curl", "-s", "http://127.0.0.1:8000/version");
    return stdout === "" ? null : (JSON.parse(stdout) as { commit: string }).commit;
  };
  const note = async () => JSON.parse((await machine.exec("cat", "/opt/app/.landfall/sync.json")).stdout || "null");
  const until = async (what: string, holds: () => Promise<boolean>) => {
    for (let tries = 0; tries < 120; tries += 1) {
      if (await holds().catch(() => false)) return;
      await sleep(500);
    }
    const { stdout } = await machine.exec("journalctl", "-u", unit, "-n", "60", "--output", "cat");
    assert.fail(`it never came to this: ${what}\n${stdout}`);
  };
  const files = async () =>
    (
      await machine.exec(
        "sh",
        "-c",
        "ls -d /opt/landfall /etc/landfall /var/lib/landfall /etc/systemd/system/landfall* 2>/dev/null",
      )
    ).stdout;

  before(async () => {
    machine = await startMachine({ name: "agent" });
    sshConfig = await readFile(machine.address.sshConfig, "utf8");
    repository = await makeService(machine, options);
    // A deploy proves something only where not every target is off: this one is here, and its version is answered here.
    version = createServer(async (_, answer) => answer.end(await repository.head())).listen(0, "127.0.0.1");
    await once(version, "listening");
    base = await mkdtemp(join(tmpdir(), "landfall-agent-base-"));
    const url = `http://localhost:${(version.address() as AddressInfo).port}/`;
    const baseComponent = `  base: { type: machine, source: [base.txt], on: [here], directory: ${base}, prove: { http: { url: "${url}", revision: . } } }\n`;
    const manifest = serviceManifest(machine, options)
      .replace("exclude: [docs]", "exclude: [docs]\n    on: [m1]")
      .replace("environments:", `${baseComponent}environments:`)
      .replace("targets:", "targets:\n      here: { host: localhost }");
    await repository.write({ "landfall.yaml": manifest, "base.txt": "base\n" });
    await repository.commit();
    server = await startGitServer(repository.directory, machine);
    await repository.git("remote", "add", "origin", server.address);
    await repository.git("fetch", "--quiet", "origin");
    const { status, stdout, stderr } = await here(["deploy", "uat"]);
    assert.equal(status, 0, stdout + stderr);
    await machine.exec("systemctl", "enable", "web.service");
  });
  after(async () => {
    await server?.remove();
    await machine?.remove();
    await repository?.remove();
    version?.close();
    if (base) await rm(base, { recursive: true, force: true });
  });

  it("is not installed where rights are missing: they are named, and nothing is changed", async () => {
    const asDeploy = await here(["agent", "install", "uat", "--target", "m1"]);
    assert.equal(asDeploy.status, 3, asDeploy.stdout + asDeploy.stderr);
    assert.match(asDeploy.stderr, /deploy may not run \/bin\/sh by sudo.*allowed now: .*\/usr\/bin\/systemctl/s);
    const asPlain = await here([...install, "--user", "plain", "--remote", `${server.address}x`, "--json"]);
    assert.equal(asPlain.status, 3, asPlain.stdout);
    const said = JSON.parse(asPlain.stdout).findings.map(({ message }: { message: string }) => message);
    assert.ok(
      said.some((text: string) => /plain .* may not run by sudo.*systemctl restart web\.service/.test(text)),
      asPlain.stdout,
    );
    assert.ok(
      said.some((text: string) => /plain .* cannot read git:\/\//.test(text)),
      asPlain.stdout,
    );
    assert.equal(await files(), "");
    const planned = await here(["plan", "uat"]);
    assert.match(planned.stdout, /has no agent/);
  });

  it("is installed with its own program, variables that nobody else reads, and a timer; a second time changes nothing", async () => {
    const first = await here(install);
    assert.equal(first.status, 0, first.stdout + first.stderr);
    assert.match(first.stdout, /TOKEN/);
    assert.ok(!(first.stdout + first.stderr).includes(secret));
    const variables = "/etc/landfall/shop-uat.env";
    assert.equal((await machine.exec("stat", "-c", "%a %U", variables)).stdout.trim(), "600 root");
    assert.equal((await machine.exec("systemctl", "is-enabled", `${unit}.timer`)).stdout.trim(), "enabled");
    const wanted = await machine.exec("systemctl", "show", "-p", "WantedBy", "-p", "Before", `${unit}.service`);
    assert.doesNotMatch(wanted.stdout, /multi-user|web\.service/);
    // A timer whose time has passed fires at once: the first run proves what runs.
    await until("the first run left its note", async () => (await note())?.outcome === "proven");
    await until("the first run ended", async () =>
      (await machine.exec("systemctl", "is-active", `${unit}.service`)).stdout.startsWith("inactive"),
    );
    const before = (
      await machine.exec("find", "/opt/landfall", "/etc/landfall", "/etc/systemd/system", "-printf", "%p %T@\n")
    ).stdout;
    const second = await here(install);
    assert.equal(second.status, 0, second.stdout + second.stderr);
    assert.match(second.stdout, /Nothing to change/);
    const now = (
      await machine.exec("find", "/opt/landfall", "/etc/landfall", "/etc/systemd/system", "-printf", "%p %T@\n")
    ).stdout;
    assert.deepEqual(
      now.split("\n").filter((line) => !before.includes(line)),
      [],
    );
  });

  it("brings a machine that was off to the last proven revision at boot, and pays the debt in the shared ledger", async () => {
    await powerOff();
    const commit = await change("second\n");
    const deferred = await here(["deploy", "uat"]);
    assert.equal(deferred.status, 0, deferred.stdout + deferred.stderr);
    assert.match((await here(["status", "uat"])).stdout, /m1 owes .* old code/s);
    await powerOn();
    await until("the second revision answers", async () => (await serves()) === commit);
    await until("the debt is paid", async () => {
      const { stdout } = await here(["status", "uat", "--json"]);
      return JSON.parse(stdout).environments[0].state.debts.length === 0;
    });
    assert.equal((await machine.exec("cat", "/opt/app/current/token")).stdout, secret);
    assert.equal((await note()).recorded, true);
    const live = await here(["status", "uat", "--live"]);
    assert.equal(live.status, 0, live.stdout + live.stderr);
    assert.match(live.stdout, /agent \d+\.\d+\.\d+: its run of .* proved/);
  });

  it("whose unit was changed is found, and mended by another install", async () => {
    await machine.exec("sh", "-c", `echo "Environment=OTHER=1" >>/etc/systemd/system/${unit}.service`);
    assert.match((await here(["plan", "uat"])).stdout, /agent-differs/);
    const again = await here(install);
    assert.match(again.stdout, new RegExp(`${unit}.service`));
    assert.doesNotMatch((await here(["plan", "uat"])).stdout, /agent-differs/);
  });

  it("keeps what runs when the remote is not reachable at boot, says so, and tries again", async () => {
    const before = await serves();
    await powerOff();
    const commit = await change("third\n");
    await here(["deploy", "uat"]);
    await server.stop();
    await powerOn();
    await until("the note tells of the remote", async () => /remote/.test((await note()).reasons[0] ?? ""));
    await until("the old revision answers", async () => (await serves()) === before);
    await server.start();
    assert.match((await here(["status", "uat", "--live"])).stdout, /agent-failed/);
    await machine.exec("systemctl", "start", `${unit}.service`);
    assert.equal(await serves(), commit);
  });

  it("with a key that may only read works all the same, and the next proof from elsewhere records it", async () => {
    assert.equal((await here([...install, "--remote", server.readOnlyAddress])).status, 0);
    await powerOff();
    const commit = await change("fourth\n");
    await here(["deploy", "uat"]);
    await powerOn();
    await until("the fourth revision answers", async () => (await serves()) === commit);
    await until("the note says that only the target knows", async () => {
      const { outcome, recorded } = await note();
      return outcome === "proven" && recorded === false;
    });
    assert.match((await here(["status", "uat"])).stdout, /owes/);
    assert.equal((await here(["status", "uat", "--live"])).status, 0);
    assert.doesNotMatch((await here(["status", "uat"])).stdout, /owes/);
  });

  it("is removed with everything that was made for it, and what was deployed stays", async () => {
    const removed = await here(["agent", "uninstall", "uat", "--target", "m1", "--login", "admin"]);
    assert.equal(removed.status, 0, removed.stdout + removed.stderr);
    assert.equal(await files(), "");
    assert.ok(await serves());
    const again = await here(["agent", "uninstall", "uat", "--target", "m1", "--login", "admin"]);
    assert.match(again.stdout, /Nothing to remove/);
  });
});
