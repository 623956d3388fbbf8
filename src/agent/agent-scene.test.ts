import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Stage, setStage } from "../../test/helpers/stage.ts";
import type { Address, Hosts } from "../io/hosts.ts";
import { machine } from "../providers/machine/index.ts";
import type { Provider } from "../providers/provider.ts";
import { openAgentScene } from "./agent-scene.ts";

const manifest = `application: shop
components:
  web:
    type: machine
    source: [src]
    directory: /opt/shop
    prove: { service: web.service }
environments:
  uat:
    branch: main
    targets:
      m1: { host: m1, sshConfig: ssh/config }
`;

let stage: Stage;
let elsewhere: string;
before(() => {
  stage = setStage();
  stage.commit({ "deploy/landfall.yaml": manifest, "deploy/src/app.txt": "one\n" });
  elsewhere = mkdtempSync(join(tmpdir(), "landfall-link-"));
  symlinkSync(stage.directory, join(elsewhere, "link"));
});
after(() => {
  stage.remove();
  rmSync(elsewhere, { recursive: true, force: true });
});

/** The scene of an install that is begun in a folder, and the address that its host was asked for by. */
async function sceneIn(directory: string) {
  const asked: Address[] = [];
  const hosts: Hosts = {
    get: (address) => {
      asked.push(address);
      return { name: address.host } as ReturnType<Hosts["get"]>;
    },
    close: async () => {},
  };
  const world = { ...stage.world, directory, providers: [machine as unknown as Provider] };
  const request = { environment: "uat", target: "m1", remote: "https://git.invalid/shop.git" };
  return { scene: await openAgentScene(request, hosts, world), asked };
}

test("an agent's manifest lies in its clone where it lies here, also where the way here leads through a link", async () => {
  for (const directory of [join(stage.directory, "deploy"), join(elsewhere, "link", "deploy")]) {
    const { scene } = await sceneIn(directory);
    assert.deepEqual([scene.folder, scene.file], ["deploy", "landfall.yaml"], directory);
  }
});

test("a file for ssh is looked for beside the manifest, wherever below it the verb was begun", async () => {
  const { asked } = await sceneIn(join(stage.directory, "deploy", "src"));
  assert.deepEqual(
    asked.map(({ sshConfig }) => sshConfig),
    [join(stage.directory, "deploy", "ssh/config")],
  );
});
