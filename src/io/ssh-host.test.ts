import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { openHosts } from "./open-hosts.ts";

describe("a login that is begun ahead", () => {
  let root = "";
  before(() => {
    root = mkdtempSync(join(tmpdir(), "landfall-login-"));
  });
  after(() => rmSync(root, { recursive: true, force: true }));
  const library = { name: "", parts: [] };

  /** Hosts with one that is reached through this command. */
  function through(proxy: string) {
    const sshConfig = join(root, "config");
    writeFileSync(sshConfig, `Host far\n  ProxyCommand ${proxy}\n`);
    const hosts = openHosts(root);
    return { hosts, host: hosts.get({ host: "far", sshConfig }) };
  }

  async function until(what: () => boolean) {
    for (let tries = 0; tries < 200 && !what(); tries += 1) await pause(50);
    assert.ok(what());
  }

  it("is given up at once with what ssh started on the way, which may hang for long", async () => {
    const hanging = `sleep ${1000 + (process.pid % 1000)}.25`;
    const runs = () => spawnSync("pgrep", ["-f", "-x", hanging]).status === 0;
    const { hosts, host } = through(hanging);
    host.begin(library);
    await until(runs);
    await hosts.close();
    await until(() => !runs());
  });

  it("that failed is made anew when it is begun again, and told to the first that asks", async () => {
    const log = join(root, "log");
    writeFileSync(log, "");
    const tries = () => readFileSync(log, "utf8").length;
    const { hosts, host } = through(`sh -c 'printf . >>${log}; exit 1'`);
    host.begin(library);
    host.begin(library);
    await until(() => tries() === 1);
    await until(() => {
      host.begin(library);
      return tries() === 2;
    });
    const end = await host.script("true", []);
    assert.equal(end.ended, "unreachable");
    await hosts.close();
  });
});
