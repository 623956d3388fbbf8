import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { expectDocument, landfall } from "../helpers/cli.ts";
import { type LocalService, makeLocalService } from "../helpers/local-service.ts";

describe("an environment that asks for approvals", { concurrency: false }, () => {
  let service: LocalService;
  const cli = (...args: string[]) => landfall(service.repository.directory, args);
  before(async () => {
    service = await makeLocalService("mark: { run: 'touch $LANDFALL_DIRECTORY/shared/touched' }");
    const file = "landfall.yaml";
    const text = await readFile(join(service.repository.directory, file), "utf8");
    await service.repository.write({
      [file]: text.replace("branch: main,", "branch: main, requires: { approval: true },"),
    });
    await service.repository.commit();
  });
  after(async () => await service.remove());

  it("ends plan and deploy with exit code 3 until it is approved, with nothing touched", async () => {
    const plan = await cli("plan", "uat");
    assert.equal(plan.status, 3, plan.stderr);
    assert.match(plan.stdout, /plan [0-9a-f]{12} {2}uat carries out approved plans only/);
    const ending = { status: 3, outcome: "blocked", code: "approval-missing" };
    await expectDocument(service.repository.directory, ["deploy", "uat"], ending);
    await assert.rejects(readFile(join(service.directory, "shared", "touched")));
  });

  it("is not approved where nobody can be asked, and nothing says yes", async () => {
    const end = await cli("approve", "uat", "--reason", "looked at it");
    assert.equal(end.status, 3);
    assert.match(end.stderr, /upload[\s\S]*nobody said yes/);
    assert.equal((await cli("deploy", "uat")).status, 3);
  });

  it("is deployed to once it is approved, and plan, deploy and history say by whom", async () => {
    const { hash } = JSON.parse((await cli("plan", "uat", "--json")).stdout);
    const approved = await cli("approve", "uat", "--plan", hash, "--reason", "looked at it", "--yes", "--json");
    assert.equal(approved.status, 0, approved.stderr);
    assert.equal(JSON.parse(approved.stdout).approval.plan.hash, hash);
    assert.match((await cli("status")).stdout, new RegExp(`approved and not deployed: plan ${hash.slice(0, 12)}`));
    const plan = await cli("plan", "uat");
    assert.deepEqual(
      [plan.status, /approved by \S+ \(advisory: not signed;/.test(plan.stdout)],
      [0, true],
      plan.stdout,
    );
    const deployed = await cli("deploy", "uat");
    assert.equal(deployed.status, 0, deployed.stderr);
    assert.match(deployed.stdout, /approved by \S+ \(advisory: not signed;[\s\S]*PROVEN/);
    const history = (await cli("history", "uat")).stdout;
    assert.match(history, new RegExp(`${hash.slice(0, 12)} .* used by [0-9A-Z]{26} +looked at it`));
    const [id = ""] = /(?<=used by )\S+/.exec(history) ?? [];
    assert.match((await cli("history", "show", id)).stdout, /plan {5}[0-9a-f]{12}, approved by .*: looked at it/);
  });

  it("asks for another one for the next change, and says that what was approved was withdrawn", async () => {
    await service.change();
    assert.equal((await cli("approve", "uat", "--reason", "next", "--yes")).status, 0);
    const withdrawn = await cli("approve", "uat", "--withdraw", "--reason", "not today");
    assert.match(withdrawn.stdout, /the approval of plan [0-9a-f]{12} .* is withdrawn/);
    const { status, stdout } = await cli("deploy", "uat");
    assert.equal(status, 3);
    assert.match(stdout, /was withdrawn by .*not today/);
  });
});
