import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Judged } from "../judged.ts";
import type { Wanted } from "../provider.ts";
import { imageClaim, portsClaim, runningClaim, stateVerdict, tagClaim } from "./claims.ts";
import type { Container, EngineReading } from "./reading.ts";
import { type DockerPlace, DockerSpec } from "./spec.ts";

const commit = "1".repeat(40);
const other = "2".repeat(40);
const digest = `sha256:${"d".repeat(64)}`;
const wanted = { commit, digest: "sha256:s", accepts: [commit] } as unknown as Wanted;

const placeOf = (spec: object = {}): DockerPlace => ({
  application: "shop",
  environment: "uat",
  component: "web",
  target: "m1",
  spec: DockerSpec.parse({ ports: ["8080:8000"], ...spec }),
  at: { host: "localhost" },
  values: {},
  fromOutside: [],
});

const ours: Container = {
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
  ports: { "8000/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }] },
};
const sound: EngineReading = {
  at: "2026-01-01T00:00:20Z",
  now: Date.parse("2026-01-01T00:00:20Z"),
  containers: [ours],
  images: [{ id: "sha256:i1", revision: commit, source: "sha256:s", digests: [] }],
  noted: [{ key: "k", id: "sha256:i1", source: "sha256:s", commit, reference: null }],
  current: { container: "c1", key: "k", source: "sha256:s", commit, configuration: "f" },
  tag: null,
};

const short = ({ verdict, code }: Pick<Judged, "verdict" | "code">) => [verdict, code];

describe("the image of a running container", () => {
  const place = placeOf();
  const judged = (reading: Partial<EngineReading>, container: Container | undefined = ours) =>
    imageClaim(place, wanted, "k", container, { ...sound, ...reading });

  it("is proven by its id, with the label that names the commit as a second reading", () => {
    const claim = judged({});
    assert.equal(claim.verdict, "proven");
    assert.deepEqual(
      claim.readings.map(({ identity }) => identity),
      ["sha256:i1", commit],
    );
  });

  const image = sound.images[0] ?? assert.fail();
  const noted = sound.noted[0] ?? assert.fail();
  const cases: [
    what: string,
    reading: Partial<EngineReading>,
    container: Container | undefined,
    end: (string | undefined)[],
  ][] = [
    ["no container", {}, undefined, ["refuted", "container-missing"]],
    [
      "another image with the right labels",
      { images: [{ ...image, id: "sha256:i2" }] },
      { ...ours, image: "sha256:i2" },
      ["refuted", "wrong-image"],
    ],
    ["another image without labels", {}, { ...ours, image: "sha256:i2" }, ["refuted", "wrong-image"]],
    [
      "the noted image, whose label names another commit",
      { images: [{ ...image, revision: other }] },
      ours,
      ["refuted", "wrong-image"],
    ],
    [
      "the noted image, noted for another commit",
      { noted: [{ ...noted, commit: other }] },
      ours,
      ["refuted", "wrong-image"],
    ],
    ["the right labels and no note", { noted: [] }, ours, ["unknown", "no-evidence"]],
    ["an image that the engine no longer shows", { images: [] }, ours, ["unknown", "no-evidence"]],
  ];
  for (const [what, reading, container, end] of cases)
    it(`${what}: ${end[0]}`, () => {
      const given = { ...sound, ...reading };
      assert.deepEqual(short(imageClaim(place, wanted, "k", container, given)), end);
    });

  it("of a registry must be known by the digest, under whichever name", () => {
    const elsewhere = placeOf({ image: { digest: `docker.io/library/web@${digest}` } });
    const reference = `docker.io/library/web@${digest}`;
    const reading = (digests: string[]) => ({
      ...sound,
      images: [{ ...image, digests }],
      noted: [{ ...noted, reference }],
    });
    const claim = (digests: string[]) => short(imageClaim(elsewhere, wanted, "k", ours, reading(digests)));
    assert.deepEqual(claim([`web@${digest}`]), ["proven", undefined]);
    assert.deepEqual(claim([`web@sha256:${"e".repeat(64)}`]), ["refuted", "wrong-image"]);
    assert.deepEqual(claim([]), ["refuted", "wrong-image"]);
  });
});

describe("a running container", () => {
  const judged = (reading: Partial<EngineReading>, container: Container = ours) =>
    short(runningClaim(placeOf(), wanted, container, { ...sound, ...reading }));

  it("is proven when it is the very one that was started, up, and alone", () => {
    assert.deepEqual(judged({}), ["proven", undefined]);
  });

  const states: [what: string, change: Partial<Container>, end: (string | undefined)[]][] = [
    ["exited", { running: false, status: "exited", exit: 3 }, ["refuted", "container-not-running"]],
    ["paused", { status: "paused" }, ["refuted", "container-not-running"]],
    ["between two starts", { status: "restarting" }, ["refuted", "container-restarted"]],
    ["up again after a restart", { restarts: 1 }, ["refuted", "container-restarted"]],
    ["unhealthy", { health: "unhealthy" }, ["refuted", "container-unhealthy"]],
    ["not yet healthy", { health: "starting" }, ["unknown", "container-unhealthy"]],
  ];
  for (const [what, change, end] of states)
    it(`that is ${what} is ${end[0]}`, () => assert.deepEqual(judged({}, { ...ours, ...change }), end));

  it("is told of in words that fit its state", () => {
    const words = (change: Partial<Container>) => stateVerdict({ ...ours, ...change })?.reason.replace(/^\S+ \S+ /, "");
    assert.equal(words({ running: false, status: "exited", exit: 3 }), "has exited (exit status 3)");
    assert.equal(words({ running: false, status: "paused" })?.split(" ")[0], "is");
  });

  it("that is healthy, or has no health check, has nothing against it", () => {
    for (const health of ["healthy", "none", null]) assert.equal(stateVerdict({ ...ours, health }), null);
  });

  it("by hand, or without a note, is refuted", () => {
    assert.deepEqual(judged({}, { ...ours, id: "c9" }), ["refuted", "container-foreign"]);
    assert.deepEqual(judged({ current: null }), ["refuted", "container-foreign"]);
  });

  it("beside an old one is refuted: by label, by name, or by image; another place's is not ours", () => {
    const beside = (change: Partial<Container>) =>
      judged({ containers: [ours, { ...ours, id: "c0", name: "x", place: null, image: "z", ...change }] });
    assert.deepEqual(beside({ place: "shop/uat/web/m1" }), ["refuted", "old-container"]);
    assert.deepEqual(beside({ image: "sha256:i1" }), ["refuted", "old-container"]);
    assert.deepEqual(beside({ image: "sha256:i1", place: "shop/production/web/m1" }), ["proven", undefined]);
    assert.deepEqual(beside({ image: "sha256:i1", running: false }), ["proven", undefined]);
    assert.deepEqual(beside({}), ["proven", undefined]);
  });
});

it("a port is proven only where the engine publishes it for this container, on the address that was declared", () => {
  const bound = (HostIp: string, HostPort: string) => ({ ...ours, ports: { "8000/tcp": [{ HostIp, HostPort }] } });
  const claim = (ports: string[], container: Container) => short(portsClaim(placeOf({ ports }), container, sound));
  assert.deepEqual(claim(["8080:8000"], ours), ["proven", undefined]);
  assert.deepEqual(claim(["8080:8000"], bound("127.0.0.1", "8080")), ["refuted", "port-not-held"]);
  assert.deepEqual(claim(["127.0.0.1:8080:8000"], bound("127.0.0.1", "8080")), ["proven", undefined]);
  assert.deepEqual(claim(["8080:8000"], bound("0.0.0.0", "8081")), ["refuted", "port-not-held"]);
  assert.deepEqual(claim(["8080:9000"], ours), ["refuted", "port-not-held"]);
  assert.deepEqual(claim(["8080:8000"], { ...ours, ports: {} }), ["refuted", "port-not-held"]);
});

it("a tag is proven by the digest that it stands for, refuted when it moved, and unknown when nobody tells", () => {
  const place = placeOf({ image: { tag: "r.example/web:v1" } });
  const noted = [{ key: "k", id: "sha256:i1", source: "s", commit, reference: `r.example/web@${digest}` }];
  const claim = (tag: EngineReading["tag"]) => short(tagClaim(place, "k", { ...sound, noted, tag }));
  assert.deepEqual(claim({ digest }), ["proven", undefined]);
  assert.deepEqual(claim({ digest: `sha256:${"e".repeat(64)}` }), ["refuted", "tag-moved"]);
  assert.deepEqual(claim({ problem: "no answer" }), ["unknown", "no-evidence"]);
  assert.deepEqual(claim(null), ["unknown", "no-evidence"]);
});
