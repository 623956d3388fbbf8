import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { expectDocument } from "../helpers/cli.ts";
import { type LocalService, makeLocalService } from "../helpers/local-service.ts";

describe("a deploy whose service answers its health and its revision, and fails a check", {
  concurrency: false,
}, () => {
  let service: LocalService;
  let manifest = "";
  let url = "";
  before(async () => {
    service = await makeLocalService();
    manifest = await readFile(join(service.repository.directory, "landfall.yaml"), "utf8");
    url = /url: "([^"]+)"/.exec(manifest)?.[1] ?? "";
  });
  after(async () => await service.remove());

  /** Deploys with these checks behind a health check that always holds. */
  async function deploy(checks: object, ending: { status: number; outcome: string }): Promise<string> {
    const written = JSON.stringify({ health: { url, within: "5s" }, ...checks });
    const text = manifest.replace("    prove:\n", `    checks: ${written}\n    prove:\n`);
    await service.repository.write({ "landfall.yaml": text });
    await service.repository.commit();
    return JSON.stringify(await expectDocument(service.repository.directory, ["deploy", "uat"], ending));
  }

  it("is failed with the reason, whichever kind it is", async () => {
    const request = (more: object) => ({ requests: [{ name: "orders", url, within: "1s", ...more }] });
    const command = (run: string) => ({ commands: [{ name: "smoke", run, within: "1s" }] });
    const cases: [checks: object, says: RegExp][] = [
      [request({ status: 204 }), /status 200 instead of 204/],
      [request({ body: "welcome" }), /in the answer/],
      [request({ json: { ".commit": "x" } }), /\.commit is .* instead of/],
      [request({ revision: ".none" }), /no text at \.none/],
      [command("echo broken; exit 1"), /exit status 1: broken/],
      [command("sleep 60"), /did not end in its time/],
    ];
    for (const [checks, says] of cases) {
      const answer = await deploy(checks, { status: 1, outcome: "failed" });
      assert.match(answer, says);
      assert.match(answer, /check-failed/);
    }
  });

  it("is proven when all of them hold, with a command in the release", async () => {
    await deploy(
      {
        requests: [{ name: "version", url, revision: ".commit" }],
        commands: [{ name: "smoke", run: 'test "$(cat REVISION)" = "$LANDFALL_COMMIT"' }],
      },
      { status: 0, outcome: "proven" },
    );
  });
});
