import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UserError } from "../model/errors.ts";
import { providers } from "../providers/index.ts";
import { loadManifest } from "./load.ts";
import { resolveEnvironment } from "./resolve.ts";

const sound = `application: shared-layers
components:
  web:
    type: lambda-layer
    source: [layers/web]
    build: pip install -r requirements.txt -t python
    runtimes: [python3.12]
    name: "\${vars.prefix}-web"
  table:
    type: cloudformation
    template: stacks/table.yaml
    parameters: { Stage: "\${environment}", Count: 3 }
environments:
  sandbox:
    branch: test
    vars: { prefix: dev, account: "111122223333" }
    aws: { account: "\${vars.account}", region: us-east-2, role: "arn:aws:iam::111122223333:role/deploy" }
    artifacts: "s3://111122223333-code/layers"
`;

async function resolved(text: string) {
  const directory = mkdtempSync(join(tmpdir(), "landfall-account-"));
  try {
    writeFileSync(join(directory, "landfall.yaml"), text);
    const loaded = await loadManifest({ directory, providers });
    return resolveEnvironment(loaded, { environment: "sandbox", env: {}, commit: null, providers });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function findings(from: string | RegExp, to: string): Promise<string[]> {
  const text = sound.replace(from, to);
  assert.notEqual(text, sound, "nothing was replaced");
  const error = await resolved(text).then(
    () => assert.fail("it was taken"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UserError, String(error));
  return error.findings.map(({ code, message, line }) => `${line}: ${code}: ${message}`);
}

function keyOf(place: { spec: unknown } | undefined, key: string): unknown {
  assert.ok(place);
  return (place.spec as Record<string, unknown>)[key];
}

describe("components of an account", () => {
  it("have one place each, without a target, with the account and the bucket of the environment", async () => {
    const { places } = await resolved(sound);
    assert.deepEqual(
      places.map(({ component, target }) => `${component} on ${target}`),
      ["web on aws", "table on aws"],
    );
    const [web, table] = places;
    assert.deepEqual(web?.aws, {
      account: "111122223333",
      region: "us-east-2",
      role: "arn:aws:iam::111122223333:role/deploy",
    });
    assert.deepEqual(web?.artifacts, { name: "111122223333-code", prefix: "layers/" });
    assert.equal(keyOf(web, "name"), "dev-web");
    assert.deepEqual(keyOf(table, "parameters"), { Stage: "sandbox", Count: "3" });
  });

  const refused: [title: string, from: string | RegExp, to: string, says: RegExp[]][] = [
    ["without an account", / {4}aws: .*\n/, "", [/14: missing-key: .*needs `aws`/]],
    ["without a bucket", / {4}artifacts: .*\n/, "", [/14: missing-key: .*needs `artifacts`: component `web`/]],
    [
      "with `on`",
      "    source: [layers/web]\n",
      "    source: [layers/web]\n    on: [here]\n",
      [/bad-value: component `web` runs in the environment's account/],
    ],
    ["with an account as a number", 'account: "${vars.account}"', "account: 111122223333", [/account.*text/]],
    ["with a short account", '"111122223333" }', '"1111" }', [/12 digits/]],
    ["with a region that is none", "us-east-2", "ohio", [/region's code/]],
    ["with a role's name alone", "arn:aws:iam::111122223333:role/deploy", "deploy", [/role's ARN/]],
    ["with a bucket that is none", "s3://111122223333-code/layers", "https://bucket", [/s3:\/\/NAME/]],
    [
      "with a build that differs by environment",
      "-t python",
      "-t ${environment}",
      [/6: bad-value: .*build: \$\{environment\} is not the same for every environment/],
    ],
    ["with a layer's name that Lambda does not take", '"${vars.prefix}-web"', '"a layer"', [/layer's name/]],
    ["with a path out of the repository", "stacks/table.yaml", "../table.yaml", [/inside the repository/]],
    ["with a misspelt key", "    runtimes:", "    runtime:", [/7: unknown-key: .*did you mean `runtimes`/]],
    [
      "of one stack",
      "    template: stacks",
      "    stack: shared-layers-sandbox-web\n    template: stacks",
      [/components `web` and `table` have the same stack `shared-layers-sandbox-web`/],
    ],
  ];
  for (const [title, from, to, says] of refused)
    it(`${title} are refused, with the place`, async () => {
      const found = await findings(from, to);
      for (const one of says)
        assert.ok(
          found.some((text) => one.test(text)),
          found.join("\n"),
        );
    });

  it("may name variables of whoever deploys in their build", async () => {
    const { places } = await resolved(sound.replace("-t python", '-t python "${env.EXTRA:-none}"'));
    assert.equal(keyOf(places[0], "build"), 'pip install -r requirements.txt -t python "${env.EXTRA:-none}"');
  });
});
