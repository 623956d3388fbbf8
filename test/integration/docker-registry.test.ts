import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { StepEnd } from "../../src/model/step.ts";
import { docker as provider } from "../../src/providers/docker/index.ts";
import { docker } from "../helpers/docker.ts";
import { assertDone, type DockerScene, dockerScene } from "../helpers/docker-scene.ts";
import { type Registry, startRegistry } from "../helpers/registry.ts";

describe("an image comes by its digest from a registry", { concurrency: false }, () => {
  let registry: Registry;
  let scene: DockerScene;
  let repository: string;
  before(async () => {
    registry = await startRegistry();
  });
  after(async () => await registry.stop());
  beforeEach(async () => {
    scene = await dockerScene();
    repository = `${registry.address}/shop/${scene.place().application}`;
  });
  afterEach(async () => {
    await scene.dispose();
    await removeImages(repository);
  });

  const proof = async (...given: Parameters<DockerScene["prove"]>) => {
    const evidence = await scene.prove(...given);
    const claims = evidence.map(({ claim, verdict, code, reason }) => `${claim} ${verdict} ${code ?? ""} ${reason}`);
    return { proven: evidence.every(({ verdict }) => verdict === "proven"), claims: claims.join("\n"), evidence };
  };

  /** An image that was built elsewhere, under a tag. Gives its digest. */
  async function publish(tag: string, says: string): Promise<string> {
    const one = scene.place();
    assertDone(await scene.deploy(one, await scene.revision(says)));
    const image = await docker(["inspect", "--format", "{{.Image}}", scene.name]);
    await docker(["tag", image, `${repository}:${tag}`]);
    const pushed = await docker(["push", `${repository}:${tag}`]);
    await docker(["rm", "--force", scene.name]);
    return /digest: (sha256:[0-9a-f]{64})/.exec(pushed)?.[1] ?? assert.fail(pushed);
  }

  it("built once, pushed, pulled, and proven by the digest that the registry gave", async () => {
    const place = scene.place({ image: { repository } });
    const one = await scene.revision("1");
    assert.deepEqual(
      (await scene.plan(place, one)).steps.map(({ name }) => name),
      ["image", "push", "pull", "candidate", "check", "switch", "finish"],
    );
    assertDone(await scene.deploy(place, one));
    const { proven, claims, evidence } = await proof(place, one);
    assert.ok(proven, claims);
    const image = evidence.find(({ claim }) => claim === "image");
    assert.match(image?.readings.at(-1)?.identity ?? "", new RegExp(`^${repository}@sha256:[0-9a-f]{64}$`));
    assert.deepEqual((await scene.plan(place, one)).steps, []);
    // On the way back nothing is built: the digest is known here.
    assertDone(await scene.deploy(place, await scene.revision("2")));
    assert.deepEqual(
      (await scene.plan(place, one)).steps.map(({ name }) => name),
      ["candidate", "check", "switch", "finish"],
    );
    await removeImages(repository);
    const again = await scene.plan(place, one);
    assert.equal(again.steps[0]?.name, "pull");
  });

  it("two targets of one rollout share one build", async () => {
    const spec = { image: { repository }, ports: [], prove: { stable: "1s" } };
    const places = ["a", "b"].map((target) => ({ ...scene.place(spec), target }));
    const one = await scene.revision("1");
    const plans = await Promise.all(places.map(async (place) => await scene.plan(place, one)));
    const job = scene.work(one);
    const ends = await Promise.all(
      places.map(async (place, index) => {
        const all: StepEnd[] = [];
        for (const step of plans[index]?.steps ?? []) all.push(await provider.run(step, place, job, scene.context));
        return all;
      }),
    );
    for (const end of ends) assertDone(end);
    assert.deepEqual(ends.map(([build]) => build?.result).sort(), ["done", "unchanged"]);
    for (const place of places) assert.ok((await proof(place, one)).proven);
  });

  it("a digest that was built elsewhere is what runs, and nothing else is", async () => {
    const digest = await publish("v1", "1");
    const other = await publish("v2", "2");
    const place = (which: string) =>
      scene.place({ image: { digest: `${repository}@${which}` }, prove: { stable: "1s" } });
    const one = await scene.revision("1");
    assertDone(await scene.deploy(place(digest), one));
    const { proven, claims } = await proof(place(digest), one);
    assert.ok(proven, claims);
    const refuted = await proof(place(other), one, false);
    assert.match(refuted.claims, /image (unknown|refuted)/);
    assertDone(await scene.deploy(place(other), one));
    assert.match((await proof(place(digest), one, false)).claims, /image refuted wrong-image/);
  });

  it("a tag is deployed as the digest that it stands for; when it moves, that is refuted, and the next deploy takes the new one", async () => {
    await publish("stable", "1");
    const place = scene.place({ image: { tag: `${repository}:stable` }, prove: { stable: "1s" } });
    const one = await scene.revision("1");
    assertDone(await scene.deploy(place, one));
    const first = await proof(place, one);
    assert.ok(first.proven, first.claims);
    const running = await docker(["inspect", "--format", "{{.Id}}", scene.name]);
    await publishBeside("2");
    const moved = await proof(place, one, false);
    assert.match(moved.claims, /image proven/);
    assert.match(moved.claims, /tag refuted tag-moved .* was moved from [0-9a-f]{12} to [0-9a-f]{12}/);
    assert.equal(await docker(["inspect", "--format", "{{.Id}}", scene.name]), running, "it was followed silently");
    assertDone(await scene.deploy(place, one));
    const second = await proof(place, one);
    assert.ok(second.proven, second.claims);
  });

  it("a registry that does not answer blocks the plan", async () => {
    const place = scene.place({ image: { tag: "127.0.0.1:1/shop/none:stable" }, prove: { stable: "1s" } });
    const survey = await provider.survey(place, scene.context);
    assert.ok(survey.state === "read");
    const { steps, findings } = provider.plan(place, survey.facts, (await scene.revision("1")).wanted);
    assert.deepEqual([steps, findings.map(({ code, level }) => [code, level])], [[], [["image-pull-failed", "block"]]]);
  });

  /** Moves the tag to another image, as another job would. */
  async function publishBeside(digit: string): Promise<void> {
    const file = `FROM ${repository}:stable\nRUN printf ${digit} >moved\n`;
    await docker(["build", "--tag", `${repository}:stable`, "-"], Buffer.from(file));
    await docker(["push", `${repository}:stable`]);
  }
});

async function removeImages(repository: string): Promise<void> {
  const ids = (await docker(["images", "--quiet", "--no-trunc", repository])).split("\n").filter(Boolean);
  for (const id of new Set(ids)) {
    const used = await docker(["ps", "--all", "--quiet", "--filter", `ancestor=${id}`]);
    for (const container of used.split("\n").filter(Boolean)) await docker(["rm", "--force", container]);
    await docker(["rmi", "--force", id]).catch(() => "");
  }
}
