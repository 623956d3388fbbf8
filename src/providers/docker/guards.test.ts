import assert from "node:assert/strict";
import { it } from "node:test";
import type { PlacePlan } from "../provider.ts";
import type { DockerFacts } from "./facts.ts";
import { guards } from "./guards.ts";
import type { Container } from "./reading.ts";
import { type DockerPlace, DockerSpec } from "./spec.ts";

const place = (spec: object = {}, values: Record<string, string> = {}): DockerPlace => ({
  application: "shop",
  environment: "uat",
  component: "web",
  target: "m1",
  spec: DockerSpec.parse({ ports: ["8080:8000"], ...spec }),
  at: { host: "localhost" },
  values,
  fromOutside: [],
});
const sound = {
  host: "m1.internal",
  engine: { version: "20.10.24+dfsg1", platform: "linux/amd64", builder: "classic" },
  directoryProblem: null,
  lockTool: true,
  freeBytes: 1e12,
  containers: [],
  listening: [],
} as unknown as DockerFacts;
const plan = { steps: [{ action: "image" }] } as unknown as PlacePlan;
const holding = (change: Partial<Container>) =>
  ({
    id: "c",
    name: "other",
    place: null,
    running: true,
    ports: { "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }] },
    ...change,
  }) as Container;

const cases: [what: string, facts: Partial<DockerFacts>, found: string[]][] = [
  ["nothing is in the way of a sound host", {}, []],
  [
    "an old engine is warned about",
    { engine: { ...sound.engine, version: "19.03.15" } },
    ["engine-unsupported warning"],
  ],
  [
    "containers of another system block",
    { engine: { ...sound.engine, platform: "windows/amd64" } },
    ["engine-unsupported block"],
  ],
  ["a full disk blocks", { freeBytes: 1e6 }, ["disk-full block"]],
  ["a disk that could not be read is told", { freeBytes: null }, ["disk-full note"]],
  ["a host without a lock blocks", { lockTool: false }, ["no-lock-tool block"]],
  ["a folder that cannot be written blocks", { directoryProblem: "no" }, ["directory-unusable block"]],
  ["a port of another container blocks", { containers: [holding({})], listening: [8080] }, ["port-taken block"]],
  ["a port of a program that is no container blocks", { listening: [8080] }, ["port-taken block"]],
  [
    "a port of its own container does not",
    { containers: [holding({ place: "shop/uat/web/m1" })], listening: [8080] },
    [],
  ],
  ["a port of a container that is stopped does not", { containers: [holding({ running: false })] }, []],
];
for (const [what, facts, found] of cases)
  it(what, async () => {
    const findings = await guards(place(), { ...sound, ...facts }, { plan, releaseBytes: 1 });
    assert.deepEqual(
      findings.map(({ code, level }) => `${code} ${level}`),
      found,
    );
  });

it("a secret of several lines is refused as a variable, and its value is not shown", async () => {
  const found = await guards(place({ secrets: ["KEY"] }, { "env.KEY": "one\ntwo" }), sound, { plan, releaseBytes: 1 });
  assert.deepEqual(
    found.map(({ code }) => code),
    ["bad-value"],
  );
  assert.ok(!JSON.stringify(found).includes("two"));
});

it("nothing is checked where nothing will change", async () => {
  assert.deepEqual(
    await guards(place(), { ...sound, freeBytes: 0 }, { plan: { ...plan, steps: [] }, releaseBytes: 1 }),
    [],
  );
});
