import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Document, expectEnding, landfall } from "../helpers/cli.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

const good = `application: shop
components:
  web:
    type: machine
    directory: /opt/app
    steps:
      build: { run: "echo \${vars.text}" }
    prove: { service: web.service }
environments:
  uat:
    branch: main
    vars: { text: hello }
    targets:
      m1: { host: m1.invalid }
`;

describe("an invalid manifest ends with exit code 2, every mistake with its line and column, and a record in the ledger", () => {
  let repository: TestRepository;
  before(async () => {
    repository = await makeRepository({ "landfall.yaml": good });
  });
  after(async () => await repository.remove());

  const cases: { title: string; change: [string, string]; code: string; at: [number, number]; says: RegExp }[] = [
    {
      title: "an unknown key",
      change: ["    steps:", "    stesp:"],
      code: "unknown-key",
      at: [6, 5],
      says: /steps/,
    },
    {
      title: "a wrong type",
      change: ["directory: /opt/app", "directory: [1]"],
      code: "wrong-type",
      at: [5, 16],
      says: /text/,
    },
    {
      title: "a missing variable",
      change: ["${vars.text}", "${env.NOWHERE}"],
      code: "missing-variable",
      at: [7, 21],
      says: /NOWHERE/,
    },
    {
      title: "an environment without targets",
      change: ["    targets:\n      m1: { host: m1.invalid }\n", "    targets: {}\n"],
      code: "no-targets",
      at: [13, 5],
      says: /target/,
    },
    { title: "a path that escapes", change: ["/opt/app", "/opt/../etc"], code: "bad-value", at: [5, 16], says: /\.\./ },
    {
      title: "a relative path that escapes",
      change: ["    directory:", "    source: [../other]\n    directory:"],
      code: "bad-value",
      at: [5, 14],
      says: /inside the repository/,
    },
    {
      title: "a host that ssh would read as an option",
      change: ["m1.invalid", "-oProxyCommand=id"],
      code: "bad-value",
      at: [14, 19],
      says: /host/,
    },
    {
      title: "a key that is planned and not built",
      change: ["    vars:", "    account: {}\n    vars:"],
      code: "not-in-this-version",
      at: [12, 5],
      says: /account/,
    },
    {
      title: "a type that does not exist",
      change: ["type: machine", "type: mashine"],
      code: "unknown-type",
      at: [4, 11],
      says: /machine/,
    },
    {
      title: "a step with one of Landfall's own names",
      change: ["      build:", "      switch:"],
      code: "bad-value",
      at: [7, 7],
      says: /own/,
    },
  ];
  for (const { title, change, code, at, says } of cases) {
    it(title, async () => {
      await repository.write({ "landfall.yaml": good.replace(...change) });
      const { rollout } = await expectEnding(repository.directory, ["deploy", "uat"], {
        status: 2,
        outcome: "invalid",
        code,
        says,
      });
      const finding = rollout.findings.find((found) => found.code === code);
      assert.deepEqual([finding?.line, finding?.column], at, JSON.stringify(rollout.findings));
      const checked = await landfall(repository.directory, ["check", "--json"]);
      assert.ok(
        (JSON.parse(checked.stdout) as { findings: { code: string }[] }).findings.some((found) => found.code === code),
        checked.stdout,
      );
    });
  }

  it("two mistakes at once are both shown", async () => {
    await repository.write({
      "landfall.yaml": good.replace("directory:", "directorry:").replace("branch: main", "branch: 7"),
    });
    const told = await landfall(repository.directory, ["deploy", "uat"]);
    assert.equal(told.status, 2);
    assert.match(told.stdout, /landfall\.yaml:5:5/);
    assert.match(told.stdout, /landfall\.yaml:11:13/);
  });

  it("a misspelt environment is refused with the nearest name, and leaves no record", async () => {
    await repository.write({ "landfall.yaml": good });
    const told = await landfall(repository.directory, ["deploy", "uta", "--json"]);
    assert.equal(told.status, 2);
    assert.match((JSON.parse(told.stdout) as Document).rollout.reasons[0]?.message ?? "", /uat/);
    assert.equal(await repository.git("for-each-ref", "refs/landfall/ledger/uta"), "");
  });
});
