import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { endings } from "./exit-codes.ts";
import { generalHelp, verbHelp } from "./help.ts";
import { cliReference } from "./reference.ts";
import { verbs } from "./verbs.ts";

const main = join(import.meta.dirname, "main.ts");
const empty = mkdtempSync(join(tmpdir(), "landfall-cli-"));
after(() => rmSync(empty, { recursive: true }));

const { NO_COLOR: _n, FORCE_COLOR: _f, GITHUB_ACTIONS: _g, ...calm } = process.env;

function landfall(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    cwd: empty,
    env: { ...calm, ...env },
  });
  return { status, stdout, stderr };
}

it("keeps what is compiled in the user's own cache, where there is a home, and never among the temporary files", () => {
  const folder = mkdtempSync(join(tmpdir(), "landfall-cache-"));
  try {
    const env = { HOME: folder, XDG_CACHE_HOME: "", TMPDIR: join(folder, "tmp"), NODE_COMPILE_CACHE: "" };
    assert.equal(landfall(["schema"], env).status, 0);
    assert.deepEqual(readdirSync(folder), [".cache"]);
    assert.deepEqual(readdirSync(join(folder, ".cache/landfall")), ["compiled"]);
    assert.equal(landfall(["schema"], { ...env, HOME: join(folder, "nobody") }).status, 0);
    assert.deepEqual(readdirSync(folder), [".cache"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("a command line that is not understood", () => {
  const wrong: [args: string[], told: RegExp][] = [
    [["deploi", "uat"], /no verb "deploi"; did you mean deploy\?/],
    [["serve"], /no verb "serve"/],
    [["deploy", "uat", "-v"], /-v shows the version, and does not go with deploy/],
    [["--version", "deploy", "uat"], /--version shows the version, and does not go with deploy/],
    [["deploi", "-v"], /no verb "deploi"/],
    [["versoin"], /no verb "versoin"; did you mean version\?/],
    [["help", "deploi"], /no verb "deploi"; did you mean deploy\?/],
    [["deploy", "uat", "--reff", "x"], /no option --reff; did you mean --ref\?/],
    [["status", "--to", "x"], /no option --to; it belongs to rollback/],
    [["deploy"], /deploy needs an environment/],
    [["deploy", ""], /an argument is empty/],
    [["lock", "uat", "prod"], /lock does not take "prod"/],
    [["deploy", "uat", "--ref"], /--ref needs a value/],
    [["deploy", "uat", "--ref", "--force"], /write --ref=--force/],
    [["deploy", "uat", "--ref", "a", "--ref", "b"], /--ref is given twice/],
    [["deploy", "uat", "--force=yes"], /--force takes no value/],
    [["deploy", "uat", "--wait", "soon"], /--wait soon is not a time/],
    [["deploy", "uat", "--force"], /--force needs --reason/],
    [["deploy", "uat", "--once-done", "migrate"], /--once-done needs --reason/],
    [["deploy", "uat", "--once-done", "a", "--once-rerun", "a", "--reason", "r"], /both said of a/],
    [["unlock", "uat"], /unlock needs --reason/],
    [["approve", "uat"], /approve needs --reason/],
    [["approve", "uat", "--withdraw"], /approve needs --reason/],
    [["approve", "uat", "web", "--withdraw", "--reason", "r"], /--withdraw does not take web/],
    [["approve", "uat", "--ref", "a", "--withdraw", "--reason", "r"], /--withdraw does not take --ref/],
    [["history", "uat", "--limit", "0"], /not a whole number above zero/],
    [["check", "uat", "prod"], /check takes one environment, and is given 2: uat, prod/],
    [["check", "uat", "--entry", "x"], /--entry belongs to `check image`/],
    [["history", "uat", "x"], /history does not take "x"/],
    [["explain", "stale-proces"], /did you mean `?stale-process/],
    [["status", "-C", "/no/such/place"], /\/no\/such\/place is not a directory/],
    [["status", "-C", "x".repeat(5000)], /xxx is not a directory/],
    [["check", "-f", "x".repeat(5000)], /xxx cannot be read: ENAMETOOLONG/],
  ];
  for (const [args, told] of wrong)
    it(`is refused with exit code 2: ${args.join(" ")}`, () => {
      const { status, stdout, stderr } = landfall(args);
      assert.equal(status, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, told);
    });

  it("has all its mistakes told at once", () => {
    const { stderr } = landfall(["deploy", "uat", "--reff", "x", "--wait"]);
    assert.match(stderr, /--reff[\s\S]*--wait needs a value/);
  });

  it("is a document with --json", () => {
    const { status, stdout } = landfall(["deploy", "--json"]);
    const document = JSON.parse(stdout);
    assert.equal(status, 2);
    assert.equal(document.exitCode, 2);
    assert.equal(document.outcome, "invalid");
    assert.equal(document.findings[0].code, "usage");
  });

  it("without a verb shows help on stderr", () => {
    const { status, stdout, stderr } = landfall([]);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^landfall VERB/);
  });
});

describe("a working directory that was removed", () => {
  const inRemoved = (...args: string[]) => {
    const gone = mkdtempSync(join(tmpdir(), "landfall-gone-"));
    return spawnSync(
      "sh",
      ["-c", 'cd "$1" && rmdir "$1" && shift && exec "$@"', "sh", gone, process.execPath, main, ...args],
      {
        encoding: "utf8",
        env: calm,
      },
    );
  };

  it("is told, with exit code 2 and without a stack", () => {
    const { status, stderr } = inRemoved("status");
    assert.equal(status, 2, stderr);
    assert.match(stderr, /landfall-gone-\w+ is not a directory/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  });

  it("does not matter to what needs none", () => {
    assert.equal(inRemoved("--version").status, 0);
    assert.match(inRemoved("status", "-C", empty).stderr, /is not inside a git repository/);
  });
});

describe("help", () => {
  it("lists every verb and exit code, and exits 0", () => {
    const { status, stdout } = landfall(["--help"]);
    assert.equal(status, 0);
    for (const verb of verbs) assert.match(stdout, new RegExp(`^ {2}${verb.name} `, "m"));
    for (const ending of Object.keys(endings)) assert.ok(stdout.includes(ending));
  });

  it("of a verb shows its options, whatever else is wrong", () => {
    const { status, stdout } = landfall(["deploy", "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /^landfall deploy ENV/);
    assert.match(stdout, /--once-rerun STEP/);
  });

  it("is a document with --json: of a verb, or of all", () => {
    for (const args of [
      ["help", "--json"],
      ["--json", "--help"],
    ]) {
      const { status, stdout } = landfall(args);
      const document = JSON.parse(stdout);
      assert.deepEqual([status, document.outcome, document.exitCode, document.command], [0, "ok", 0, ""]);
      assert.deepEqual(
        document.verbs.map(({ name }: { name: string }) => name),
        verbs.map(({ name }) => name),
      );
      assert.ok(document.options.some(({ name }: { name: string }) => name === "json"));
      assert.equal(document.exitCodes.failed.code, 1);
    }
    const document = JSON.parse(landfall(["--json", "help", "rollback"]).stdout);
    assert.equal(document.command, "rollback");
    assert.deepEqual(document.verbs[0].usage, ["rollback ENV"]);
    assert.equal(document.verbs.length, 1);
  });

  it("that nobody asked for, for want of a verb, is a document that says so", () => {
    const { status, stdout } = landfall(["--json"]);
    assert.equal(status, 2);
    assert.match(JSON.parse(stdout).findings[0].message, /no verb/);
  });

  it("fits a line of 120 columns", () => {
    const lines = [generalHelp(), ...verbs.map(verbHelp)].flatMap((text) => text.split("\n"));
    assert.deepEqual(
      lines.filter((line) => line.length > 120),
      [],
    );
  });

  it("loads neither zod nor yaml nor an action", () => {
    const { stderr } = landfall(["--help"], { NODE_DEBUG: "esm" });
    const loaded = [...stderr.matchAll(/file:\/\/\S+?\.(?:ts|js|mjs|cjs)/g)].map(([url]) => url);
    assert.ok(
      loaded.some((url) => url.endsWith("/cli/help.ts")),
      "the trace names what was loaded",
    );
    assert.deepEqual(
      loaded.filter((url) => /\/(zod|yaml)\/|\/src\/actions\//.test(url)),
      [],
    );
  });
});

describe("the definitions", () => {
  it("have a file for each verb, and no file without one", () => {
    const shared = ["arguments.ts", "check-image.ts", "rollout-reply.ts"];
    const files = readdirSync(join(import.meta.dirname, "commands")).filter((file) => !file.endsWith(".test.ts"));
    assert.deepEqual(
      files.filter((file) => !shared.includes(file)).sort(),
      verbs.map((verb) => `${verb.name}.ts`).sort(),
    );
  });

  it("give an option the same form in every verb, since it may stand before the verb", () => {
    const forms = new Map<string, boolean>();
    for (const option of verbs.flatMap((verb) => verb.options)) {
      const takesValue = option.value !== undefined;
      assert.equal(forms.get(option.name) ?? takesValue, takesValue, option.name);
      forms.set(option.name, takesValue);
    }
  });

  it("are what the reference page shows", () => {
    const page = cliReference();
    for (const verb of verbs) for (const option of verb.options) assert.ok(page.includes(`--${option.name}`));
    assert.match(page, /\| 130 \| cancelled \|/);
  });
});

describe("answers", () => {
  it("of explain are the page of the code", () => {
    const { status, stdout } = landfall(["explain", "stale-process"]);
    assert.equal(status, 0);
    assert.match(stdout, /^stale-process: .*\n\n[\s\S]*\n\nWhat to do: /);
  });

  it("have colours only where they are wanted", () => {
    assert.equal(landfall(["explain", "usage"]).stdout.includes("\u001b"), false);
    assert.equal(landfall(["explain", "usage"], { FORCE_COLOR: "1" }).stdout.includes("\u001b[1m"), true);
    assert.equal(landfall(["explain", "usage"], { FORCE_COLOR: "1", NO_COLOR: "1" }).stdout.includes("\u001b"), false);
    assert.equal(landfall(["explain", "usage", "--no-color"], { FORCE_COLOR: "1" }).stdout.includes("\u001b"), false);
  });

  it("of schema are the manifest's JSON Schema, and a document around it with --json", () => {
    const schema = JSON.parse(landfall(["schema"]).stdout);
    assert.ok(schema.properties.components);
    const document = JSON.parse(landfall(["schema", "--json"]).stdout);
    assert.deepEqual(document.schema, schema);
    assert.equal(document.outcome, "ok");
  });

  it("of --version are the version of the package, however it is asked for", () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
    for (const args of [["--version"], ["-v"], ["version"], ["-C", empty, "version"]])
      assert.deepEqual(landfall(args), { status: 0, stdout: `landfall ${version}\n`, stderr: "" });
    const document = JSON.parse(landfall(["version", "--json"]).stdout);
    assert.deepEqual([document.version, document.outcome], [version, "ok"]);
  });

  it("are annotations too under GitHub Actions", () => {
    const { stderr } = landfall(["deploy"], { GITHUB_ACTIONS: "true" });
    assert.match(stderr, /^::error title=usage::deploy needs an environment/m);
  });

  it("that a full disk does not take are said not to be written, and end no command well", {
    skip: process.platform !== "linux",
  }, () => {
    for (const args of [["schema"], ["schema", "--json"], ["--version"], ["--help"], ["deploi"]]) {
      const full = openSync("/dev/full", "w");
      const stdio = ["ignore", full, "pipe"] as const;
      const { status, stderr } = spawnSync(process.execPath, [main, ...args], {
        stdio: [...stdio],
        cwd: empty,
        env: calm,
      });
      closeSync(full);
      const usage = args[0] === "deploi";
      assert.equal(status, usage ? 2 : 1, args.join(" "));
      const told = /✘ the answer could not be written to the standard output: .*ENOSPC/;
      assert.equal(told.test(String(stderr)), !usage, String(stderr));
    }
  });

  it("survive a reader that went away", async () => {
    const child = spawn(process.execPath, [main, "explain"], {
      cwd: empty,
      env: calm,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    const errors: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    const status = await new Promise((resolve) => child.on("close", resolve));
    assert.equal(status, 0);
    assert.equal(Buffer.concat(errors).toString(), "");
  });
});
