import type { StoredArtifact } from "../../model/artifact.ts";
import { providerContract } from "../contract.ts";
import type { Context, Provider, Wanted } from "../provider.ts";
import { fakeMachines, fakeProvider } from "./index.ts";

const commits = { 1: "1".repeat(40), 2: "2".repeat(40) } as const;

providerContract("fake", async () => {
  const machines = fakeMachines();
  const machine = machines.at("m1");
  const spec = { steps: { migrate: { run: "work", once: "revision" as const }, build: { run: "work" } } };
  const place = {
    application: "app",
    environment: "test",
    component: "web",
    target: "t1",
    spec,
    at: { host: "m1" },
    values: {},
    fromOutside: [],
  };
  return {
    provider: fakeProvider(machines) as Provider,
    place,
    failing: { ...place, spec: { steps: { ...spec.steps, bad: { run: "fail" } } } },
    context: { signal: new AbortController().signal, mask: (text: string) => text } as Context,
    revision: async (number) => ({ wanted: wanted(commits[number]), artifact: artifact(commits[number]) }),
    stickUnit: async () => {
      machine.stuck = true;
    },
    unstickUnit: async () => {
      machine.stuck = false;
    },
    stopUnit: async () => {
      machine.running = null;
    },
    turnOff: async () => {
      machine.power = "off";
    },
    turnOn: async () => {
      machine.power = "on";
    },
    onceEffects: async () => machine.log.filter((step) => step === "migrate").length,
    dispose: async () => {},
  };
});

function wanted(commit: string): Wanted {
  return {
    commit,
    digest: `sha256:${commit}`,
    accepts: [commit],
    force: false,
    once: {},
    answers: {},
    proven: [],
    artifact: null,
    texts: {},
    runsOnce: true,
    ledger: "L",
  };
}

function artifact(commit: string): StoredArtifact {
  return {
    component: "web",
    source: `sha256:${commit}`,
    commit,
    digest: `sha256:${commit}`,
    bytes: 0,
    files: [],
    path: "/nowhere",
  };
}
