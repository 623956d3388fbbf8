import assert from "node:assert/strict";
import { test } from "node:test";
import { version } from "../../util/version.ts";
import { type AgentUnits, agentUnits, readUnits, unitsDiffer } from "./agent-units.ts";

const given: AgentUnits = {
  application: "shop",
  environment: "uat",
  target: "m1",
  user: "deploy",
  directory: "/var/lib/landfall/shop-uat",
  file: "landfall.yaml",
};

test("the application never waits for the catch-up, and the catch-up has a time limit", () => {
  const { service, timer } = agentUnits(given);
  assert.doesNotMatch(service, /multi-user|Before=|WantedBy/);
  assert.match(timer, /^WantedBy=timers\.target$/m);
  assert.match(service, /^TimeoutStartSec=\d+/m);
});

test("what units were made from is read back from them, whatever the folder is called", () => {
  for (const directory of ["/srv/a b", '/srv/100% "quoted" \\ $HOME', given.directory]) {
    const said = readUnits(agentUnits({ ...given, directory }).service);
    assert.deepEqual(said, { user: "deploy", directory, file: "landfall.yaml", version });
  }
});

test("units that are as they would be made now do not differ; changed, older and strange ones do", () => {
  const units = agentUnits({ ...given, user: "other" });
  assert.equal(unitsDiffer(units, given), null);
  assert.match(unitsDiffer({ ...units, service: `${units.service}Nice=5\n` }, given) ?? "", /service was changed/);
  assert.match(unitsDiffer({ ...units, timer: "" }, given) ?? "", /timer was changed/);
  assert.match(unitsDiffer(agentUnits(given, "0.0.1"), given) ?? "", /starts Landfall 0\.0\.1/);
  assert.match(unitsDiffer({ service: "[Service]\n", timer: "" }, given) ?? "", /not one that/);
  assert.match(unitsDiffer(units, { ...given, target: "m2" }) ?? "", /service and timer were changed/);
});
