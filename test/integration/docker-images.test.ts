import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { docker as provider } from "../../src/providers/docker/index.ts";
import { docker, dockerProgram } from "../helpers/docker.ts";
import { assertDone, type DockerScene, dockerScene } from "../helpers/docker-scene.ts";

describe("images on the target", { concurrency: false }, () => {
  let scene: DockerScene;
  const path = process.env.PATH;
  beforeEach(async () => {
    scene = await dockerScene();
  });
  afterEach(async () => {
    process.env.PATH = path;
    await scene.dispose();
  });

  const images = async () => {
    const listed = await docker(["images", "--quiet", `landfall/${scene.place().application}-web`]);
    return listed.split("\n").filter(Boolean).length;
  };

  it("are built by BuildKit where the client has it, and the step says so", async () => {
    // The client of the engine's own age brings its builder; a newer one has it as a part of its own, or not.
    process.env.PATH = `${dockerProgram.replace(/\/?[^/]*$/, "")}:${path}`;
    const survey = await provider.survey(scene.place(), scene.context);
    assert.ok(survey.state === "read");
    const ends = await scene.deploy(scene.place(), await scene.revision("1"));
    assertDone(ends);
    const says =
      survey.facts.engine.builder === "buildkit" ? /with BuildKit/ : /with the classic builder: BuildKit is not here/;
    assert.match(JSON.stringify(ends[0]), says);
    const evidence = await scene.prove(scene.place(), await scene.revision("1"));
    assert.ok(evidence.every(({ verdict }) => verdict === "proven"));
  });

  it("are made of the component's files and not of what .dockerignore keeps out", async () => {
    const change = { dockerfile: "COPY . /all/" };
    const { wanted, artifact } = await scene.revision("1", { ...change, ignore: "made-of\n" });
    assertDone(await scene.deploy(scene.place(), { wanted, artifact }));
    const listed = await docker(["exec", scene.name, "ls", "-A", "/all"]);
    assert.match(listed, /REVISION/);
    assert.doesNotMatch(listed, /made-of/);
  });

  it("are pruned to the newest, and never the running or a proven one", async () => {
    const place = scene.place({ keep: 2, prove: { stable: "1s" } });
    const first = await scene.revision("1");
    const proven = [first.wanted.digest];
    assertDone(await scene.deploy(place, first));
    for (const digit of ["2", "3", "4"])
      assertDone(await scene.deploy(place, await scene.revision(digit, {}, { proven })));
    assert.equal(await images(), 3, "the two newest, and the proven one");
    const back = await scene.plan(place, first);
    assert.ok(!back.steps.some(({ name }) => name === "image"), "the proven one would be built again");
    assert.equal((await scene.plan(place, await scene.revision("2"))).steps[0]?.name, "image");
  });

  it("that a build left half done are built again", async () => {
    const place = scene.place();
    const one = await scene.revision("1");
    const [step] = (await scene.plan(place, one)).steps;
    assert.ok(step?.name === "image");
    const cut = { ...one, artifact: { ...one.artifact, digest: `sha256:${"0".repeat(64)}` } };
    const end = await provider.run(step, place, scene.work(cut), scene.context);
    assert.equal(end.result === "failed" ? end.error.code : end.result, "upload-failed");
    assertDone(await scene.deploy(place, one));
  });
});
