import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { loadText } from "../../test/helpers/manifest.ts";
import type { Asked } from "../model/asked.ts";
import type { DiscoverAnswer, FoundLayer, FoundStack } from "../model/discovered.ts";
import { UserError } from "../model/errors.ts";
import { providers } from "../providers/index.ts";
import { draftFromAccount, plainName } from "./draft-account.ts";
import { resolveEnvironment } from "./resolve.ts";

const read = <T>(value: T[]): Asked<T[]> => ({ state: "read", value });
const denied: Asked<never> = {
  state: "unknown",
  code: "aws-denied",
  reason: "no\n# way",
  permission: "lambda:ListLayers",
};

const layer = (name: string, more: Partial<FoundLayer> = {}, runtimes: string[] = []): FoundLayer => ({
  name,
  component: null,
  stack: null,
  versions: read([
    {
      version: 1,
      arn: `arn:aws:lambda:us-east-2:111122223333:layer:${name}:1`,
      createdAt: "2026-01-01T00:00:00.000Z",
      description: "",
      runtimes,
      architectures: [],
      bytes: null,
      users: { layer: "", functions: read([]), outside: read([]) },
    },
  ]),
  ...more,
});
const stack = (name: string, types: string[] = ["AWS::SQS::Queue"], parent: string | null = null): FoundStack => ({
  name,
  status: "CREATE_COMPLETE",
  changedAt: "",
  component: null,
  parent,
  resources: read(types.map((type) => ({ logicalId: "x", type, physicalId: "x" }))),
});
const bucket = (name: string, artifacts = false) => ({ name, region: null, component: null, artifacts });

const answer = (more: Partial<DiscoverAnswer>): DiscoverAnswer => ({
  application: null,
  environment: null,
  aws: { account: "111122223333", region: "us-east-2" },
  arn: "arn:aws:iam::111122223333:user/me",
  stacks: read<FoundStack>([]),
  layers: read<FoundLayer>([]),
  buckets: read<ReturnType<typeof bucket>>([]),
  functions: read<never>([]),
  missing: [],
  findings: [],
  ...more,
});

async function load(given: DiscoverAnswer) {
  const text = draftFromAccount(given, { application: "app", environment: "sandbox" });
  const loaded = await loadText(text);
  const resolved = resolveEnvironment(loaded, { environment: "sandbox", env: {}, commit: null, providers });
  return { text, components: loaded.manifest.components, resolved };
}

describe("a draft from an account", () => {
  it("has each layer with its runtimes, and each stack that holds more than layers", async () => {
    const { components } = await load(
      answer({
        layers: read([layer("dev_Web", {}, ["python3.12"]), layer("in-stack", { stack: "mixed" })]),
        stacks: read([
          stack("mixed", ["AWS::Lambda::LayerVersion", "AWS::SQS::Queue"]),
          stack("only-layers", ["AWS::Lambda::LayerVersion"]),
          stack("nested", ["AWS::SQS::Queue"], "arn:aws:cloudformation:us-east-2:111122223333:stack/mixed/1"),
        ]),
      }),
    );
    assert.deepEqual(Object.keys(components), ["dev-web", "mixed"]);
    assert.deepEqual([components["dev-web"]?.type, components["dev-web"]?.name], ["lambda-layer", "dev_Web"]);
    assert.deepEqual(components["dev-web"]?.runtimes, ["python3.12"]);
    assert.deepEqual([components.mixed?.type, components.mixed?.stack], ["cloudformation", "mixed"]);
  });

  it("keeps how the account was entered, and the bucket that holds its artifacts", async () => {
    const aws = { account: "111122223333", region: "us-east-2", profile: "dev: x", endpoint: "http://127.0.0.1:1" };
    const buckets = read([bucket("code-of-somebody"), bucket("ours", true)]);
    const { resolved } = await load(answer({ aws, layers: read([layer("web")]), buckets }));
    assert.deepEqual(resolved.account?.aws, aws);
    assert.equal(resolved.account?.artifacts?.name, "ours");
  });

  it("proposes a bucket, and says so where there is none", async () => {
    const one = await load(
      answer({ layers: read([layer("web")]), buckets: read([bucket("logs"), bucket("my-artifacts")]) }),
    );
    assert.equal(one.resolved.account?.artifacts?.name, "my-artifacts");
    const none = await load(answer({ layers: read([layer("web")]), buckets: read([bucket("logs")]) }));
    assert.match(none.text, /none was found: create it/);
    const unread = await load(answer({ layers: read([layer("web")]), buckets: denied }));
    assert.match(unread.text, /the buckets could not be read: create it/);
    const odd = await load(answer({ layers: read([layer("web")]), buckets: read([bucket("Old_artifacts")]) }));
    assert.match(odd.text, /none was found/);
  });

  it("says itself what could not be read, in one line", async () => {
    const { text } = await load(answer({ layers: denied, stacks: read([stack("queue")]) }));
    assert.match(text, /^# Without the layers, which could not be read: lambda:ListLayers is not allowed\.$/m);
  });

  it("of nothing is refused: a manifest has components", () => {
    const draft = () => draftFromAccount(answer({ layers: denied }), { application: "app", environment: "sandbox" });
    assert.throws(draft, (error) => error instanceof UserError && /nothing to draft from/.test(error.message));
  });

  it("loads whatever the things are called", async () => {
    const layerName = fc.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/);
    const stackName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,127}$/);
    const found = fc.record({
      layers: fc.uniqueArray(layerName, { maxLength: 5 }),
      stacks: fc.uniqueArray(stackName, { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(found, async ({ layers, stacks }) => {
        fc.pre(layers.length + stacks.length > 0);
        const given = answer({
          layers: read(layers.map((name) => layer(name))),
          stacks: read(stacks.map((name) => stack(name))),
        });
        const { components } = await load(given);
        assert.equal(Object.keys(components).length, layers.length + stacks.length);
      }),
      { numRuns: 60 },
    );
  });
});

it("a name of the manifest is made of any text", () => {
  const valid = /^[a-z0-9][a-z0-9-]{0,62}$/;
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => assert.match(plainName(text, "app"), valid)));
  assert.equal(plainName("__Über Uns__", "app"), "ber-uns");
});
