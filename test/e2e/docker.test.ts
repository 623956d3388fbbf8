import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ended, expectDocument, expectEnding, landfall, said, startLandfall } from "../helpers/cli.ts";
import { baseImage, docker, pythonImage } from "../helpers/docker.ts";
import { removeApplication } from "../helpers/docker-scene.ts";
import { freePort } from "../helpers/port.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";
import { startSshd } from "../helpers/sshd.ts";

const deploy = ["deploy", "uat"];

/** What the shop's image is made of. The loader is three imports below the entry point. */
const files = {
  "shop/__init__.py": "",
  "shop/web.py": `import os
from flask import Flask, jsonify
from shop.catalog import items
app = Flask(__name__)

@app.get("/version")
def version():
    return jsonify(commit=os.environ["COMMIT"], items=len(items))

@app.get("/token")
def token():
    return jsonify(length=len(os.environ.get("TOKEN", "")))
`,
  "shop/catalog.py": "from shop.store import load\nitems = load()\n",
  "shop/store/__init__.py": "from shop.store.loader import load\n",
  "shop/store/loader.py": "def load():\n    return ['book']\n",
  "docs/readme.md": "words\n",
};

const dockerfile = (copies: string) => `FROM ${pythonImage()}
ARG COMMIT
ENV COMMIT=$COMMIT PYTHONUNBUFFERED=1
WORKDIR /app
${copies}
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "shop.web:app"]
`;
const whole = dockerfile("COPY shop shop");
const lacking = dockerfile("COPY shop/*.py shop/\nCOPY shop/store/__init__.py shop/store/");

describe("a container is deployed with the built command line", { concurrency: false }, () => {
  let repository: TestRepository;
  let application: string;
  let port: number;
  let home: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    application = `e2e-${randomBytes(4).toString("hex")}`;
    port = await freePort();
    home = mkdtempSync(join(tmpdir(), "landfall-home-"));
    env = { HOME: home, TOKEN: "hunter2-very-secret" };
    repository = await makeRepository({ ...files, Dockerfile: whole, "landfall.yaml": manifest() });
  });
  afterEach(async () => {
    await repository.remove();
    await removeApplication(application);
    rmSync(home, { recursive: true, force: true });
  });

  function manifest({ target = { host: "localhost" } as object, image = "", more = "" } = {}): string {
    return `application: ${application}
components:
  web:
    type: docker
    source: [Dockerfile, shop]
    image: { args: { COMMIT: "\${revision.commit}" }${image} }
    ports: ["127.0.0.1:${port}:8000"]
    secrets: [TOKEN]
${more}    prove:
      http: { url: "http://localhost:${port}/version", revision: .commit }
      stable: 1s
      within: 20s
environments:
  uat:
    branch: main
    targets:
      here: ${JSON.stringify(target)}
`;
  }
  const change = async (changed: Record<string, string>) => {
    await repository.write(changed);
    return await repository.commit();
  };
  const answers = async (path = "/version") => await (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  const container = async () => await docker(["inspect", "--format", "{{.Id}}", `${application}.uat.web.here`]);

  it("and proven by what runs; once more, and with other documentation, nothing is done", async () => {
    const commit = await repository.head();
    const first = await landfall(repository.directory, deploy, env);
    assert.equal(first.status, 0, first.stdout + first.stderr);
    assert.match(
      first.stdout,
      new RegExp(`PROVEN +uat .*${commit.slice(0, 7)} \\(container [0-9a-f]{12}, image [0-9a-f]{12}, up`),
    );
    assert.deepEqual(await answers(), { commit, items: 1 });
    const id = await container();
    const again = await expectEnding(repository.directory, deploy, { status: 0, outcome: "proven" }, env);
    assert.deepEqual(again.rollout.steps, []);
    await change({ "docs/readme.md": "other words\n" });
    const documentation = await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" }, env);
    assert.deepEqual(documentation.rollout.steps, []);
    assert.equal(await container(), id);
    assert.match((await landfall(repository.directory, ["status", "uat"], env)).stdout, new RegExp(commit.slice(0, 7)));
    assert.deepEqual(await answers("/token"), { length: env.TOKEN?.length });
  });

  it("an image that would lack a module three imports away is refused before it is built; with the check off it is built, caught by the proof, and the old one serves on; fixed it is proven; and rolled back", async () => {
    const sound = await repository.head();
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" }, env);
    await change({ Dockerfile: lacking });
    const blocked = await landfall(repository.directory, deploy, env);
    assert.equal(blocked.status, 3, blocked.stdout);
    assert.match(blocked.stdout, /image-module-missing/);
    assert.match(blocked.stdout, /shop\.store\.loader/);
    assert.match(blocked.stdout, /COPY/);
    await change({ "landfall.yaml": manifest({ image: ", check: false" }) });
    const failed = await landfall(repository.directory, deploy, env);
    assert.equal(failed.status, 1, failed.stdout);
    assert.match(failed.stdout, /image-unchecked/);
    assert.match(failed.stdout, /container-failed/);
    assert.match(
      failed.stdout,
      /likely cause: the image lacks the module shop\.store\.loader, which \/app\/shop\/store\/__init__\.py:1 imports/,
    );
    assert.deepEqual(await answers(), { commit: sound, items: 1 });
    const fixed = await change({
      Dockerfile: whole,
      "landfall.yaml": manifest(),
      "shop/catalog.py": `${files["shop/catalog.py"]}# fixed\n`,
    });
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" }, env);
    assert.deepEqual(await answers(), { commit: fixed, items: 1 });
    const back = await expectDocument(
      repository.directory,
      ["rollback", "uat", "--reason", "to try it"],
      { status: 0, outcome: "proven" },
      env,
    );
    assert.equal(back.rollout.revision.commit, sound);
    assert.ok(!back.rollout.steps.some(({ name }) => name === "image"), "a rollback builds nothing");
    assert.deepEqual(await answers(), { commit: sound, items: 1 });
  });

  it("its secret is in no image, no record, no output and no note", async () => {
    const outputs = [
      await landfall(repository.directory, [...deploy, "--json", "--events"], env),
      await landfall(repository.directory, ["plan", "uat", "--json"], env),
      await landfall(repository.directory, ["prove", "uat"], env),
    ];
    for (const { stdout, stderr } of outputs) assert.ok(!`${stdout}${stderr}`.includes("hunter2"), stdout);
    const image = await docker(["inspect", "--format", "{{.Image}}", `${application}.uat.web.here`]);
    assert.ok(!(await docker(["image", "inspect", image])).includes("hunter2"));
    assert.ok(!(await docker(["history", "--no-trunc", image])).includes("hunter2"));
    const { run } = await import("../../src/io/process.ts");
    for (const folder of [home, join(repository.directory, ".git")])
      assert.equal((await run("grep", ["-r", "-l", "hunter2", folder])).stdout, "");
    assert.ok(!(await repository.git("log", "--all", "-p", "--format=%B")).includes("hunter2"));
  });

  it("a secret that the deployer does not have is refused before anything else", async () => {
    const { TOKEN: _, ...without } = env;
    const told = await landfall(repository.directory, deploy, { ...without, TOKEN: "" });
    assert.equal(told.status, 2, told.stdout);
    assert.match(told.stdout + told.stderr, /TOKEN/);
  });

  it("a container that a person swapped is drift: proof fails, and the next deploy mends it", async () => {
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" }, env);
    const name = `${application}.uat.web.here`;
    await docker(["rm", "--force", name]);
    await docker([
      "run",
      "--detach",
      "--name",
      name,
      "--publish",
      `127.0.0.1:${port}:8000`,
      baseImage(),
      "sleep",
      "600",
    ]);
    const proof = await landfall(repository.directory, ["prove", "uat"], env);
    assert.equal(proof.status, 1, proof.stdout);
    assert.match(proof.stdout, /wrong-image/);
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" }, env);
  });

  it("a deployer that is killed in the middle leaves what ran, and the next one goes on from what it reads", async () => {
    const sound = await repository.head();
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" }, env);
    const next = await change({ "shop/catalog.py": `${files["shop/catalog.py"]}# next\n` });
    const child = startLandfall(repository.directory, deploy, env);
    await said(child, "check");
    child.kill("SIGKILL");
    await ended(child);
    assert.deepEqual(await answers(), { commit: sound, items: 1 });
    const proof = await landfall(repository.directory, ["prove", "uat", "--ref", sound], env);
    assert.match(proof.stdout, /old-container/, "the candidate that was left runs beside");
    await expectDocument(repository.directory, [...deploy, "--wait", "2m"], { status: 0, outcome: "proven" }, env);
    assert.deepEqual(await answers(), { commit: next, items: 1 });
    assert.equal(await docker(["ps", "--all", "--quiet", "--filter", `name=${application}.uat.web.here.next`]), "");
  });

  it("its checks are made once it is proven, inside the container too, and one that does not hold fails the rollout", async () => {
    const checks = (module: string) => `    checks:
      requests: [{ name: items, url: "http://localhost:${port}/version", json: { .items: 1 }, within: 5s }]
      commands: [{ name: inside, run: "docker exec ${application}.uat.web.here python3 -c 'import ${module}'", within: 5s }]
`;
    await change({ "landfall.yaml": manifest({ more: checks("shop.store") }) });
    const held = await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" }, env);
    assert.ok(held.rollout.evidence.length > 5);
    await change({ "landfall.yaml": manifest({ more: checks("shop.nothing") }) });
    await expectDocument(repository.directory, deploy, { status: 1, outcome: "failed", code: "check-failed" }, env);
  });

  it("the example in examples/docker-site is proven as it stands", async () => {
    const example = join(import.meta.dirname, "../../examples/docker-site");
    const texts = ["Dockerfile", "serve.py", "page.html"].map((name) => [
      name,
      readFileSync(join(example, name), "utf8"),
    ]);
    const written = readFileSync(join(example, "landfall.yaml"), "utf8").replace("docker-site", application);
    await change({ ...Object.fromEntries(texts), "landfall.yaml": written });
    const own = { ...env, PORT: String(port), BASE: pythonImage() };
    const told = await landfall(repository.directory, ["deploy", "local"], own);
    assert.equal(told.status, 0, told.stdout + told.stderr);
    assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /It works/);
  });

  it("on a host over SSH it is built, tried, switched and proven there", async () => {
    const sshd = await startSshd(home);
    try {
      const commit = await change({ "landfall.yaml": manifest({ target: sshd.address }) });
      const told = await landfall(repository.directory, deploy, env);
      assert.equal(told.status, 0, told.stdout + told.stderr);
      assert.deepEqual(await answers(), { commit, items: 1 });
      const again = await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" }, env);
      assert.deepEqual(again.rollout.steps, []);
    } finally {
      sshd.stop();
    }
  });

  it("an engine that does not answer blocks a deploy, and makes a proof unknown", async () => {
    await expectDocument(repository.directory, deploy, { status: 0, outcome: "proven" }, env);
    const off = { ...env, DOCKER_HOST: "unix:///no/such/socket" };
    const silent = await landfall(repository.directory, deploy, off);
    assert.equal(silent.status, 3, silent.stdout);
    assert.match(silent.stdout, /engine-unreachable/);
    const proof = await landfall(repository.directory, ["prove", "uat"], off);
    assert.equal(proof.status, 4, proof.stdout);
  });
});
