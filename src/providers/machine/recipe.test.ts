import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type MachineScene, machineScene } from "../../../test/helpers/machine-scene.ts";
import { recipeOf } from "./recipe.ts";
import { type MachineSpec, MachineSpec as Spec } from "./spec.ts";
import type { MachinePlace } from "./target.ts";

const steps = {
  install: { run: "npm ci --omit=${vars.omit}" },
  build: { run: "npm run build", only: ["front"] },
  note: { run: "echo ${env.BUILD} ${vars.build} ${revision.commit} >build.txt" },
  restart: { run: "sudo systemctl restart ${target.unit}" },
};
const values = {
  "vars.omit": "dev",
  "target.unit": "web",
  "env.BUILD": "1",
  "vars.build": "n1",
  "revision.commit": "c",
};
const fromOutside = ["env.BUILD", "vars.build", "revision.commit"];

function place(spec: object = {}, more: Partial<MachinePlace> = {}): MachinePlace {
  const parsed: MachineSpec = Spec.parse({ directory: "/opt/app", steps, shared: ["uploads/"], ...spec });
  const names = { application: "app", environment: "uat", component: "web", target: "back" };
  return { ...names, spec: parsed, at: { host: "localhost" }, values, fromOutside, ...more };
}

const same = (other: MachinePlace) => assert.equal(recipeOf(other), recipeOf(place()));
const differs = (other: MachinePlace) => assert.notEqual(recipeOf(other), recipeOf(place()));

test("a recipe is a short word that a folder's name can hold", () => {
  assert.match(recipeOf(place()), /^[0-9a-f]{6}$/);
});

test("another command, order, place of the switch, shell or shared path is another recipe", () => {
  const { install, restart } = steps;
  differs(place({ steps: { ...steps, install: { run: "npm ci" } } }));
  differs(place({ steps: { ...steps, restart: { run: "sudo systemctl restart web" } } }));
  differs(place({ steps: { ...steps, extra: { run: "true" } } }));
  differs(place({ steps: { restart, install, note: steps.note } }));
  differs(place({ steps: { ...steps, note: { ...steps.note, afterSwitch: true } } }));
  differs(place({ shell: "bash" }));
  differs(place({ shared: [] }));
  differs(place({ shared: ["uploads"] }));
});

test("another value that the manifest gives to a step is another recipe", () => {
  differs(place({}, { values: { ...values, "vars.omit": "" } }));
  differs(place({}, { values: { ...values, "target.unit": "web2" } }));
});

test("what comes from outside may change each time, and tells nothing of itself", () => {
  same(place({}, { values: { ...values, "env.BUILD": "2", "vars.build": "n2", "revision.commit": "d" } }));
  same(place({}, { values: { ...values, "vars.other": "x" } }));
});

test("steps of other targets, limits, checks and proofs make nothing of a release", () => {
  same(place({ steps: { ...steps, build: { run: "npm run build:all", only: ["front"] } } }));
  same(place({ steps: { ...steps, install: { ...steps.install, timeout: "1h", retries: 3, except: ["front"] } } }));
  same(place({ keep: 9, prove: { service: "web" } }));
  differs(place({}, { target: "front" }));
});

let scene: MachineScene;
before(() => {
  scene = machineScene();
});
after(async () => await scene.dispose());

test("the same files by other steps are laid beside what runs, and the way back finds what was there", async () => {
  const revision = await scene.revision([{ path: "app.txt", content: "one" }]);
  const { restart } = scene.place().spec.steps;
  const old = scene.place({ steps: { build: { run: "echo old >built.txt" }, restart } });
  const other = scene.place({ steps: { build: { run: "echo new >built.txt" }, restart }, shared: ["uploads/"] });
  const ends = async (at: MachinePlace) => (await scene.deploy(at, revision)).map(({ result }) => result);
  assert.deepEqual(await ends(old), ["done", "done", "done", "done", "done"]);
  assert.deepEqual(await ends(old), [], "nothing is to be done twice");
  const first = readlinkSync(join(scene.directory, "current"));
  assert.deepEqual(await ends(other), ["done", "done", "done", "done", "done"]);
  const evidence = await scene.prove(other, revision);
  assert.deepEqual(
    evidence.map(({ verdict }) => verdict),
    evidence.map(() => "proven"),
  );
  assert.equal(readFileSync(join(scene.directory, "current/built.txt"), "utf8"), "new\n");
  assert.equal(readFileSync(join(scene.directory, first, "built.txt"), "utf8"), "old\n", "what ran was left alone");
  assert.deepEqual(readdirSync(join(scene.directory, "current/uploads")), []);
  assert.deepEqual(await ends(old), ["unchanged", "done", "done", "done", "done"]);
  assert.equal(readlinkSync(join(scene.directory, "current")), first);
});
