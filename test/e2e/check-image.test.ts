import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import type { CheckedImage } from "../../src/model/image-answer.ts";
import { landfall } from "../helpers/cli.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

const dockerfile = (copies: string) => `FROM python:3.11-slim
WORKDIR /app
RUN pip install flask
${copies}
CMD ["gunicorn", "app:app"]
`;

const files = {
  "web/app.py": "import flask\nfrom shop import api\napp = flask.Flask(__name__)\n",
  "web/shop/__init__.py": "",
  "web/shop/api.py": "from shop.orders import order\n",
  "web/shop/orders.py": "from shop.pricing import price\n\ndef order(): pass\n",
  "web/shop/pricing.py": "price = 1\n",
  "web/Dockerfile": dockerfile("COPY . ."),
  "docker/broken.Dockerfile": dockerfile(
    "COPY web/app.py .\nCOPY web/shop/__init__.py web/shop/api.py web/shop/orders.py shop/",
  ),
  "compose.yaml":
    "services:\n  web:\n    build: web\n  broken:\n    build: { context: ., dockerfile: docker/broken.Dockerfile }\n",
  ".gitignore": "dist\n",
};

/** The answer of a run with --json. */
function imagesOf(stdout: string): CheckedImage[] {
  return (JSON.parse(stdout) as { images: CheckedImage[] }).images;
}

describe("landfall check image, in a repository without a manifest", () => {
  let repository: TestRepository;
  before(async () => {
    repository = await makeRepository(files);
  });
  after(async () => await repository.remove());

  it("tells the module that is missing, the chain to it, and the COPY line, with exit code 1", async () => {
    const { status, stdout } = await landfall(repository.directory, ["check", "image", "docker/broken.Dockerfile"]);
    assert.equal(status, 1, stdout);
    assert.match(stdout, /✘ web\/shop\/orders\.py:1 {2}the image lacks shop\.pricing/);
    assert.match(
      stdout,
      /app \(web\/app\.py:2\) → shop\.api \(web\/shop\/api\.py:1\) → shop\.orders \(web\/shop\/orders\.py:1\)/,
    );
    assert.match(stdout, /fix: COPY web\/shop\/pricing\.py shop\/pricing\.py/);
    assert.match(stdout, /would not boot: 1 finding/);
  });

  it("answers with every field of a finding under --json", async () => {
    const { status, stdout } = await landfall(repository.directory, [
      "check",
      "image",
      "docker/broken.Dockerfile",
      "--json",
    ]);
    const document = JSON.parse(stdout) as { outcome: string; exitCode: number };
    assert.deepEqual([status, document.exitCode, document.outcome], [1, 1, "failed"]);
    const [image] = imagesOf(stdout);
    assert.deepEqual([image?.context, image?.contextFrom, image?.verdict], [".", "compose.yaml:5", "fatal"]);
    assert.deepEqual(image?.findings, [
      {
        effect: "boot",
        importer: "web/shop/orders.py",
        line: 1,
        chain: ["app (web/app.py:2)", "shop.api (web/shop/api.py:1)", "shop.orders (web/shop/orders.py:1)"],
        code: "image-module-missing",
        level: "block",
        message: "the image lacks shop.pricing",
        module: "shop.pricing",
        fix: "COPY web/shop/pricing.py shop/pricing.py",
      },
    ]);
  });

  it("checks every Dockerfile of the repository when none is named, each with the context that is written down", async () => {
    const { status, stdout } = await landfall(repository.directory, ["check", "image", "--json"]);
    assert.equal(status, 1);
    assert.deepEqual(
      imagesOf(stdout).map(({ dockerfile: name, context, verdict }) => [name, context, verdict]),
      [
        ["docker/broken.Dockerfile", ".", "fatal"],
        ["web/Dockerfile", "web", "complete"],
      ],
    );
  });

  it("ends with exit code 0 when nothing is fatal, and says how much it looked at", async () => {
    const { status, stdout } = await landfall(repository.directory, ["check", "image", "web/Dockerfile"]);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /✔ web\/Dockerfile holds what it starts: 5 of our modules {2}starts gunicorn app:app/);
  });

  it("guesses the context from what is copied when nothing writes it down", async () => {
    const other = await makeRepository({ ...files, "compose.yaml": "" });
    try {
      const { stdout } = await landfall(other.directory, [
        "check",
        "image",
        "docker/broken.Dockerfile",
        "web/Dockerfile",
        "--json",
      ]);
      assert.deepEqual(
        imagesOf(stdout).map(({ context }) => context),
        [".", "web"],
      );
    } finally {
      await other.remove();
    }
  });

  it("explains a module: why it is needed, and where it would have to be", async () => {
    const { stdout } = await landfall(repository.directory, [
      "check",
      "image",
      "docker/broken.Dockerfile",
      "--explain",
      "shop.pricing",
    ]);
    assert.match(stdout, /shop\.pricing is needed to boot:/);
    assert.match(stdout, /it would have to be at \/app\/shop\/pricing\.py or \/app\/shop\/pricing\/__init__\.py/);
    assert.match(stdout, /the repository has it at web\/shop\/pricing\.py/);
  });

  it("takes another entry, a stage and build arguments from the command line", async () => {
    const args = ["check", "image", "web/Dockerfile", "--entry", "python -m shop.nothing", "--json"];
    const { status, stdout } = await landfall(repository.directory, args);
    assert.equal(status, 1);
    assert.deepEqual(
      imagesOf(stdout)[0]?.findings.map(({ code, module }) => [code, module]),
      [["image-entry-missing", "shop.nothing"]],
    );
    const stage = await landfall(repository.directory, [
      "check",
      "image",
      "web/Dockerfile",
      "--target",
      "nothing",
      "--json",
    ]);
    assert.deepEqual(
      imagesOf(stage.stdout)[0]?.findings.map(({ code }) => code),
      ["image-dockerfile-invalid"],
    );
  });

  it("warns of what hangs on a build argument, and names it; given, it is decided", async () => {
    const text =
      "FROM python:3.11-slim\nARG MODULE\nENV MODULE=$MODULE\nWORKDIR /app\nCOPY . .\nCMD gunicorn $MODULE:app\n";
    const other = await makeRepository({ "app.py": "app = 1\n", Dockerfile: text });
    try {
      const open = await landfall(other.directory, ["check", "image", "Dockerfile"]);
      assert.equal(open.status, 0);
      assert.match(open.stdout, /needs build argument MODULE/);
      assert.match(open.stdout, /could not be told/);
      const given = await landfall(other.directory, ["check", "image", "Dockerfile", "--build-arg", "MODULE=app"]);
      assert.match(given.stdout, /✔ Dockerfile holds what it starts/);
      const env = await landfall(other.directory, ["check", "image", "Dockerfile", "--build-arg", "MODULE"], {
        MODULE: "gone",
      });
      assert.equal(env.status, 1);
    } finally {
      await other.remove();
    }
  });

  it("warns of a source that git ignores: something builds it first", async () => {
    const other = await makeRepository({
      "app.py": "app = 1\n",
      ".gitignore": "dist\n",
      Dockerfile: dockerfile("COPY app.py .\nCOPY dist /dist"),
    });
    try {
      const { status, stdout } = await landfall(other.directory, ["check", "image", "--json"]);
      assert.equal(status, 0, stdout);
      assert.deepEqual(
        imagesOf(stdout)[0]?.findings.map(({ code, level }) => [code, level]),
        [["image-copy-built-elsewhere", "warning"]],
      );
    } finally {
      await other.remove();
    }
  });

  it("shows its findings beside the code under GitHub Actions", async () => {
    const { stderr } = await landfall(repository.directory, ["check", "image"], { GITHUB_ACTIONS: "true" });
    assert.match(
      stderr,
      /::error file=web\/shop\/orders\.py,line=1,title=image-module-missing::the image lacks shop\.pricing/,
    );
    const actions = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: repository.directory };
    const below = await landfall(repository.directory, ["-C", "docker", "check", "image"], actions);
    assert.match(below.stderr, /::error file=web\/shop\/orders\.py,/, "its paths are those of the workspace");
  });

  it("refuses what it can't do with exit code 2: no such file, no Dockerfile at all, an option that belongs elsewhere", async () => {
    const cases: [string[], RegExp][] = [
      [["check", "image", "nowhere/Dockerfile"], /there is no file nowhere\/Dockerfile/],
      [["check", "image", "web"], /web is a folder\n +fix: .*landfall -C web check image/],
      [["check", "image", "web/Dockerfile", "--context", "nowhere"], /there is no folder nowhere/],
      [["check", "--entry", "x"], /--entry belongs to `check image`/],
      [["check", "uat", "prod"], /check takes one environment, and is given 2: uat, prod/],
      [["check", "image", "web/Dockerfile", "--build-arg", "=x"], /has no name/],
    ];
    for (const [args, says] of cases) {
      const { status, stderr } = await landfall(repository.directory, args);
      assert.equal(status, 2, `${args.join(" ")}\n${stderr}`);
      assert.match(stderr, says);
    }
    const empty = await makeRepository({ "a.txt": "", Dockerfile: "FROM scratch\n" });
    await empty.write({ Dockerfile: null });
    const { status, stderr } = await landfall(empty.directory, ["check", "image"]);
    await empty.remove();
    assert.deepEqual([status, /there is no Dockerfile here/.test(stderr)], [2, true]);
  });

  it("is what the pre-commit hook runs, and the hook runs it for every commit: one may only take a module away", async () => {
    const hooks = parse(readFileSync(join(import.meta.dirname, "../../.pre-commit-hooks.yaml"), "utf8")) as Record<
      string,
      unknown
    >[];
    const [hook] = hooks;
    assert.deepEqual(
      [hook?.id, hook?.language, hook?.pass_filenames, hook?.always_run],
      ["landfall-check-image", "node", false, true],
    );
    const [program, ...args] = String(hook?.entry).split(" ");
    assert.equal(program, "landfall");
    assert.equal((await landfall(repository.directory, args)).status, 1);
  });
});
