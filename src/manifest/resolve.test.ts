import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findingsOf, loadText, places, soundManifest } from "../../test/helpers/manifest.ts";
import { compileCommand } from "../model/command.ts";
import { providers } from "../providers/index.ts";
import { type ResolveOptions, resolveEnvironment } from "./resolve.ts";

async function resolveText(text: string, more: Partial<ResolveOptions> = {}) {
  const loaded = await loadText(text);
  return resolveEnvironment(loaded, { environment: "uat", env: {}, commit: "abc123", providers, ...more });
}

const withVars = (vars: string) => soundManifest.replace("branch: main", `branch: main\n    vars: ${vars}`);

test("targets come after those that they wait for, and otherwise in the order of the file", async () => {
  const { places, branches, application } = await resolveText(soundManifest);
  assert.deepEqual(
    places.map(({ target, after, runsOnce }) => ({ target, after, runsOnce })),
    [
      { target: "worker", after: [], runsOnce: true },
      { target: "web", after: ["worker"], runsOnce: false },
    ],
  );
  assert.deepEqual({ branches, application }, { branches: ["main"], application: "jobs-app" });
});

test("each place has its own values, with the defaults of its type", async () => {
  const { places } = await resolveText(soundManifest);
  assert.deepEqual(places[1]?.at, { host: "web.internal", unit: "jobs-web" });
  assert.partialDeepStrictEqual(places[1]?.spec, {
    prove: {
      service: "jobs-web",
      stable: "10s",
      within: "30s",
    },
  });
  assert.deepEqual(places[1]?.values, { "target.unit": "jobs-web" });
});

test("of a step's values it is known which ones the manifest alone does not tell", async () => {
  const run =
    "go ${vars.plain} ${vars.taken} ${vars.through} ${vars.at} ${env.SLACK:-none} ${revision.commit} ${target.unit}";
  const text = soundManifest
    .replace(/run: "sudo[^"]*"/, `run: "${run}"`)
    .replace(
      "    branch: main\n",
      '    branch: main\n    vars: { plain: x, taken: "a-${env.SLACK:-none}", through: "b-${vars.taken}", at: "${revision.commit}" }\n',
    );
  const outside = async (more: Partial<ResolveOptions>) =>
    [...((await resolveText(text, more)).places[1]?.fromOutside ?? [])].sort();
  const expected = ["env.SLACK", "revision.commit", "vars.at", "vars.taken", "vars.through"];
  assert.deepEqual(await outside({ env: { SLACK: "s" }, commit: "c".repeat(40) }), expected);
  // One deployer has the variable, the other goes by the default: for both it is from outside.
  assert.deepEqual(await outside({ env: {}, commit: null }), expected);
});

test("a target that takes no part is waited through: what it waits for is waited for", async () => {
  const text = soundManifest
    .replace("type: machine", "type: machine\n    on: [web, worker]")
    .replace("after: [worker]", "after: [middle]")
    .replace("      worker: {", "      middle: { host: m.internal, after: [worker] }\n      worker: {")
    .replace(
      "\nenvironments:",
      "\n  other:\n    type: machine\n    on: [middle]\n    directory: /opt/o\n    prove: { service: o }\nenvironments:",
    );
  const all = await resolveText(text);
  assert.deepEqual(
    all.places.map(({ target, after }) => [target, after]),
    [
      ["worker", []],
      ["middle", ["worker"]],
      ["web", ["middle"]],
    ],
  );
  const some = await resolveText(text, { components: ["app"] });
  assert.deepEqual(
    some.places.map(({ target, after }) => [target, after]),
    [
      ["worker", []],
      ["web", ["worker"]],
    ],
  );
});

describe("what a ${…} stands for", () => {
  test("every kind of expression is resolved, in every text but a command", async () => {
    const text = withVars('{ region: "${environment}-1", full: "${vars.region}.${target.name}" }')
      .replace("/opt/jobs-app", "/opt/${vars.full}/${target.rack}/${env.USERDIR:-none}/${revision.commit}")
      .replace("host: web.internal", 'host: web.internal, vars: { rack: "r7" }')
      .replace("host: worker.internal", 'host: worker.internal, vars: { rack: "${env.RACK}" }');
    const { places, secrets } = await resolveText(text, { env: { RACK: "r8", OTHER: "unused" } });
    assert.deepEqual(
      places.map(({ spec }) => (spec as { directory: string }).directory),
      ["/opt/uat-1.worker/r8/none/abc123", "/opt/uat-1.web/r7/none/abc123"],
    );
    assert.deepEqual(secrets, ["r8"]);
  });

  test("a command keeps its text, and its values stand beside it as data", async () => {
    const hostile = '\'; touch /tmp/owned; echo "$(id)" `id` \\';
    const text = soundManifest.replace("./migrate", '"./migrate ${env.TOKEN} ${HOME} ${env.MODE:-safe}"');
    const [place] = (await resolveText(text, { env: { TOKEN: hostile, MODE: "" } })).places;
    const run = "./migrate ${env.TOKEN} ${HOME} ${env.MODE:-safe}";
    assert.partialDeepStrictEqual(place?.spec, { steps: { migrate: { run } } });
    const compiled = compileCommand(run, place?.values ?? {});
    assert.equal(compiled.text.includes("owned"), false);
    assert.deepEqual(Object.values(compiled.variables), [hostile, "safe"]);
  });

  test("one expression may stand for a number", async () => {
    const text = soundManifest.replace("host: web.internal", 'host: web.internal, port: "${env.PORT}"');
    const { places } = await resolveText(text, { env: { PORT: "2222" } });
    assert.partialDeepStrictEqual(places[1]?.at, { port: 2222 });
    const findings = await findingsOf(() => resolveText(text, { env: { PORT: "many" } }));
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["wrong-type"],
    );
  });

  test("the commit stays unresolved while it is not known", async () => {
    const text = soundManifest.replace("/opt/jobs-app", "/opt/${revision.commit}");
    const { places } = await resolveText(text, { commit: null });
    assert.partialDeepStrictEqual(places[0]?.spec, { directory: "/opt/${revision.commit}" });
  });

  test("all that are missing are told at once, an empty value among them", async () => {
    const text = withVars("{ a: x }")
      .replace("/opt/jobs-app", "/opt/${vars.b}/${env.GONE}")
      .replace("./migrate", '"./migrate ${env.EMPTY} ${target.rack}"');
    const findings = await findingsOf(() => resolveText(text, { env: { EMPTY: "" } }));
    assert.deepEqual(places(findings), [
      "missing-variable 5:16",
      "missing-variable 5:16",
      "missing-variable 7:23",
      "missing-variable 7:23",
      "missing-variable 7:23",
    ]);
    assert.equal(findings.filter(({ message }) => message.includes("env.EMPTY")).length, 1);
  });

  test("with `lenient`, env variables that are not set are warnings, and nothing else is", async () => {
    const text = soundManifest
      .replace("web.internal", '"${env.WEB}"')
      .replace("unit: jobs-web", 'unit: jobs-web, port: "${env.PORT}"');
    const { findings } = await resolveText(text, { lenient: true });
    assert.deepEqual(
      findings.map(({ code, level }) => `${code} ${level}`),
      ["missing-variable warning", "missing-variable warning"],
    );
    const other = text.replace("/opt/jobs-app", "/opt/${vars.nowhere}");
    assert.equal(
      (await findingsOf(() => resolveText(other, { lenient: true }))).filter(({ level }) => level === "block").length,
      1,
    );
  });

  test("warnings never crowd out what stands in the way", async () => {
    const steps = Array.from({ length: 500 }, (_, i) => `      s${i}: { run: "a \${env.X${i}}" }\n`).join("");
    const text = soundManifest
      .replace("    prove:", `${steps}    prove:`)
      .replace("service: ${target.unit}", "service: ${target.gone}");
    const findings = await findingsOf(() => resolveText(text, { lenient: true }));
    assert.equal(findings.filter(({ level }) => level === "block").length, 2);
  });

  test("names that every object has are not set unless they are", async () => {
    const text = soundManifest.replace("/opt/jobs-app", "/opt/${env.constructor}/${vars.toString}/${target.valueOf}");
    assert.equal((await findingsOf(() => resolveText(text, { env: {} }))).length, 4);
  });

  test("a secret that is not set is told by its name: no expression with it is written anywhere", async () => {
    const spec = "application: a\ncomponents:\n  web: { type: docker, secrets: [API_KEY] }\n";
    const text = `${spec}environments:\n  uat: { branch: main, targets: { m1: { host: localhost } } }\n`;
    const [finding] = await findingsOf(() => resolveText(text, {}));
    assert.equal(finding?.message, "components.web: needs the environment variable API_KEY, which is not set");
  });

  test("variables that need themselves are a mistake, not a hang", async () => {
    const text = withVars('{ a: "${vars.b}", b: "${vars.a}" }');
    const findings = await findingsOf(() => resolveText(text));
    assert.ok(findings.length > 0 && findings.every(({ code }) => code === "bad-value"), JSON.stringify(findings));
  });

  test("variables that multiply are stopped before they fill the memory", async () => {
    const names = [..."abcdefghijklmnop"];
    const vars = names.map(
      (name, i) => `${name}: "${names[i + 1] ? `\${vars.${names[i + 1]}}`.repeat(10) : "x".repeat(100)}"`,
    );
    const findings = await findingsOf(() => resolveText(withVars(`{ ${vars.join(", ")} }`)));
    assert.match(findings[0]?.message ?? "", /longer than 64 KiB/);
  });
});

describe("values are checked again once they are known, and never shown", () => {
  const hostile: [string, string, string][] = [
    ["a host that ssh would take for an option", "web.internal", "-oProxyCommand=touch"],
    ["a host with a newline", "web.internal", "web\nevil"],
    ["a host with shell metacharacters", "web.internal", "$(id);reboot"],
    ["a directory that escapes", "/opt/jobs-app", "/opt/../../etc/secret"],
    ["a directory with a newline", "/opt/jobs-app", "/opt/a\nb"],
    ["a unit that systemctl would take for an option", "jobs-web", "--force"],
    ["a branch that git would take for an option", "main", "--upload-pack=x"],
  ];
  for (const [title, from, value] of hostile)
    test(title, async () => {
      const text = soundManifest.replace(`: ${from}`, ': "${env.HOSTILE}"');
      const findings = await findingsOf(() => resolveText(text, { env: { HOSTILE: value } }));
      assert.ok(findings.length > 0);
      for (const { code, line, message } of findings) {
        assert.equal(code, "bad-value");
        assert.ok(line);
        assert.ok(!message.includes(value), message);
      }
    });
});

test("an environment or a component that does not exist is named with those that do", async () => {
  const [environment] = await findingsOf(() => resolveText(soundManifest, { environment: "constructor" }));
  assert.equal(environment?.code, "unknown-environment");
  assert.match(environment?.message ?? "", /known: uat/);
  const [component] = await findingsOf(() => resolveText(soundManifest, { components: ["ap"] }));
  assert.equal(component?.code, "unknown-component");
  assert.match(component?.message ?? "", /did you mean `app`/);
});

test("two components in one directory on one machine are refused, however it is written", async () => {
  const other =
    "\n  other:\n    type: machine\n    directory: /opt//jobs-app/\n    prove: { service: o }\nenvironments:";
  const findings = await findingsOf(() => resolveText(soundManifest.replace("\nenvironments:", other)));
  assert.deepEqual([...new Set(findings.map(({ code }) => code))], ["same-directory"]);
});

test("a `once` step that leaves out the target of the other `once` steps would run nowhere, and is refused", async () => {
  const text = soundManifest.replace(
    "once: revision }",
    "once: revision }\n      seed: { run: ./seed, once: revision, only: [web] }",
  );
  assert.deepEqual(places(await findingsOf(() => resolveText(text))), ["bad-value 8:7"]);
});

test("a `once` step runs on the first target that its `only` and `except` leave", async () => {
  const text = soundManifest.replace("once: revision", "once: revision, except: [worker]");
  assert.deepEqual(
    (await resolveText(text)).places.map(({ target, runsOnce }) => [target, runsOnce]),
    [
      ["worker", false],
      ["web", true],
    ],
  );
});

test("an address that would prove several targets is refused, and one of the target itself is another on each", async () => {
  const withHttp = (url: string, more = "") =>
    soundManifest.replace("service: ${target.unit}", `http: { url: "${url}", revision: .commit }${more}`);
  const shared = await findingsOf(() => resolveText(withHttp("https://jobs.example.com/version")));
  assert.deepEqual([...new Set(shared.map(({ code }) => code))], ["shared-address"]);
  await resolveText(withHttp("http://localhost:8000/version"));
  await resolveText(withHttp("https://jobs.example.com/version", "\n      service: jobs"));
  await resolveText(withHttp("https://${target.name}.example.com/version"));
});
