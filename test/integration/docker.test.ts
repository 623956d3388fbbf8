import assert from "node:assert/strict";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Evidence } from "../../src/model/evidence.ts";
import type { StepEnd } from "../../src/model/step.ts";
import { docker as provider } from "../../src/providers/docker/index.ts";
import { docker } from "../helpers/docker.ts";
import { assertDone, type DockerScene, dockerScene } from "../helpers/docker-scene.ts";

let scene: DockerScene;
beforeEach(async () => {
  scene = await dockerScene();
});
afterEach(async () => await scene.dispose());

const told = (evidence: readonly Evidence[]) =>
  evidence.map(({ claim, verdict, reason, code }) => `${claim}: ${verdict} ${code ?? ""}: ${reason}`).join("\n");

function assertProven(evidence: readonly Evidence[]): void {
  assert.ok(evidence.length > 0 && evidence.every(({ verdict }) => verdict === "proven"), told(evidence));
}

function assertRefuted(evidence: readonly Evidence[], code: string, says = /./): void {
  const found = evidence.find((item) => item.verdict === "refuted" && item.code === code);
  assert.ok(found, `${code} is not among:\n${told(evidence)}`);
  assert.match(found.reason, says);
}

function failure(ends: readonly StepEnd[]): { code: string; message: string; output: string } {
  const last = ends.at(-1);
  assert.ok(last?.result === "failed", JSON.stringify(ends));
  return { ...last.error, output: last.error.output?.join("\n") ?? "" };
}

/** The commit that is answered, as soon as anything answers. */
async function version(): Promise<unknown> {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await scene.answer("/version");
    if (answer !== null) return JSON.parse(answer).commit;
    await sleep(100);
  }
  return null;
}

describe("a candidate is tried beside what runs, and what runs is not touched when it fails", {
  concurrency: false,
}, () => {
  const broken = async (change: object, spec: object = {}) => {
    assertDone(await scene.deploy(scene.place(), await scene.revision("1")));
    const end = failure(await scene.deploy(scene.place(spec), await scene.revision("2", change)));
    assert.equal(await version(), "1".repeat(40), "the old one does not serve any more");
    assert.equal(await docker(["ps", "--all", "--quiet", "--filter", `name=^/?${scene.name}.next$`]), "");
    assertProven(await scene.prove(scene.place(), await scene.revision("1"), false));
    return end;
  };

  it("a missing module is named with the file that imports it", async () => {
    const { code, message, output } = await broken({ body: "import shop.loader" });
    assert.equal(code, "container-failed");
    assert.match(
      message,
      /likely cause: the image lacks the module shop(\.loader)?, which \/app\/app\.py:1 imports.*landfall check image/,
    );
    assert.match(output, /ModuleNotFoundError/);
  });

  it("a port that is open on a dying application proves nothing", async () => {
    const dying = "import os, threading; threading.Timer(1.5, lambda: os._exit(3)).start()";
    const spec = { prove: { health: "/health", stable: "4s", within: "20s" } };
    const { code, message } = await broken({ body: dying }, spec);
    assert.equal(code, "container-failed");
    assert.match(message, /exit status 3/);
  });

  it("a health endpoint that is constant does not hide another revision", async () => {
    const prove = {
      health: "/health",
      http: { url: `http://localhost:${scene.port}/version`, revision: ".commit" },
      stable: "1s",
      within: "3s",
    };
    const { code, message } = await broken({ says: "f".repeat(40) }, { prove });
    assert.equal(code, "candidate-refuted");
    assert.match(message, /answered by ffffffffffff, not by 2222222/);
  });

  it("an application on another port than the published one is told by what it listens on", async () => {
    const { message } = await broken({ dockerfile: "ENV PORT=9123" }, { prove: { health: "/health", within: "3s" } });
    assert.match(message, /listens on port 9123, and port 8000 is published/);
  });

  it("what an application listens on is seen from outside where its image has no cat", async () => {
    const dockerfile = "ENV PORT=9123\nRUN rm -f /bin/cat /usr/bin/cat";
    const { message } = await broken({ dockerfile }, { prove: { health: "/health", within: "3s" } });
    assert.match(message, /listens on port 9123, and port 8000 is published \(seen: its \/proc\/net\/tcp\)/);
  });

  it("an application on 127.0.0.1 inside the container is told by what it listens on", async () => {
    const { message } = await broken(
      { dockerfile: "ENV HOST=127.0.0.1" },
      { prove: { health: "/health", within: "3s" } },
    );
    assert.match(message, /listens on 127\.0\.0\.1 inside the container.*0\.0\.0\.0:8000/);
  });

  it("an address that the application does not have is told, with the other cause that it may be", async () => {
    const { message } = await broken({}, { prove: { health: "/healthz", within: "3s" } });
    assert.match(
      message,
      /likely cause 1 of 2: the application has no route \/healthz.*likely cause 2 of 2: another application/,
    );
  });

  it("what a check waits for is told while it waits", async () => {
    const place = scene.place();
    const revision = await scene.revision("2", { says: "f".repeat(40) });
    const { steps } = await scene.plan(place, revision);
    const told: string[] = [];
    const stop = new AbortController();
    const context = { ...scene.context, signal: stop.signal };
    const work = scene.work(revision);
    const onLine = (line: string) => {
      if (!line.includes("waiting up to")) return;
      told.push(line);
      stop.abort();
    };
    for (const step of steps) {
      const end = await provider.run(step, place, { ...work, onLine }, context);
      if (end.result === "failed") break;
    }
    assert.match(told.join("\n"), /^version: .* is answered by ffffffffffff, not by 2222222; waiting up to 20 s$/);
  });

  it("an image whose own health check fails is not switched to", async () => {
    const dockerfile = "HEALTHCHECK --interval=1s --retries=1 CMD false";
    const { message } = await broken({ dockerfile }, { prove: { within: "4s" } });
    assert.match(message, /unhealthy/);
  });

  it("a command that the image does not have is told", async () => {
    const { code, message } = await broken({ dockerfile: 'CMD ["no-such-command"]' });
    assert.equal(code, "container-failed");
    assert.match(message, /the command does not exist in the image/);
  });

  it("a variable that is not set is named", async () => {
    const { message } = await broken({ body: 'import os; os.environ["DATABASE_URL"]' });
    assert.match(message, /the variable DATABASE_URL is not set in the container/);
  });

  it("a Dockerfile that the builder refuses fails the step that builds, with its last lines", async () => {
    const { code, output } = await broken({ dockerfile: "RUN echo compiling && exit 7" });
    assert.equal(code, "image-build-failed");
    assert.match(output, /compiling/);
  });
});

describe("what runs is read from the running container", { concurrency: false }, () => {
  const deployed = async (spec: object = {}) => {
    const place = scene.place(spec);
    const one = await scene.revision("1");
    assertDone(await scene.deploy(place, one));
    assertProven(await scene.prove(place, one));
    return { place, one };
  };
  const proof = async ({ place, one }: Awaited<ReturnType<typeof deployed>>) => await scene.prove(place, one, false);
  const imageOf = async (name: string) => await docker(["inspect", "--format", "{{.Image}}", name]);

  it("a container that was restarted is refuted, though it runs again", async () => {
    const it = await deployed();
    await scene.answer("/die");
    await version();
    assertRefuted(await proof(it), "container-restarted", /restarted 1 time/);
    const plan = await scene.plan(it.place, it.one);
    assert.match(plan.reason, /was restarted 1 time/);
    assertDone(await scene.deploy(it.place, it.one));
    assertProven(await proof(it));
  });

  it("an old container that still serves beside the new one is refuted, with a label or without", async () => {
    const it = await deployed();
    const old = await imageOf(scene.name);
    const two = await scene.revision("2");
    assertDone(await scene.deploy(it.place, two));
    for (const label of ["nothing=0", `landfall.place=${it.place.application}/test/web/here`]) {
      await docker(["run", "--detach", "--label", label, "--name", `${scene.name}-old`, old]);
      assertRefuted(await scene.prove(it.place, two, false), "old-container", new RegExp(`${scene.name}-old`));
      await docker(["rm", "--force", `${scene.name}-old`]);
    }
    assertProven(await scene.prove(it.place, two, false));
  });

  it("a container of another environment from the same image is none of this one's business", async () => {
    const it = await deployed();
    const other = `landfall.place=${it.place.application}/production/web/here`;
    await docker(["run", "--detach", "--label", other, "--name", `${scene.name}-other`, await imageOf(scene.name)]);
    assertProven(await proof(it));
  });

  it("a container by hand from another image is refuted, whatever its name, labels and port say", async () => {
    const it = await deployed();
    const two = await scene.revision("2", {}, {});
    assertDone(await scene.deploy(it.place, two));
    const foreign = await imageOf(scene.name);
    assertDone(await scene.deploy(it.place, it.one));
    await docker(["rm", "--force", scene.name]);
    const labels = [
      "--label",
      `landfall.place=${it.place.application}/test/web/here`,
      "--label",
      "landfall.role=serving",
    ];
    await docker([
      "run",
      "--detach",
      "--name",
      scene.name,
      ...labels,
      "--publish",
      `127.0.0.1:${scene.port}:8000`,
      foreign,
    ]);
    const evidence = await proof(it);
    assertRefuted(evidence, "wrong-image", /not|which is of 222/);
    assertRefuted(evidence, "container-foreign", /which the last switch started/);
    assertDone(await scene.deploy(it.place, it.one));
    assertProven(await proof(it));
  });

  it("a tag that was moved to an image with the right labels is refuted", async () => {
    const it = await deployed();
    const [tag = ""] = (
      await docker(["images", "--format", "{{.Repository}}:{{.Tag}}", `landfall/${it.place.application}-web`])
    ).split("\n");
    const lie = `FROM ${tag}\nRUN echo changed >>app.py\nLABEL org.opencontainers.image.revision=${it.one.wanted.commit} landfall.source=${it.one.wanted.digest}\n`;
    await docker(["build", "--tag", tag, "-"], Buffer.from(lie));
    await docker(["rm", "--force", scene.name]);
    await docker(["run", "--detach", "--name", scene.name, "--publish", `127.0.0.1:${scene.port}:8000`, tag]);
    assertRefuted(await proof(it), "wrong-image", /runs image [0-9a-f]{12}, not [0-9a-f]{12}/);
  });

  it("a container that was stopped, and one that was removed, are refuted", async () => {
    const it = await deployed();
    await docker(["stop", scene.name]);
    assertRefuted(await proof(it), "container-not-running", /exited/);
    await docker(["rm", scene.name]);
    assertRefuted(await proof(it), "container-missing");
    assertDone(await scene.deploy(it.place, it.one));
    assertProven(await proof(it));
  });
});

describe("the switch", { concurrency: false }, () => {
  it("that cannot start the new container starts the old one again, and says so", async (t) => {
    const one = await scene.revision("1");
    assertDone(await scene.deploy(scene.place(), one));
    const squatter = createServer();
    t.after(() => squatter.close());
    const taken = await new Promise<number>((resolve) => {
      squatter.listen(0, "127.0.0.1", () => resolve((squatter.address() as { port: number }).port));
    });
    const spec = { ports: [`127.0.0.1:${scene.port}:8000`, `127.0.0.1:${taken}:8000`] };
    const { code, message } = failure(await scene.deploy(scene.place(spec), await scene.revision("2")));
    assert.equal(code, "container-failed");
    assert.match(message, /the old container serves again/);
    assert.equal(await version(), one.wanted.commit);
    assertProven(await scene.prove(scene.place(), one, false));
  });

  it("is not even begun when something else holds the port: that is found before the first write", async (t) => {
    const squatter = createServer();
    t.after(() => squatter.close());
    await new Promise<void>((resolve) => squatter.listen(scene.port, "127.0.0.1", resolve));
    const place = scene.place();
    const one = await scene.revision("1");
    const survey = await provider.survey(place, scene.context);
    assert.ok(survey.state === "read");
    const plan = provider.plan(place, survey.facts, one.wanted);
    const findings = await provider.guards(
      place,
      survey.facts,
      { plan, wanted: one.wanted, releaseBytes: 1 },
      scene.context,
    );
    assert.deepEqual(
      findings.map(({ code, level }) => [code, level]),
      [["port-taken", "block"]],
    );
  });
});

describe("secrets reach the container and nothing else", { concurrency: false }, () => {
  const secret = "s3cret\"'$(id)`id` \\n x";

  it("as variables", async () => {
    const place = scene.place({ secrets: ["TOKEN"] }, { "env.TOKEN": secret });
    assertDone(await scene.deploy(place, await scene.revision("1")));
    assert.deepEqual(JSON.parse((await scene.answer("/secrets")) ?? ""), { env: secret, file: null });
    await notInImage(secret);
  });

  it("as files, over several lines, and not in the container's settings", async () => {
    const lines = `${secret}\nsecond ü line\n`;
    const place = scene.place({ secrets: { TOKEN: { file: "/run/secrets/token" } } }, { "env.TOKEN": lines });
    assertDone(await scene.deploy(place, await scene.revision("1")));
    assert.deepEqual(JSON.parse((await scene.answer("/secrets")) ?? ""), { env: null, file: lines });
    assert.ok(!(await docker(["inspect", scene.name])).includes("s3cret"));
    await docker(["restart", scene.name]);
    await version();
    assert.equal(JSON.parse((await scene.answer("/secrets")) ?? "").file, lines);
    await notInImage("s3cret");
  });

  it("and another value is deployed, though the source is the same", async () => {
    const one = await scene.revision("1");
    const at = (value: string) => scene.place({ secrets: ["TOKEN"] }, { "env.TOKEN": value });
    assertDone(await scene.deploy(at("a"), one));
    assert.deepEqual((await scene.plan(at("a"), one)).steps, []);
    const plan = await scene.plan(at("b"), one);
    assert.match(plan.reason, /settings are not those that are wanted/);
    assert.ok(!JSON.stringify(plan).includes('"b"'));
  });

  async function notInImage(text: string): Promise<void> {
    const image = await docker(["inspect", "--format", "{{.Image}}", scene.name]);
    assert.ok(!(await docker(["image", "inspect", image])).includes(text));
    assert.ok(!(await docker(["history", "--no-trunc", image])).includes(text));
  }
});
