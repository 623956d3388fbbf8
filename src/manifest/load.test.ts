import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { findingsOf, inDirectory, loadText, places, soundManifest } from "../../test/helpers/manifest.ts";
import { fakeMachines, fakeProvider } from "../providers/fake/index.ts";
import { providers } from "../providers/index.ts";
import type { Provider } from "../providers/provider.ts";
import { loadManifest } from "./load.ts";

/** What loading finds after `from` was replaced in the sound manifest. */
async function findingsWith(from: string, to: string) {
  assert.ok(soundManifest.includes(from), `the manifest has no ${from}`);
  return await findingsOf(() => loadText(soundManifest.replace(from, to)));
}

/** Title, what is replaced, by what, and what must be found. */
const refused: [string, string, string, string[], RegExp?][] = [
  [
    "a misspelt key names the nearest one",
    "directory:",
    "directry:",
    ["missing-key 3:3", "unknown-key 5:5"],
    /`directory`\?/,
  ],
  [
    "a misspelt top-level key",
    "application:",
    "aplication:",
    ["missing-key 1:1", "unknown-key 1:1"],
    /lacks `application`/,
  ],
  ["a misspelt key of a step", "once:", "onec:", ["unknown-key 7:34"], /did you mean `once`/],
  ["a misspelt key of a target", "unit: jobs-web", "unti: jobs-web", ["unknown-key 15:34"], /did you mean `unit`/],
  ["a wrong type", "directory: /opt/jobs-app", "directory: [/opt]", ["wrong-type 5:16"], /must be text, and is a list/],
  [
    "a section that is empty",
    "    prove:\n      service: ${target.unit}\n",
    "    prove:\n",
    ["wrong-type 9:5", "no-claim 9:5"].sort(),
    /is empty/,
  ],
  ["a component without a claim", "service: ${target.unit}", "stable: 3s", ["no-claim 9:5"]],
  ["a component without `prove`", "    prove:\n      service: ${target.unit}\n", "", ["no-claim 3:3"]],
  ["a directory that is not absolute", "/opt/jobs-app", "opt/app", ["bad-value 5:16"]],
  ["a directory that escapes", "/opt/jobs-app", "/opt/../etc", ["bad-value 5:16"]],
  ["a source that escapes", "type: machine", "type: machine\n    source: [../other]", ["bad-value 5:14"]],
  [
    "a source that depends on a variable",
    "type: machine",
    "type: machine\n    source: ['${env.DIR}']",
    ["bad-value 5:14"],
    /written out/,
  ],
  [
    "a check with a status that is none",
    "type: machine",
    'type: machine\n    checks: { health: { url: "http://localhost/", status: 42 } }',
    ["bad-value 5:59"],
  ],
  [
    "a check without an address",
    "type: machine",
    "type: machine\n    checks:\n      requests:\n        - { name: orders }",
    ["missing-key 7:11"],
  ],
  ["a planned type by its name", "type: machine", "type: smus", ["not-in-this-version 4:11"]],
  ["an unknown type", "type: machine", "type: machin", ["unknown-type 4:11"], /did you mean `machine`/],
  ["a missing type", "    type: machine\n", "", ["missing-key 3:3"]],
  [
    "a misspelt `type` names what was meant, and what else is wrong with the component",
    "type: machine\n    directory: /opt/jobs-app",
    "typ: machine\n    directory: [/opt]\n    diretory: x",
    ["missing-key 3:3", "unknown-key 4:5", "wrong-type 5:16", "unknown-key 6:5"],
    /`typ` is not a key of `components\.app`; did you mean `type`/,
  ],
  [
    "a misspelt type hides nothing of what else is wrong with the component",
    "type: machine\n    directory: /opt/jobs-app",
    "type: machin\n    directory: opt",
    ["unknown-type 4:11", "bad-value 5:16"],
    /did you mean `machine`/,
  ],
  [
    "a misspelt `type` hides not that nothing proves the component",
    soundManifest.slice(soundManifest.indexOf("type: machine"), soundManifest.indexOf("environments:")),
    "x-typ: machine\n    tpye: machine\n    directory: /opt/jobs-app\n",
    ["missing-key 3:3", "no-claim 3:3", "unknown-key 5:5"],
  ],
  ["a type that is far from all", "type: machine", "type: zzzzzzzzz", ["unknown-type 4:11"], /known: .*machine/],
  [
    "a duration without its unit",
    "service: ${target.unit}",
    "service: ${target.unit}\n      stable: 10",
    ["wrong-type 11:15"],
    /must be text, and is a number; a duration has a unit, such as `10s`$/,
  ],
  [
    "a span of time without its unit",
    "branch: main",
    "branch: main\n    requires: { approval: { within: 12 } }",
    ["wrong-type 14:37"],
    /a duration has a unit, such as `10m`$/,
  ],
  [
    "a text that reads as a number",
    "branch: main",
    "branch: main\n    vars: { text: 10 }",
    ["wrong-type 14:19"],
    /must be text, and is a number; write it in quotes$/,
  ],
  [
    "a number where no text of digits would do",
    "directory: /opt/jobs-app",
    "directory: 10",
    ["wrong-type 5:16"],
    /must be text, and is a number$/,
  ],
  ...[
    ["yes", "true"],
    ["On", "true"],
    ["no", "false"],
    ['"true"', "true"],
  ].map(([written, meant]): [string, string, string, string[], RegExp] => [
    `a truth value that is written ${written}`,
    "branch: main",
    `branch: main\n    requires: { approval: ${written} }`,
    ["wrong-type 14:27"],
    new RegExp(`must be true or false or a section with keys, and is text; write \`${meant}\`$`),
  ]),
  [
    "a text that is no truth value",
    "branch: main",
    "branch: main\n    requires: { approval: ask }",
    ["wrong-type 14:27"],
    /and is text$/,
  ],
  ["a planned key of a component", "type: machine", "type: machine\n    cluster: {}", ["not-in-this-version 5:5"]],
  ["a planned key of an environment", "branch: main", "branch: main\n    account: {}", ["not-in-this-version 14:5"]],
  ["a planned key at the top", "application:", "tests: {}\napplication:", ["not-in-this-version 1:1"]],
  ["a name with capitals", "  uat:", "  UAT:", ["bad-value 12:3"]],
  [
    "a target that `after` names and nobody has",
    "[worker]",
    "[workr]",
    ["unknown-target 15:58"],
    /did you mean `worker`/,
  ],
  ["a target that `only` names and nobody has", "once: revision", "only: [none]", ["unknown-target 7:41"]],
  [
    "targets that wait for each other",
    "unit: jobs-worker",
    "unit: jobs-worker, after: [web]",
    ["target-cycle 15:57"],
    /web → worker → web/,
  ],
  [
    "an environment without targets",
    soundManifest.slice(soundManifest.indexOf("    targets:")),
    "",
    ["no-targets 12:3"],
  ],
  [
    "an environment with an empty list of targets",
    soundManifest.slice(soundManifest.indexOf("    targets:")),
    "    targets: {}\n",
    ["no-targets 14:5"],
  ],
  [
    "a target without the key that its component needs",
    "host: web.internal, ",
    "",
    ["missing-key 15:7"],
    /lacks `host`/,
  ],
  [
    "a value of a target that hides one of its keys",
    "unit: jobs-web",
    "unit: jobs-web, vars: { host: x }",
    ["bad-value 15:58"],
  ],
  [
    "a value of a target that would be called `name`",
    "unit: jobs-web",
    "unit: jobs-web, vars: { name: x }",
    ["bad-value 15:58"],
  ],
  ["a key with the name of what every object has", "unit: jobs-web", "constructor: x", ["unknown-key 15:34"]],
  ["a host that ssh would take for an option", "host: web.internal", "host: -oProxyCommand=x", ["bad-value 15:20"]],
  ["a branch that git would take for an option", "branch: main", "branch: --all", ["bad-value 13:13"]],
  ["an environment without a branch", "    branch: main\n", "", ["missing-key 12:3"]],
  ["a variable that means nothing", "${target.unit}\nenv", "${traget.unit}\nenv", ["unknown-variable 10:16"]],
  ["a misspelt expression in a command", "restart ${target.unit}", "restart ${traget.unit}", ["unknown-variable 8:23"]],
  [
    "an expression in single quotes in a command",
    "restart ${target.unit}",
    "restart '${target.unit}'",
    ["variable-in-quotes 8:23"],
  ],
  ["an expression that does not end", "host: web.internal", 'host: "${env.HOST"', ["unknown-variable 15:20"]],
  ["a NUL character in a value", "web.internal", '"web\\0"', ["bad-yaml 15:20"]],
];

describe("a manifest with a mistake is refused, with the place", () => {
  for (const [title, from, to, expected, message] of refused)
    test(title, async () => {
      const findings = await findingsWith(from, to);
      assert.deepEqual(places(findings).sort(), [...expected].sort());
      if (message)
        assert.ok(
          findings.some((finding) => message.test(finding.message)),
          JSON.stringify(findings),
        );
      for (const finding of findings) assert.equal(finding.file, "landfall.yaml");
    });
});

test("two mistakes are told at once, in the order of the file", async () => {
  const text = soundManifest.replace("jobs-app\n", "Jobs App\n").replace("branch: main", "branch: 7\n    vers: {}");
  assert.deepEqual(places(await findingsOf(() => loadText(text))), [
    "bad-value 1:14",
    "wrong-type 13:13",
    "unknown-key 14:5",
  ]);
});

test("of a manifest that uses what is only planned, exactly that is refused, by name", async () => {
  const text = `application: jobs-app
components:
  app:
    type: machine
    source: [.]
    exclude: [docs]
    directory: /opt/workflow_app
    steps:
      install: { run: poetry install --no-root }
      migrate: { run: poetry run python manage.py migrate, once: revision }
      build:   { run: npm ci && npm run build, only: [frontend] }
      restart: { run: "sudo systemctl restart \${target.unit}" }
    prove:
      service: \${target.unit}
      http: { url: "http://localhost:8000/version", revision: .commit }
      stable: 10s
environments:
  uat:
    branch: main
    targets:
      scheduler: { host: uat-scheduler.internal, user: ubuntu, unit: scheduler }
      frontend:  { host: uat.internal, user: ubuntu, unit: gunicorn-uat, after: [scheduler], presence: on-demand }
    notify:
      - slack: { webhook: "\${env.SLACK_WEBHOOK}", on: [failed, unproven, deferred, proven] }
tests:
  smoke: { run: pytest tests/smoke }
`;
  assert.deepEqual(places(await findingsOf(() => loadText(text))), ["not-in-this-version 25:1"]);
});

test("variables that are not set are told together with other mistakes", async () => {
  const text = soundManifest.replace("./migrate", '"./migrate ${env.TOKEN}"').replace("branch:", "brunch:");
  const resolvedWith = { env: { TOKEN: "" }, environment: "uat" };
  const findings = await findingsOf(() => loadText(text, { resolvedWith }));
  assert.deepEqual(places(findings), ["missing-variable 7:23", "missing-key 12:3", "unknown-key 13:5"]);
});

test("a target that no component runs on is refused: what is written there would be ignored", async () => {
  const findings = await findingsWith("type: machine", "type: machine\n    on: [web]");
  assert.deepEqual(places(findings), ["unused-target 17:7"]);
});

test("a component that runs on no target of an environment is refused", async () => {
  const more = "  prod:\n    branch: main\n    targets: { other: { host: h, unit: u } }\n";
  const text = `${soundManifest.replace("type: machine", "type: machine\n    on: [web, worker]")}${more}`;
  assert.deepEqual(places(await findingsOf(() => loadText(text))), ["no-targets 5:9", "unused-target 20:16"]);
});

test("of thousands of mistakes the first two hundred are told, and how many more there are", async () => {
  const text = soundManifest + Array.from({ length: 3000 }, (_, i) => `zz${i}: 1\n`).join("");
  const findings = await findingsOf(() => loadText(text));
  assert.equal(findings.length, 201);
  assert.match(findings.at(-1)?.message ?? "", /and 2799 more/);
});

test("x- keys are free in every section, and are not in what is loaded", async () => {
  const text = `x-top: { any: [thing] }\n${soundManifest}`
    .replace("type: machine", "type: machine\n    x-mine: 1")
    .replace("run: ./migrate", "run: ./migrate, x-note: why")
    .replace("host: web.internal", "host: web.internal, x-rack: 7")
    .replace("      service:", "      x-a: 1\n      service:");
  const { manifest } = await loadText(text);
  assert.deepEqual(manifest, (await loadText(soundManifest)).manifest);
});

test("a sound manifest gives its values, its digest and the place of each of them", async () => {
  const loaded = await loadText(soundManifest);
  assert.equal(loaded.digest, `sha256:${createHash("sha256").update(soundManifest).digest("hex")}`);
  assert.deepEqual(loaded.manifest.components.app?.source, ["."]);
  assert.deepEqual(loaded.locate(["components", "app", "prove", "service"]), { line: 10, column: 16 });
  assert.deepEqual(loaded.locate(["components", "app", "prove"], "key"), { line: 9, column: 5 });
});

describe("with several component types", () => {
  const two = { providers: [...providers, fakeProvider(fakeMachines()) as unknown as Provider] };
  const mixed = soundManifest
    .replace("components:", "components:\n  extra: { type: fake, on: [memory], steps: { go: { run: x } } }")
    .replace("type: machine", "type: machine\n    on: [web, worker]")
    .concat("      memory: { host: any host at all }\n");

  test("each target takes the keys of what runs on it", async () => {
    assert.deepEqual(await findingsOf(() => loadText(mixed, two)), []);
  });

  test("a key that only another type reads is refused, and so is a value that only another type takes", async () => {
    const text = mixed
      .replace("any host at all", "any host, unit: u")
      .replace("host: web.internal", "host: web internal");
    assert.deepEqual(places(await findingsOf(() => loadText(text, two))), ["bad-value 17:20", "unknown-key 19:33"]);
  });
});

describe("where the manifest is found", () => {
  test("in a parent, up to the repository's root", async () => {
    await inDirectory(async (directory) => {
      mkdirSync(join(directory, "a/b"), { recursive: true });
      writeFileSync(join(directory, "landfall.yaml"), soundManifest);
      const loaded = await loadManifest({ directory: join(directory, "a/b"), providers });
      assert.equal(loaded.root, directory);
    });
  });

  test("not above the repository's root", async () => {
    await inDirectory(async (directory) => {
      mkdirSync(join(directory, "inner/.git"), { recursive: true });
      writeFileSync(join(directory, "landfall.yaml"), soundManifest);
      const findings = await findingsOf(() => loadManifest({ directory: join(directory, "inner"), providers }));
      assert.equal(findings[0]?.code, "no-manifest");
    });
  });

  test("a file that was named and is not there, or is a folder, is no manifest", async () => {
    await inDirectory(async (directory) => {
      const named = async (file: string) => (await findingsOf(() => loadManifest({ directory, file, providers })))[0];
      const missing = await named("other.yaml");
      assert.equal(missing?.code, "no-manifest");
      assert.match(missing?.message ?? "", /other\.yaml does not exist$/);
      assert.match(missing?.fix ?? "", /landfall\.yaml.*landfall init/);
      const folder = await named(".git");
      assert.equal(folder?.code, "no-manifest");
      assert.match(folder?.message ?? "", /\.git is not a file$/);
    });
  });
});
