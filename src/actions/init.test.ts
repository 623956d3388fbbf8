import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { git } from "../io/git.ts";
import { loadManifest } from "../manifest/load.ts";
import { UserError } from "../model/errors.ts";
import { providers } from "../providers/index.ts";
import { check } from "./check.ts";
import { init } from "./init.ts";

interface Scene {
  /** Files of the repository, by path. */
  files: Record<string, string>;
  /** Name of the repository's folder. */
  name?: string;
  branch?: string;
  remote?: string;
}

/** Runs a test in a new git repository with these files, removed afterwards. */
async function inRepository<T>(
  { files, name = "shop", branch = "main", remote }: Scene,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const temporary = mkdtempSync(join(tmpdir(), "landfall-init-"));
  const root = join(temporary, name);
  try {
    mkdirSync(root);
    await git(root, ["init", "--quiet", "--initial-branch", branch]);
    if (remote !== undefined) await git(root, ["remote", "add", "origin", remote]);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await use(root);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

const checked = async (directory: string) => await check({}, { directory, env: {}, providers });

const repositories: Record<string, Scene> = {
  "an empty one": { files: {} },
  "one whose name is a number": { files: {}, name: "2024" },
  "one whose name is no name": { files: {}, name: "--My App! (ü)" },
  "Django with poetry": { files: { "poetry.lock": "", "pyproject.toml": "", "manage.py": "" } },
  "Python with requirements": { files: { "requirements.txt": "flask" } },
  "Django without any list of packages": { files: { "manage.py": "" } },
  "Node with a build": { files: { "package.json": '{"scripts":{"build":"tsc"}}', "package-lock.json": "{}" } },
  "Node with a package.json that is broken": { files: { "package.json": "{", "yarn.lock": "" } },
  "Python and Node together": {
    files: { "uv.lock": "", "package.json": '{"scripts":{"build":"vite"}}', "pnpm-lock.yaml": "" },
  },
  "several units, one of them a template": {
    files: { "deploy/worker@.service": "", "deploy/web.service": "", "deploy/z.service": "" },
  },
  "a Dockerfile": { files: { Dockerfile: 'FROM python:3.12\nCOPY . .\nCMD ["python", "a.py"]\n', "a.py": "" } },
  "a Dockerfile that tells its port and commit, with an odd name": {
    files: { "web.Dockerfile": "FROM nginx\nARG GIT_SHA\nEXPOSE 80/tcp\nCMD python3 -m http.server\n" },
  },
  "a branch with odd characters": { files: {}, branch: "it's-${env.X}" },
};

for (const [title, scene] of Object.entries(repositories))
  test(`what init writes passes check as it is: ${title}`, async () => {
    await inRepository(scene, async (root) => {
      const { file, text } = await init({ directory: root, force: false });
      assert.equal(readFileSync(file, "utf8"), text);
      assert.deepEqual((await checked(root)).findings, []);
    });
  });

test("a manifest that is there is left as it is, and written over with force", async () => {
  await inRepository({ files: { "landfall.yaml": "mine" } }, async (root) => {
    await assert.rejects(
      init({ directory: root, force: false }),
      (error) => error instanceof UserError && error.code === "manifest-exists",
    );
    assert.equal(readFileSync(join(root, "landfall.yaml"), "utf8"), "mine");
    await init({ directory: root, force: true });
    assert.deepEqual((await checked(root)).findings, []);
  });
});

test("the remote names the application, and what was seen stands in the steps", async () => {
  const scene: Scene = {
    files: {
      "poetry.lock": "",
      "manage.py": "",
      "ops/gunicorn.service": "",
      Dockerfile: "",
      ".github/workflows/deploy.yml": "",
    },
    branch: "trunk",
    remote: "git@github.com:acme/Jobs_App.git",
  };
  await inRepository(scene, async (root) => {
    mkdirSync(join(root, "sub"));
    const { file, notes } = await init({ directory: join(root, "sub"), force: false });
    assert.equal(file, join(root, "landfall.yaml"));
    const { manifest } = await loadManifest({ directory: root, providers });
    assert.equal(manifest.application, "jobs-app");
    assert.partialDeepStrictEqual(manifest.environments.production, {
      branch: "trunk",
      targets: { server: { unit: "gunicorn" } },
    });
    assert.partialDeepStrictEqual(manifest.components.app, {
      steps: { migrate: { run: "poetry run python manage.py migrate", once: "revision" } },
    });
    assert.ok(notes.some((note) => note.includes("Dockerfile")) && notes.some((note) => note.includes("deploy.yml")));
  });
});

test("a Dockerfile is made a component: its port is published and its commit is given to it", async () => {
  const Dockerfile = "ARG GIT_SHA=none\nFROM a AS b\nEXPOSE 9\nFROM c\nexpose 8000/tcp 9000\nCMD run\n";
  const files = { Dockerfile, "Dockerfile.dockerignore": "", "jobs/Dockerfile": "FROM a\n", "manage.py": "" };
  await inRepository({ files }, async (root) => {
    const { notes } = await init({ directory: root, force: false });
    const { manifest } = await loadManifest({ directory: root, providers });
    assert.partialDeepStrictEqual(manifest.components.app, {
      type: "docker",
      image: { dockerfile: "Dockerfile", args: { GIT_SHA: "${revision.commit}" } },
      ports: ["8000:8000"],
    });
    assert.equal(manifest.components.app?.steps, undefined);
    assert.equal(manifest.environments.production?.targets.server?.unit, undefined);
    assert.match(notes[0] ?? "", /^found Dockerfile: the component is a container/);
    assert.match(notes[1] ?? "", /^found jobs\/Dockerfile, which the manifest does not use: /);
  });
});

test("what is said of the component is what is written: a Dockerfile below the root is not used, a unit that is there is", async () => {
  const notesOf = async (files: Scene["files"], type: string) =>
    await inRepository({ files }, async (root) => {
      const { notes } = await init({ directory: root, force: false });
      const { manifest } = await loadManifest({ directory: root, providers });
      assert.equal(manifest.components.app?.type, type);
      return { notes: notes.slice(0, -1), unit: manifest.environments.production?.targets.server?.unit };
    });
  const below = await notesOf({ "api/Dockerfile": "FROM a\n" }, "machine");
  assert.deepEqual(below.notes, [
    `found no systemd unit, and no Dockerfile at the root: the component is to run as a unit called \`${below.unit}\`, which the machine must have`,
    "found api/Dockerfile, which the manifest does not use: a component with `type: docker` and `image: { dockerfile: api/Dockerfile }` would run its image",
  ]);
  const unit = await notesOf({ "ops/web.service": "", "a/Dockerfile": "", "b/Dockerfile": "" }, "machine");
  assert.deepEqual(unit.notes, [
    "found ops/web.service: the component runs as this systemd unit",
    "found a/Dockerfile, b/Dockerfile, which the manifest does not use: a component with `type: docker` and `image: { dockerfile: … }` would run its image",
  ]);
  const template = await notesOf({ Dockerfile: "FROM a\n", "template.yaml": "" }, "docker");
  assert.match(template.notes[1] ?? "", /^found template\.yaml, which the manifest does not use: .* would ship/);
});

test("a folder that is no repository gets a manifest too, and is told to become one", async () => {
  const directory = mkdtempSync(join(tmpdir(), "landfall-init-"));
  try {
    const { notes } = await init({ directory, force: false });
    assert.match(notes[0] ?? "", /not a git repository/);
    assert.deepEqual((await checked(directory)).findings, []);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("a repository that git refuses to work in is told in git's words, as no mistake of ours", async () => {
  await inRepository({ files: {} }, async (root) => {
    rmSync(join(root, ".git"), { recursive: true });
    writeFileSync(join(root, ".git"), "gitdir: /nowhere/at/all\n");
    await assert.rejects(init({ directory: root, force: false }), { code: "not-a-repository" });
  });
});

test("a link that leads to nothing is left as it is", async () => {
  await inRepository({ files: {} }, async (root) => {
    symlinkSync(join(root, "elsewhere", "landfall.yaml"), join(root, "landfall.yaml"));
    await assert.rejects(init({ directory: root, force: false }), { code: "manifest-exists" });
  });
});
