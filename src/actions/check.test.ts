import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findingsOf, inDirectory, places, soundManifest } from "../../test/helpers/manifest.ts";
import { providers } from "../providers/index.ts";
import { check } from "./check.ts";

async function checkText(text: string, environment?: string, env: Record<string, string> = {}) {
  return await inDirectory(async (directory) => {
    writeFileSync(join(directory, "landfall.yaml"), text);
    return await check({ environment }, { directory, env, providers });
  });
}

const second = `  prod:
    branch: main
    targets:
      web: { host: "\${env.PROD_HOST}", unit: u }
      worker: { host: w, unit: u, port: "\${vars.port}" }
`;

test("mistakes of all environments are told at once, each once", async () => {
  const text = soundManifest.replace("/opt/jobs-app", "/opt/${vars.gone}") + second;
  const findings = await findingsOf(() => checkText(text));
  const blocks = findings.filter(({ level }) => level === "block");
  assert.deepEqual(places(blocks), ["missing-variable 5:16", "missing-variable 5:16", "missing-variable 21:41"]);
});

test("an env variable that is not set is a warning: it is due where the deploy runs", async () => {
  const { findings } = await checkText(soundManifest + second.replace(', port: "${vars.port}"', ""));
  assert.deepEqual(
    findings.map(({ code, level, line }) => `${code} ${level} ${line}`),
    ["missing-variable warning 20"],
  );
});

test("only the environment that was named is checked", async () => {
  assert.deepEqual((await checkText(soundManifest + second, "uat")).findings, []);
  assert.deepEqual(
    (await findingsOf(() => checkText(soundManifest + second, "uta"))).map(({ code }) => code),
    ["unknown-environment"],
  );
});

test("no value of an env variable stands in a finding", async () => {
  const findings = await findingsOf(() => checkText(soundManifest + second, "prod", { PROD_HOST: "-hidden value-" }));
  assert.ok(findings.length > 0);
  assert.equal(JSON.stringify(findings).includes("hidden"), false);
});

test("a source that no file is under is a mistake: nothing could be deployed of it", async () => {
  const text = soundManifest.replace(/^( +)(type: machine)$/m, "$1$2\n$1source: [landfall.yaml, srcc/]");
  const found = await findingsOf(() => checkText(text));
  assert.deepEqual(
    found.map(({ code, level, message }) => [code, level, /`srcc\/`/.test(message)]),
    [["empty-source", "block", true]],
  );
});

test("environments that share a directory or a stack are told, where the manifest shows that they do", async () => {
  const prod = (host: string, port = "") =>
    `${soundManifest}  prod:\n    branch: main\n    targets:\n      web: { host: ${host}, unit: u${port} }\n`;
  const told = async (text: string) => (await findingsOf(() => checkText(text))).map(({ message }) => message);
  const found = await findingsOf(() => checkText(prod("worker.internal")));
  assert.deepEqual(places(found), ["same-directory 20:20"]);
  assert.equal(
    found[0]?.message,
    "component `app` on target `web` of prod has the same machine and directory as component `app` on target `worker` of uat",
  );
  assert.deepEqual(await told(prod("prod.internal")), []);
  assert.deepEqual(await told(prod("worker.internal", ", port: 2222")), []);
  const local = prod("localhost").replaceAll(/host: (web|worker).internal/g, "host: localhost");
  assert.deepEqual(
    (await told(local)).filter((message) => message.includes("of prod")),
    [],
    "each environment may be deployed from a machine of its own",
  );
  for (const host of ['"${env.A_HOST}"', '"${env.A_HOST:-m.internal}"'])
    for (const env of [{}, { A_HOST: "here.internal" }]) {
      const text = prod(host).replace("worker.internal", host);
      const blocks = (await findingsOf(() => checkText(text, undefined, env))).filter(({ level }) => level === "block");
      assert.deepEqual(blocks, [], "each environment's job may have another value");
    }
});

test("environments of one account that own the same stack are told", async () => {
  const environment = (name: string, prefix: string, region = "us-east-2") =>
    `  ${name}: { branch: main, vars: { prefix: ${prefix} }, aws: { account: "111122223333", region: ${region} } }\n`;
  const text = (more: string) =>
    `application: shop\ncomponents:\n  net: { type: cloudformation, template: net.yaml, stack: "\${vars.prefix}-net" }\nenvironments:\n${environment("uat", "u")}${more}`;
  const told = async (more: string) =>
    (await findingsOf(() => checkText(text(more)))).filter(({ code }) => code === "bad-value");
  assert.match(
    (await told(environment("prod", "u")))[0]?.message ?? "",
    /component `net` of prod and component `net` of uat have the same stack `u-net`/,
  );
  assert.deepEqual(await told(environment("prod", "p")), []);
  assert.deepEqual(await told(environment("prod", "u", "us-east-1")), []);
});

test("two targets of one environment on one machine are told, also where its variable is not set here", async () => {
  const text = soundManifest.replaceAll(/host: \w+\.internal/g, 'host: "${env.HOST}"');
  const found = await findingsOf(() => checkText(text));
  assert.deepEqual(
    found.filter(({ level }) => level === "block").map(({ code }) => code),
    ["same-directory"],
  );
});
