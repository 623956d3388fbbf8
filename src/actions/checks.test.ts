import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deployRequest, type Stage, setStage } from "../../test/helpers/stage.ts";
import { openHosts } from "../io/open-hosts.ts";
import type { Provider } from "../providers/provider.ts";
import { deploy } from "./deploy.ts";
import { prove } from "./prove.ts";
import { status } from "./status.ts";

describe("a deploy of a component with checks", () => {
  let stage: Stage;
  let server: Server;
  let broken = false;
  beforeEach(async () => {
    broken = false;
    server = createServer((request, response) => {
      response.statusCode = broken && request.url === "/orders" ? 500 : 200;
      response.end("words");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const base = `http://localhost:${(server.address() as AddressInfo).port}`;
    stage = setStage(manifest(base));
    const hosts = openHosts(stage.directory);
    stage.world.providers = stage.world.providers.map(
      (provider): Provider => ({
        ...provider,
        reach: () => ({ host: hosts.get({ host: "localhost" }), directory: stage.directory }),
        logs: async () => ["ImportError: no module named loader"],
      }),
    );
  });
  afterEach(() => {
    server.close();
    stage.remove();
  });

  it("is failed with the request and the last log lines, though the revision and its health are right", async () => {
    broken = true;
    const answer = await deploy(deployRequest(), stage.world);
    assert.equal(answer.outcome.outcome, "failed", JSON.stringify(answer.outcome));
    assert.equal(answer.outcome.reasons[0]?.code, "check-failed");
    assert.match(answer.outcome.reasons[0]?.message ?? "", /request orders: .*status 500 instead of 200/);
    const logs = stage.events.find(({ event }) => event === "logs");
    assert.match(JSON.stringify(logs), /ImportError/);
    const shown = await status({ live: false }, stage.world);
    assert.notEqual(shown.environments[0]?.rows[0]?.verdict, "proven");
  });

  it("is proven when they hold; a later proof reads them again", async () => {
    const answer = await deploy(deployRequest(), stage.world);
    assert.equal(answer.outcome.outcome, "proven", JSON.stringify(answer.outcome));
    assert.ok(answer.evidence.some(({ claim }) => claim === "request orders"));
    broken = true;
    const proof = await prove({ environment: "uat", components: [] }, stage.world);
    assert.equal(proof.outcome.outcome, "failed", JSON.stringify(proof.outcome));
  });

  it("is unproven when the unit does not say what it runs: good checks prove no revision", async () => {
    stage.machines.at("m1").says = "unknown";
    const answer = await deploy(deployRequest(), stage.world);
    assert.equal(answer.outcome.outcome, "unproven", JSON.stringify(answer.outcome));
  });
});

const manifest = (base: string) => `application: app
components:
  web:
    type: fake
    source: [src]
    checks:
      health: { url: "${base}/health", within: 1s }
      requests:
        - { name: orders, url: "${base}/\${vars.path}", status: "\${vars.status}", within: 1s }
environments:
  uat:
    branch: main
    vars: { path: orders, status: "200" }
    targets:
      m1: { host: m1 }
`;
