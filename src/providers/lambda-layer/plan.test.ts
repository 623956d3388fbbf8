import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Stack } from "../../io/aws/cloudformation.ts";
import type { Wanted } from "../provider.ts";
import type { LayerFacts } from "./facts.ts";
import {
  described,
  describe as description,
  identityOf,
  type KeptLayer,
  keptLayers,
  layerTemplate,
  logicalIdOf,
  newLayer,
} from "./layers.ts";
import { plan } from "./plan.ts";
import { type LayerPlace, LayerSpec } from "./spec.ts";

const digest = (n: number) => `sha256:${String(n).padStart(64, "0")}`;
const commit = (n: number) => String(n).padStart(40, "0");

const place = (more: object = {}): LayerPlace => ({
  application: "shared",
  environment: "sandbox",
  component: "web",
  target: "aws",
  spec: LayerSpec.parse({ name: "web-layer", runtimes: ["python3.12"], ...more }),
  at: {},
  values: {},
  fromOutside: [],
  aws: { account: "111122223333", region: "us-east-2" },
  artifacts: { name: "bucket", prefix: "" },
});

const wanted = (artifact: number | null, more: Partial<Wanted> = {}): Wanted => ({
  commit: commit(9),
  digest: digest(90),
  accepts: [commit(9)],
  force: false,
  once: {},
  answers: {},
  artifact: artifact === null ? null : { digest: digest(artifact), bytes: 10, at: "" },
  texts: {},
  runsOnce: true,
  proven: [],
  ledger: "ledger-1",
  ...more,
});

function layer(at: LayerPlace, n: number, again = 0): KeptLayer {
  const identity = identityOf(at.spec, digest(n));
  const published = {
    application: "shared",
    component: "web",
    spec: at.spec,
    digest: digest(n),
    commit: commit(n),
    source: digest(n + 100),
    bucket: "b",
    key: "k",
  };
  return { id: logicalIdOf(identity, again), digest: digest(n), identity, again, resource: newLayer(published) };
}

const arn = (version: number) => `arn:aws:lambda:us-east-2:111122223333:layer:web-layer:${version}`;

/** A stack that keeps these contents as versions 1, 2 …, with its output at one of them. */
function facts(
  at: LayerPlace,
  contents: readonly number[],
  current: number,
  more: Partial<LayerFacts> = {},
): LayerFacts {
  const layers = contents.map((n) => layer(at, n));
  const stack: Stack = {
    name: "shared-sandbox-web",
    status: "UPDATE_COMPLETE",
    statusReason: "",
    parameters: {},
    tags: {},
    outputs: {},
  };
  const version = contents.indexOf(current) + 1;
  return {
    stack,
    template: layerTemplate(at, layers, layer(at, current).id),
    output: arn(version),
    current: {
      arn: arn(version),
      version,
      sha256: digest(current).slice(7),
      bytes: 10,
      description: description({ digest: digest(current), commit: commit(current), source: digest(current + 100) }),
      runtimes: ["python3.12"],
      architectures: ["x86_64"],
      created: "",
    },
    arns: Object.fromEntries(layers.map(({ id }, index) => [id, arn(index + 1)])),
    alive: contents.map((_, index) => arn(index + 1)),
    bucket: { state: "usable" },
    ...more,
  };
}

const nothing: LayerFacts = {
  stack: null,
  template: null,
  output: null,
  current: null,
  arns: {},
  alive: [],
  bucket: { state: "usable" },
};
const names = (planned: ReturnType<typeof plan>) => planned.steps.map(({ name }) => name);

describe("the plan of a layer", () => {
  it("where nothing is: builds, uploads and publishes", () => {
    const planned = plan(place(), nothing, wanted(null));
    assert.deepEqual(names(planned), ["upload", "stack"]);
    assert.match(planned.reason, /no version was published yet/);
  });

  it("leaves alone what Lambda says that it holds, and names the commit that it is of", () => {
    const planned = plan(place(), facts(place(), [1, 2], 2), wanted(2, { accepts: [commit(9), commit(2)] }));
    assert.deepEqual(names(planned), []);
    assert.match(planned.reason, /version 2 holds it: its source is the same as at 0000000/);
  });

  it("points back to a version that holds the content, without its bytes", () => {
    const planned = plan(place(), facts(place(), [1, 2], 2), wanted(1));
    assert.deepEqual([names(planned), planned.withoutArtifact], [["stack"], true]);
    assert.match(planned.reason, /version 1 holds this content already/);
  });

  it("publishes what no version is known to hold", () => {
    for (const artifact of [null, 3])
      assert.deepEqual(names(plan(place(), facts(place(), [1, 2], 2), wanted(artifact))), ["upload", "stack"]);
  });

  it("trusts no label: a version that says the right digest and holds another is not left alone", () => {
    const wrong = facts(place(), [1, 2], 2);
    const other = { ...wrong, current: wrong.current && { ...wrong.current, sha256: digest(7).slice(7) } };
    assert.deepEqual(names(plan(place(), other, wanted(2))), ["stack"]);
  });

  it("publishes anew what was deleted behind the stack's back, and lets go of its name", () => {
    const gone = facts(place(), [1, 2], 2, { current: null, alive: [arn(1)] });
    const planned = plan(place(), gone, wanted(2));
    assert.deepEqual(names(planned), ["upload", "stack"]);
    assert.match(planned.reason, /deleted behind the stack's back/);
    assert.deepEqual(planned.steps[1]?.input.removed, [layer(place(), 2).id]);
  });

  it("takes another runtime or licence for another version, whatever the content", () => {
    const before = facts(place(), [1], 1);
    for (const more of [
      { runtimes: ["python3.13"] },
      { license: "MIT" },
      { architectures: ["arm64"] },
      { name: "other" },
    ])
      assert.deepEqual(names(plan(place(more), before, wanted(1))), ["upload", "stack"], JSON.stringify(more));
  });

  it("keeps as many versions as the manifest says, and never lets go of the present one", () => {
    const contents = [1, 2, 3, 4, 5];
    const planned = plan(place({ keep: 3 }), facts(place(), contents, 1), wanted(9));
    assert.deepEqual(
      planned.steps[1]?.input.removed,
      [2, 3, 4].map((n) => layer(place(), n).id),
    );
  });

  it("changes no stack that holds something else, and none that takes no update", () => {
    const foreign = facts(place(), [1], 1);
    const template = JSON.parse(foreign.template ?? "");
    template.Resources.Bucket = { Type: "AWS::S3::Bucket" };
    const planned = plan(place(), { ...foreign, template: JSON.stringify(template) }, wanted(2));
    assert.deepEqual([names(planned), planned.findings.map(({ code }) => code)], [[], ["stack-differs"]]);
    const stuck = facts(place(), [1], 1);
    const failed = { ...stuck, stack: stuck.stack && { ...stuck.stack, status: "ROLLBACK_COMPLETE" } };
    assert.deepEqual(
      plan(place(), failed, wanted(2)).findings.map(({ code }) => code),
      ["stack-stuck"],
    );
  });

  it("is pure, and its input never holds what changes by itself", () => {
    fc.assert(
      fc.property(
        fc.subarray([1, 2, 3, 4], { minLength: 1 }),
        fc.option(fc.integer({ min: 1, max: 6 })),
        (contents, artifact) => {
          const read = facts(place(), contents, contents[0] ?? 1);
          const copy = structuredClone(read);
          const first = plan(place(), read, wanted(artifact));
          assert.deepEqual(plan(place(), read, wanted(artifact)), first);
          assert.deepEqual(read, copy);
        },
      ),
    );
  });
});

it("the generated template is ASCII, which CloudFormation gives back as it was sent", () => {
  const text = facts(place({ license: "© Müller 🚀" }), [1], 1).template ?? "";
  assert.match(text, /^[\0-\x7f]*$/);
  assert.deepEqual(keptLayers(JSON.parse(text))[0]?.resource.Properties?.LicenseInfo, "© Müller 🚀");
});

it("a description holds its digest, commit and source within Lambda's 256 characters", () => {
  const text = description({ digest: digest(1), commit: commit(2), source: digest(3) });
  assert.ok(text.length <= 256, String(text.length));
  assert.deepEqual(described(text), { digest: digest(1), commit: commit(2), source: digest(3).slice(7) });
  for (const other of ["", "somebody's words", `${text} and more`]) assert.equal(described(other), null);
});
