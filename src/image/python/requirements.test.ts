import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imageOf, treeOf } from "../../../test/helpers/image-tree.ts";
import { installedBy } from "./requirements.ts";

const tree = treeOf({
  "/app/requirements.txt":
    "-r base.txt\nFlask[async]>=3 ; python_version > '3'\n# comment\ngit+https://example.com/x.git#egg=my_tool\n./wheels/thing-1.0-py3-none-any.whl\n",
  "/app/base.txt": "PyYAML==6.0 \\\n    --hash=sha256:abc\n--index-url https://example.com\n",
  "/app/poetry.lock": '[[package]]\nname = "python-dateutil"\n\n[[package]]\nname = "six"\n',
  "/app/libs/common/pyproject.toml":
    '[project]\ndependencies = [\n  "uvicorn[standard]>=0.3", # server\n  "redis",\n  \'httpx; python_version > "3"\',\n]\n',
  "/app/libs/common/src/acme/__init__.py": "",
  "/app/lists/prod.txt": "-r more/base.txt\n-e ./libs/common\n",
  "/app/lists/more/base.txt": "httpx\n",
  "/app/ws/uv.lock":
    '[[package]]\nname = "httpx"\nsource = { registry = "x" }\n[[package]]\nname = "core"\nsource = { editable = "packages/core" }\n[[package]]\nname = "ws"\nsource = { virtual = "." }\n',
  "/app/lib/pyproject.toml": "[project]\nname = 'lib'\ndependencies = [\n  'redis>=5',\n]\n",
});
const of = (...texts: string[]) =>
  installedBy(imageOf({}, { runs: texts.map((text, line) => ({ line, text, workdir: "/app", tree })) }));

describe("what a Dockerfile installs", () => {
  it("is read from lists, with the lists that they name", () => {
    const installed = of("pip install --no-cache-dir -r requirements.txt");
    for (const module of ["flask", "yaml", "my_tool", "thing"]) assert.ok(installed.brings(module), module);
    assert.deepEqual([installed.known, installed.nothing, installed.brings("django")], [true, false, false]);
  });

  it("is what the command line names, whoever runs pip", () => {
    for (const text of [
      "pip3 install 'pillow<11' requests",
      "python -m pip install pillow requests",
      "uv pip install --system pillow requests",
      "cd /tmp && sudo pip install pillow requests",
    ]) {
      const installed = of(text);
      assert.ok(
        installed.brings("PIL") && installed.brings("requests") && installed.brings("urllib3") && installed.known,
        text,
      );
    }
  });

  it("is what a lock file holds", () => {
    const installed = of("poetry install --no-root --only main");
    assert.deepEqual(
      [installed.brings("dateutil"), installed.brings("six"), installed.known, installed.projects],
      [true, true, true, []],
    );
  });

  it("is a project and what that needs", () => {
    const installed = of("pip install -e ./lib");
    assert.deepEqual([installed.brings("redis"), installed.known, installed.projects], [true, true, ["/app/lib"]]);
  });

  it("is a project of a folder that is named without dots, and all that it needs", () => {
    const installed = of("pip install -e libs/common", "pip install -r lists/prod.txt");
    assert.deepEqual(installed.projects, ["/app/libs/common", "/app/libs/common"]);
    for (const module of ["uvicorn", "redis", "httpx"]) assert.ok(installed.brings(module), module);
    assert.deepEqual([installed.known, installed.inProject("acme"), installed.inProject("other")], [true, true, false]);
  });

  it("is what a lock file has from folders, and not by their names", () => {
    const installed = of("uv sync --frozen --no-install-project", "cd ws && uv sync --no-install-project");
    assert.deepEqual(installed.projects, ["/app/ws/packages/core"]);
    assert.deepEqual(
      [installed.brings("core"), installed.brings("ws"), installed.brings("httpx")],
      [false, false, true],
    );
  });

  for (const [why, text] of [
    ["a list that is not in the image", "pip install -r gone.txt"],
    ["a lock file that is not there", "uv sync --frozen"],
    ["another installer", "pipenv install --system"],
    ["an address without a name", "pip install https://example.com/archive"],
    ["a variable", "pip install $PACKAGES"],
    ["extras of a project", "pip install ./lib[web]"],
    ["a project that is built", "python -m build --wheel"],
  ] as const)
    it(`is not known with ${why}`, () => assert.equal(of(text).known, false));

  it("is nothing without an installer, and not known on an image of the house", () => {
    assert.deepEqual([of("apt-get install -y curl").nothing, of().nothing], [true, true]);
    assert.equal(installedBy(imageOf({}, { plainBase: false })).known, false);
  });
});
