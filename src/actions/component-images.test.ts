import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { makeRepository, type TestRepository } from "../../test/helpers/repository.ts";
import type { Finding } from "../model/finding.ts";
import { providers } from "../providers/index.ts";
import { check } from "./check.ts";

const manifest = (image = "{}", source = "[Dockerfile, app]") => `application: shop
components:
  web:
    type: docker
    source: ${source}
    image: ${image}
    prove: { http: { url: "http://localhost:8080/version", revision: . } }
    ports: ["8080:8000"]
environments:
  uat: { branch: main, targets: { m1: { host: localhost }, m2: { host: m2 } } }
  prod: { branch: main, targets: { m3: { host: m3 } } }
`;

const lacking = "FROM python:3.12-slim\nWORKDIR /srv\nCOPY app/main.py app/main.py\nCMD python app/main.py\n";
const whole = lacking.replace("app/main.py app/main.py", "app app");

let repository: TestRepository;
const made: TestRepository[] = [];
beforeEach(async () => {
  repository = await makeRepository({
    "landfall.yaml": manifest(),
    Dockerfile: lacking,
    "app/main.py": "import prices\n",
    "app/prices.py": "",
  });
  made.push(repository);
});
after(async () => {
  for (const each of made) await each.remove();
});

async function checked(env: Record<string, string> = {}): Promise<Finding[]> {
  return (await check({}, { directory: repository.directory, env, providers })).findings;
}

test("an image that lacks a module is found once, with its component, however many targets and environments it is for", async () => {
  assert.partialDeepStrictEqual(await checked(), [
    { code: "image-module-missing", level: "block", component: "web", file: "app/main.py", line: 1 },
  ]);
  assert.equal((await checked()).length, 1);
});

test("the working copy counts, and not the commit", async () => {
  await repository.write({ Dockerfile: whole });
  assert.deepEqual(await checked(), []);
  await repository.commit();
  await repository.write({ Dockerfile: lacking });
  assert.equal((await checked()).length, 1);
});

test("what a link leads to outside of the component's source is there in its place, a file or a folder", async () => {
  await repository.write({
    Dockerfile: whole,
    "app/prices.py": { link: "../shared/prices.py" },
    "app/main.py": "import prices\nfrom deep import more\n",
    "app/deep": { link: "../shared/deep" },
    "shared/prices.py": "",
  });
  const found = (await checked()).map(({ code }) => code);
  assert.deepEqual(found, ["image-requirement-missing"], "nothing is at the end of one link yet");
  await repository.write({ "shared/deep/more.py": "", "shared/deep/__init__.py": "" });
  assert.deepEqual(await checked(), []);
});

test("a file outside of the component's source is not in its build context", async () => {
  await repository.write({ Dockerfile: `${whole}COPY extra.txt .\n`, "extra.txt": "" });
  assert.partialDeepStrictEqual(await checked(), [{ code: "image-copy-missing", component: "web" }]);
  await repository.write({ "landfall.yaml": manifest("{}", "[.]") });
  assert.deepEqual(await checked(), []);
});

test("a Dockerfile that the component does not hold is named as the manifest names it", async () => {
  await repository.write({ "landfall.yaml": manifest("{ dockerfile: ops/Dockerfile }") });
  const [finding, ...others] = await checked();
  assert.deepEqual([finding?.code, finding?.level, others.length], ["image-dockerfile-invalid", "block", 0]);
  assert.equal(finding?.message, "there is no ops/Dockerfile among the component's files");
});

test("an image that the manifest takes out of the check is a warning", async () => {
  await repository.write({ "landfall.yaml": manifest("{ check: false }") });
  assert.partialDeepStrictEqual(await checked(), [{ code: "image-unchecked", level: "warning", component: "web" }]);
});

test("an image whose files are in another repository is said to be checked later", async () => {
  await repository.write({ "landfall.yaml": manifest("{}", '{ git: "https://git.example/web.git", ref: main }') });
  assert.partialDeepStrictEqual(await checked(), [{ code: "image-unchecked", level: "note", component: "web" }]);
});

test("an image that comes from a registry is not looked into", async () => {
  await repository.write({ "landfall.yaml": manifest('{ tag: "registry.example/web:stable" }') });
  assert.deepEqual(await checked(), []);
});

test("a build argument takes its value from the environment, is unknown without it, and is not shown", async () => {
  await repository.write({
    "landfall.yaml": manifest('{ args: { WHICH: "${env.WHICH_FILES}", COMMIT: "${revision.commit}" } }'),
    Dockerfile: lacking
      .replace("WORKDIR", "ARG WHICH\nARG COMMIT\nENV COMMIT=$COMMIT\nWORKDIR")
      .replace("app/main.py app/main.py", "$WHICH app/"),
  });
  const codes = (await checked()).map(({ code, level }) => `${code} ${level}`);
  assert.deepEqual([...new Set(codes)].sort(), ["image-undetermined warning", "missing-variable warning"]);
  assert.equal(
    (await checked()).find(({ code }) => code === "image-undetermined")?.fix,
    undefined,
    "no such option here",
  );
  const found = await checked({ WHICH_FILES: "secret-folder" });
  assert.ok(found.some(({ code, message }) => code === "image-copy-missing" && message.includes("***")));
  assert.equal(JSON.stringify(found).includes("secret-folder"), false);
  assert.deepEqual(await checked({ WHICH_FILES: "app/" }), []);
});

test("variables by which code is looked for count as the manifest gives them to the container, and no others are told", async () => {
  const withEnv = (env: string) =>
    manifest("{}", "[Dockerfile, app, conf]").replace("    prove:", `    ${env}\n    prove:`);
  const dockerfile =
    "FROM python:3.12-slim\nENV PYTHONPATH=/srv/old\nRUN pip install django\nWORKDIR /srv\nCOPY app app\nCOPY conf/live.py conf/live.py\nCMD python app/main.py\n";
  await repository.write({
    Dockerfile: dockerfile,
    "app/main.py": "import lib.prices\nimport django\n",
    "app/shared/lib/prices.py": "",
    "conf/live.py": "",
    "conf/test.py": "",
    "landfall.yaml": withEnv("env: { WORD: hidden }"),
  });
  const codes = async () => (await checked()).map(({ code, message }) => `${code}: ${message}`);
  assert.match((await codes()).join("\n"), /image-module-missing: the image lacks lib/);
  await repository.write({ "landfall.yaml": withEnv("env: { PYTHONPATH: /srv/app/shared, WORD: hidden }") });
  assert.doesNotMatch((await codes()).join("\n"), /lib|hidden/);
  await repository.write({ "landfall.yaml": withEnv("secrets: [PYTHONPATH]") });
  assert.match((await codes()).join("\n"), /image-undetermined: whether lib is found can't be told/);
  await repository.write({
    "app/main.py": "import django\n",
    "landfall.yaml": withEnv("env: { PYTHONPATH: /srv, DJANGO_SETTINGS_MODULE: conf.test }"),
  });
  assert.match((await codes()).join("\n"), /image-module-missing: the image lacks conf.test/);
  await repository.write({
    "landfall.yaml": withEnv("env: { PYTHONPATH: /srv, DJANGO_SETTINGS_MODULE: conf.live }"),
  });
  assert.doesNotMatch((await codes()).join("\n"), /conf/);
});

test("a volume over the code that is started is told, one beside it is not, and what it may hold is not called missing", async () => {
  const withVolume = (volume: string) => manifest().replace("    prove:", `    volumes: ["${volume}"]\n    prove:`);
  const found = async () => (await checked()).map(({ code, message }) => `${code}: ${message}`);
  await repository.write({ Dockerfile: whole, "landfall.yaml": withVolume("code:/srv") });
  assert.deepEqual((await found()).length, 1);
  assert.match(
    (await found()).join(),
    /image-undetermined: a volume is mounted over \/srv, where the image has \/srv\/app\//,
  );
  await repository.write({ "landfall.yaml": withVolume("data:/srv/app/data:ro") });
  assert.deepEqual(await found(), []);
  await repository.write({
    Dockerfile: lacking,
    "landfall.yaml": withVolume("/etc/shop/prices.py:/srv/app/prices.py"),
  });
  assert.match((await found()).join(), /image-undetermined: whether the image holds prices can't be told/);
});
