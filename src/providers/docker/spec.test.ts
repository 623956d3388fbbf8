import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DockerSpec, imagePlan, portsOf } from "./spec.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("a component of type docker", () => {
  it("is built from its Dockerfile when nothing else is said", () => {
    assert.deepEqual(imagePlan(DockerSpec.parse({})), { from: "build", dockerfile: "Dockerfile", repository: null });
  });

  const refused: [what: string, spec: object][] = [
    [
      "an image that is built and was built elsewhere",
      { image: { dockerfile: "Dockerfile", digest: `r/web@${digest}` } },
    ],
    ["a check of an image that is not built here", { image: { tag: "r/web:v1", check: false } }],
    ["a tag and a digest", { image: { tag: "r/web:v1", digest: `r/web@${digest}` } }],
    ["an image without a tag", { image: { tag: "r.example:5000/web" } }],
    ["a digest that is cut off", { image: { digest: "r/web@sha256:abc" } }],
    ["a port without its other end", { ports: ["8080"] }],
    ["a port that is an option", { ports: ["--privileged"] }],
    ["a variable's name that is an option", { env: { "-x": "1" } }],
    ["a variable of two lines, which would be two", { env: { A: "1\nB=2" } }],
    ["the host's own network", { network: "host" }],
    ["a health path without a port to ask on", { prove: { health: "/health" } }],
    ["a variable that is given twice", { env: { A: "1" }, secrets: ["A"] }],
    ["a secret's file that climbs", { secrets: { A: { file: "/run/../etc/passwd" } } }],
    ["a volume that is an option", { volumes: ["--privileged"] }],
    ["a key that it does not have", { prots: ["8080:80"] }],
  ];
  for (const [what, spec] of refused)
    it(`${what} is refused`, () => assert.equal(DockerSpec.safeParse(spec).success, false));

  it("its ports are read with the address, where there is one", () => {
    assert.deepEqual(portsOf(DockerSpec.parse({ ports: ["8080:80", "127.0.0.1:9000:90"] })), [
      { address: "", host: 8080, container: 80 },
      { address: "127.0.0.1", host: 9000, container: 90 },
    ]);
  });
});
