import type { Host } from "../../src/io/hosts.ts";
import { providerContract } from "../../src/providers/contract.ts";
import { docker as provider } from "../../src/providers/docker/index.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { docker } from "../helpers/docker.ts";
import { dockerScene } from "../helpers/docker-scene.ts";

providerContract("docker", async () => {
  const scene = await dockerScene();
  const revisions = { 1: await scene.revision("1"), 2: await scene.revision("2") };
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
  const stuck = `${scene.name}-stuck`;
  return {
    provider: provider as unknown as Provider,
    place: scene.place(),
    failing: scene.place({ image: { dockerfile: "no-such/Dockerfile" } }),
    context: { ...scene.context, hosts: { ...hosts, get: (address) => (off ? dead : hosts.get(address)) } },
    revision: async (number) => revisions[number],
    // An engine starts what it is told to; what can keep running is an old container beside the new one.
    stickUnit: async () => {
      const image = await docker(["inspect", "--format", "{{.Image}}", scene.name]);
      await docker(["run", "--detach", "--name", stuck, image]);
    },
    unstickUnit: async () => void (await docker(["rm", "--force", stuck])),
    stopUnit: async () => void (await docker(["stop", "--time", "0", scene.name])),
    turnOff: async () => {
      off = true;
    },
    turnOn: async () => {
      off = false;
    },
    // The provider has no steps of the manifest's, so none that runs once.
    onceEffects: async () => 0,
    dispose: scene.dispose,
  };
});
