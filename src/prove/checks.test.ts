import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { after, before, describe, it } from "node:test";
import { AwsSessions } from "../io/aws/session.ts";
import { openHosts } from "../io/open-hosts.ts";
import { Checks } from "../model/checks.ts";
import type { ResolvedPlace } from "../model/place.ts";
import type { Wanted } from "../providers/provider.ts";
import { runChecks } from "./checks.ts";

const commit = "3f9c2e1".padEnd(40, "a");
const older = "81aa0d3".padEnd(40, "b");

describe("the checks of a place", () => {
  let server: Server;
  let base = "";
  let asked: string[] = [];
  const hosts = openHosts(tmpdir());
  before(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (request.url === "/hangs") return;
      if (request.url === "/broken" || (request.url === "/late" && asked.length < 3)) response.statusCode = 500;
      const secret = request.headers["x-key"];
      response.end(JSON.stringify({ commit, old: older, items: [{ id: 1 }], secret }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await hosts.close();
  });

  async function check(checks: object, { proven = true, signal = new AbortController().signal } = {}) {
    asked = [];
    const place: ResolvedPlace = {
      application: "app",
      environment: "uat",
      component: "web",
      target: "m1",
      spec: {},
      at: {},
      values: { "vars.word": "a 'b' $c" },
      fromOutside: [],
      type: "fake",
      source: ["."],
      exclude: [],
      after: [],
      presence: "always",
      runsOnce: true,
      onceSteps: [],
      checks: Checks.parse(checks),
    };
    const wanted = { commit, accepts: [commit] } as unknown as Wanted;
    const reach = { host: hosts.get({ host: "localhost" }), directory: tmpdir() };
    const mask = (text: string) => text.replaceAll("s3cret", "***");
    return await runChecks(place, wanted, reach, proven, { hosts, aws: new AwsSessions(), signal, mask });
  }
  const request = (more: object) => ({
    requests: [{ name: "orders", url: `${base}/orders`, within: "1s", ...more }],
  });

  it("refuse each wrong answer, and say what was expected, what came and how often it was tried", async () => {
    const cases: [checks: object, code: string, says: RegExp][] = [
      [
        request({ url: `${base}/broken` }),
        "check-failed",
        /status 500 instead of 200.*it answered "\{.*tr(y|ies) in \d+ s/,
      ],
      [request({ body: "welcome" }), "check-failed", /no "welcome" in the answer/],
      [request({ json: { ".items.0.id": 2 } }), "check-failed", /\.items\.0\.id is 1 instead of 2/],
      [request({ json: { ".items.0.id": "1" } }), "check-failed", /is 1 instead of "1"/],
      [request({ json: { ".none": null } }), "check-failed", /\.none is not there instead of null/],
      [request({ revision: ".old" }), "version-old", /answered by 81aa0d3/],
      [request({ revision: ".none" }), "check-failed", /no text at \.none/],
      [request({ url: `${base}/hangs` }), "check-failed", /no answer within 1 s/],
      [request({ url: "http://localhost:1/" }), "check-failed", /no answer/],
      [{ commands: [{ name: "smoke", run: "echo broken; exit 1", within: "1s" }] }, "check-failed", /status 1: broken/],
      [{ commands: [{ name: "smoke", run: "sleep 60", within: "1s" }] }, "check-failed", /did not end in its time/],
    ];
    const all = await Promise.all(cases.map(([checks]) => check(checks)));
    for (const [index, [, code, says]] of cases.entries()) {
      const [found, ...more] = all[index] ?? [];
      assert.deepEqual([found?.verdict, found?.code, more.length], ["refuted", code, 0], JSON.stringify(found));
      assert.match(found?.reason ?? "", says);
    }
  });

  it("hold when all that they expect came, be it only after a while", async () => {
    const found = await check({
      health: { url: `${base}/late`, within: "5s" },
      requests: [
        { name: "orders", url: `${base}/orders`, body: "items", json: { ".items.0.id": 1 }, revision: ".commit" },
      ],
      commands: [
        {
          name: "smoke",
          run: `test "$LANDFALL_COMMIT $LANDFALL_TARGET $LANDFALL_ENVIRONMENT" = "${commit} m1 uat"; test \${vars.word} = "a 'b' \\$c"`,
          within: "1s",
        },
      ],
    });
    assert.deepEqual(
      found.map(({ claim, verdict }) => [claim, verdict]),
      [
        ["health", "proven"],
        ["request orders", "proven"],
        ["command smoke", "proven"],
      ],
      JSON.stringify(found),
    );
    assert.deepEqual(asked, ["GET /late", "GET /late", "GET /late", "GET /orders"]);
  });

  const all = () => ({
    health: { url: `${base}/health`, within: "1s" },
    requests: ["one", "two"].map((name) => ({ name, url: `${base}/broken`, within: "1s" })),
    commands: [{ name: "smoke", run: "true", within: "1s" }],
  });

  it("believe no constant health: every request that fails is told, and the commands are not reached", async () => {
    const found = await check(all());
    assert.deepEqual(
      found.map(({ verdict, code }) => code ?? verdict),
      ["proven", "check-failed", "check-failed", "check-not-reached"],
    );
  });

  it("ask nothing further when health does not hold, and nothing at all where the revision is not proven", async () => {
    const found = await check({ ...all(), health: { url: `${base}/health`, status: 204, within: "1s" } });
    assert.deepEqual(
      found.map(({ verdict }) => verdict),
      ["refuted", "unknown", "unknown", "unknown"],
    );
    assert.ok(!asked.includes("GET /broken"));
    assert.match(found[1]?.reason ?? "", /not reached: health did not hold/);
    const unproven = await check(all(), { proven: false });
    assert.ok(unproven.every(({ verdict }) => verdict === "unknown"));
    assert.deepEqual(asked, []);
  });

  it("show no secret that an answer gives back", async () => {
    const text = JSON.stringify(await check(request({ headers: { "X-Key": "s3cret" }, status: 204 })));
    assert.match(text, /\*\*\*/);
    assert.doesNotMatch(text, /s3cret/);
  });

  it("are unknown, not failed, when a person stopped them", async () => {
    const found = await check(all(), { signal: AbortSignal.timeout(0) });
    assert.ok(found.every(({ verdict }) => verdict === "unknown"));
  });
});

it("checks that could not be met as they are written are refused", () => {
  const bad: object[] = [
    { health: {} },
    { health: { url: "ftp://localhost" } },
    { health: { url: "http://localhost", status: 42 } },
    { health: { url: "http://localhost", within: "0s" } },
    { health: { url: "http://localhost", within: "2h" } },
    { requests: [{ name: "a", url: "http://localhost", json: { id: 1 } }] },
    { requests: [{ name: "a", url: "http://localhost", method: "DELETE" }] },
    { requests: ["a", "a"].map((name) => ({ name, url: "http://localhost" })) },
    { commands: ["a", "a"].map((name) => ({ name, run: "true" })) },
    { commands: [{ name: "a", run: "" }] },
  ];
  for (const checks of bad) assert.equal(Checks.safeParse(checks).success, false, JSON.stringify(checks));
});
