import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Wanted } from "../provider.ts";
import { configurationDigest, makingOf } from "./container.ts";
import type { DockerFacts } from "./facts.ts";
import { containerName, imageKey, placeLabel } from "./names.ts";
import { plan } from "./plan.ts";
import type { Container } from "./reading.ts";
import { type DockerPlace, DockerSpec } from "./spec.ts";

const commit = "1".repeat(40);
const wanted: Wanted = {
  commit,
  digest: "sha256:aaaa",
  accepts: [commit],
  force: false,
  once: {},
  answers: {},
  artifact: null,
  texts: {},
  runsOnce: true,
  proven: [],
  ledger: "ledger-1",
};

const placeOf = (spec: object = {}, values: Record<string, string> = {}): DockerPlace => ({
  application: "shop",
  environment: "uat",
  component: "web",
  target: "m1",
  spec: DockerSpec.parse({ ports: ["8080:8000"], ...spec }),
  at: { host: "localhost" },
  values,
  fromOutside: [],
});

const container: Container = {
  id: "c1",
  name: "shop.uat.web.m1",
  image: "sha256:i1",
  status: "running",
  running: true,
  exit: 0,
  oom: false,
  error: "",
  started: "2026-01-01T00:00:00Z",
  finished: "",
  restarts: 0,
  health: null,
  place: "shop/uat/web/m1",
  role: "serving",
  ports: {},
};

/** A host where the place runs what is wanted. */
function runningFacts(place: DockerPlace, more: Partial<DockerFacts> = {}): DockerFacts {
  const key = imageKey(place, wanted, null);
  return {
    at: "",
    now: null,
    containers: [container],
    images: [{ id: "sha256:i1", revision: commit, source: wanted.digest, digests: [] }],
    noted: [{ key, id: "sha256:i1", source: wanted.digest, commit, reference: null }],
    current: { container: "c1", key, source: wanted.digest, commit, configuration: configurationDigest(place) },
    tag: null,
    host: "localhost",
    engine: { version: "20.10", platform: "linux/amd64", builder: "classic" },
    directoryProblem: null,
    freeBytes: 1e12,
    lockTool: true,
    token: null,
    busy: null,
    listening: [],
    ...more,
  };
}

const names = (place: DockerPlace, facts: DockerFacts, want = wanted) =>
  plan(place, facts, want).steps.map(({ name }) => name);
const place = placeOf();
const beside = ["candidate", "check", "switch", "finish"];

describe("the plan of a container", () => {
  it("leaves alone what runs as it should, with the reason", () => {
    assert.deepEqual(names(place, runningFacts(place)), []);
    assert.match(plan(place, runningFacts(place), wanted).reason, /already runs 1111111/);
  });

  it("builds, tries, checks and switches where nothing runs; nothing is touched before the switch", () => {
    const empty = runningFacts(place, { containers: [], images: [], noted: [], current: null });
    const { steps } = plan(place, empty, wanted);
    assert.deepEqual(
      steps.map(({ name, takesOver }) => [name, takesOver]),
      [
        ["image", false],
        ["candidate", false],
        ["check", false],
        ["switch", true],
        ["finish", true],
      ],
    );
    assert.equal(
      steps[0]?.reason,
      "the target has no image of this source; the classic builder makes it, since BuildKit is not there",
    );
  });

  it("builds nothing when the image is there", () => {
    assert.deepEqual(names(place, runningFacts(place, { current: null, containers: [] })), beside);
  });

  const wrong: [what: string, facts: Partial<DockerFacts>, says: RegExp][] = [
    ["stopped", { containers: [{ ...container, running: false, status: "exited" }] }, /its container has exited/],
    ["restarted", { containers: [{ ...container, restarts: 2 }] }, /restarted 2 times/],
    ["unhealthy", { containers: [{ ...container, health: "unhealthy" }] }, /unhealthy/],
    ["of another image", { containers: [{ ...container, image: "sha256:other" }] }, /runs image other/],
    ["not the one that was started", { containers: [{ ...container, id: "c2" }] }, /was not started by a deploy/],
    ["gone", { containers: [] }, /is gone/],
    [
      "beside an old one",
      { containers: [container, { ...container, id: "c0", name: "x" }] },
      /container x runs beside it/,
    ],
  ];
  for (const [what, facts, says] of wrong)
    it(`deploys again when the container is ${what}`, () => {
      const planned = plan(place, runningFacts(place, facts), wanted);
      assert.match(planned.reason, says);
      assert.deepEqual(
        planned.steps.map(({ name }) => name),
        beside,
      );
    });

  it("does not try in vain to stop what was started by hand without a label", () => {
    const byHand = { ...container, id: "c0", name: "x", place: null };
    assert.deepEqual(names(place, runningFacts(place, { containers: [container, byHand] })), []);
  });

  it("deploys again when any setting or secret differs, and the plan holds none of them", () => {
    const facts = runningFacts(place);
    for (const spec of [
      { env: { A: "hidden" } },
      { ports: ["8081:8000"] },
      { memory: "64m" },
      { command: ["hidden"] },
    ]) {
      const planned = plan(placeOf(spec), facts, wanted);
      assert.match(planned.reason, /settings are not those that are wanted/);
      assert.ok(!JSON.stringify(planned).includes("hidden"));
    }
    const secret = (value: string) => placeOf({ secrets: ["T"] }, { "env.T": value });
    const planned = plan(secret("hidden"), runningFacts(secret("former")), wanted);
    assert.equal(planned.steps.length, 4);
    assert.ok(!JSON.stringify(planned).includes("hidden"));
  });

  it("builds once and pulls by digest where there is a repository, and pulls what is known without building", () => {
    const registry = placeOf({ image: { repository: "r.example/shop/web" } });
    const facts = runningFacts(registry, { noted: [], images: [], containers: [], current: null });
    assert.deepEqual(names(registry, facts), ["image", "push", "pull", ...beside]);
    const noted = {
      key: imageKey(registry, wanted, null),
      id: "sha256:i1",
      source: "",
      commit,
      reference: "r.example/shop/web@sha256:d",
    };
    const [first] = plan(registry, { ...facts, noted: [noted] }, wanted).steps;
    assert.deepEqual([first?.name, first?.input.reference], ["pull", noted.reference]);
  });

  it("is refused where a tag can't be resolved, or another ledger deployed", () => {
    const tagged = placeOf({ image: { tag: "r.example/web:v1" } });
    const facts = runningFacts(tagged, { tag: { problem: "no answer" }, token: { token: 3, ledger: "other" } });
    const { steps, findings } = plan(tagged, facts, wanted);
    assert.deepEqual(
      [steps, findings.map(({ code, level }) => [code, level])],
      [
        [],
        [
          ["foreign-ledger", "block"],
          ["image-pull-failed", "block"],
        ],
      ],
    );
  });
});

describe("the address of an image", () => {
  const key = (spec: object, want: Partial<Wanted> = {}) => imageKey(placeOf(spec), { ...wanted, ...want }, null);

  it("is another for another source, Dockerfile, stage or argument", () => {
    const all = [
      key({}),
      key({}, { digest: "sha256:b" }),
      key({ image: { dockerfile: "b/Dockerfile" } }),
      key({ image: { target: "test" } }),
      key({ image: { args: { A: "1" } } }),
      key({ image: { args: { A: "2" } } }),
    ];
    assert.equal(new Set(all).size, all.length);
  });

  it("is the same for the same source at another commit, though an argument tells the commit", () => {
    const other = "2".repeat(40);
    const args = (id: string) => ({ image: { args: { COMMIT: id } } });
    assert.equal(key(args(commit)), key(args(other), { commit: other }));
  });
});

it("no two places share a container's name or label", () => {
  const a = { ...place, application: "a-b", environment: "c" };
  const b = { ...place, application: "a", environment: "b-c" };
  assert.notEqual(containerName(a), containerName(b));
  assert.notEqual(placeLabel(a), placeLabel(b));
});

it("no value of a variable or secret is among the words of a command", async () => {
  const making = await makingOf(
    placeOf({ env: { A: "plain-value" }, secrets: { T: { file: "/run/secrets/t" } } }, { "env.T": "secret-value" }),
  );
  const words = [making.options, making.candidateOptions, making.command].join(" ");
  assert.ok(!/plain-value|secret-value/.test(words), words);
  assert.match(making.env, /^A=plain-value$/m);
  assert.match(making.files ?? "", /run\/secrets\/t[\s\S]*secret-value/);
});
