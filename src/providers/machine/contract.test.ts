import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kill, machineScene, restartDaemon } from "../../../test/helpers/machine-scene.ts";
import type { Host } from "../../io/hosts.ts";
import { providerContract } from "../contract.ts";
import type { Provider } from "../provider.ts";
import { machine } from "./index.ts";

providerContract("machine", async () => {
  const scene = machineScene();
  const stuck = join(scene.root, "stuck");
  const effects = join(scene.root, "effects");
  const steps = {
    migrate: { run: `echo migrated >>'${effects}'`, once: "revision" },
    restart: { run: `[ ! -f '${stuck}' ] || exit 0\nPID_FILE='${scene.pidFile}'\n${restartDaemon}` },
  };
  const revisions = {
    1: await scene.revision([{ path: "app.txt", content: "one" }]),
    2: await scene.revision([{ path: "app.txt", content: "two" }]),
  };
  let off = false;
  const dead: Host = {
    name: "localhost",
    script: async () => ({ ended: "unreachable", code: "host-off", message: "localhost does not answer" }),
    begin: () => {},
    connect: async () => {
      throw new Error("localhost does not answer");
    },
  };
  const { hosts } = scene.context;
  return {
    provider: machine as unknown as Provider,
    place: scene.place({ steps }),
    failing: scene.place({ steps: { ...steps, bad: { run: "exit 3" } } }),
    context: { ...scene.context, hosts: { ...hosts, get: (address) => (off ? dead : hosts.get(address)) } },
    revision: async (number) => revisions[number],
    stickUnit: async () => writeFileSync(stuck, ""),
    unstickUnit: async () => rmSync(stuck),
    stopUnit: async () => kill(scene.pid()),
    turnOff: async () => {
      off = true;
    },
    turnOn: async () => {
      off = false;
    },
    onceEffects: async () => (existsSync(effects) ? readFileSync(effects, "utf8").split("\n").length - 1 : 0),
    dispose: scene.dispose,
  };
});
