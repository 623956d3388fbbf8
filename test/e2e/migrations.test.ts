import assert from "node:assert/strict";
import { rename } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { expectDocument, landfall } from "../helpers/cli.ts";
import { type LocalService, makeLocalService } from "../helpers/local-service.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

const backup = (run: string) =>
  `backup: { run: '${run} >"$LANDFALL_BACKUP"', once: revision, backup: { file: "shared/\${revision.commit}.dump", check: 'grep -q data "$LANDFALL_BACKUP"' } }`;
const migrate =
  "migrate: { run: 'echo $LANDFALL_COMMIT >>$LANDFALL_DIRECTORY/shared/migrations', once: revision, pending: 'exit 1' }";

describe("a migration with a backup before it", { concurrency: false }, () => {
  let service: LocalService;
  before(async () => {
    service = await makeLocalService();
  });
  after(async () => await service.remove());
  const directory = () => service.repository.directory;

  it("is not reached when the backup is empty", async () => {
    await service.steps(backup(":"), migrate);
    const document = await expectDocument(directory(), ["deploy", "uat"], { status: 1, outcome: "failed" });
    assert.match(JSON.stringify(document), /backup-unverified.*is empty/);
    assert.deepEqual(await service.lines("migrations"), []);
  });

  it("is told of before a rollback begins, with the backup, and in the record", async () => {
    await service.steps(backup("echo data"), migrate);
    await expectDocument(directory(), ["deploy", "uat"], { status: 0, outcome: "proven" });
    const second = await service.change();
    await expectDocument(directory(), ["deploy", "uat"], { status: 0, outcome: "proven" });
    assert.equal((await service.lines("migrations")).length, 2);
    const told = new RegExp(
      `step migrate ran for ${second.slice(0, 7)} .* not undone: .*${second}\\.dump, 5 bytes, sha256`,
    );
    const planned = await landfall(directory(), ["rollback", "uat", "--dry-run"]);
    assert.equal(planned.status, 0, planned.stderr);
    assert.match(planned.stdout, told);
    const done = await landfall(directory(), ["rollback", "uat"]);
    assert.equal(done.status, 0, done.stderr);
    const lines = done.stderr.split("\n");
    const warning = lines.findIndex((line) => told.test(line));
    assert.ok(warning > 0 && warning < lines.findIndex((line) => / survey$/.test(line)), done.stderr);
    const shown = await landfall(directory(), ["history", "uat", "--json"]);
    assert.match(shown.stdout, /"cannot-undo"/);
    assert.equal((await service.lines("migrations")).length, 2, "a rollback migrates nothing");
  });
});

describe("a source in another repository", { concurrency: false }, () => {
  let service: LocalService;
  let other: TestRepository;
  before(async () => {
    service = await makeLocalService();
    other = await makeRepository({ "server.mjs": "", "restart.sh": "" });
  });
  after(async () => {
    await service.remove();
    await other.remove();
  });

  it("blocks when it is gone, and is proven by its own commit when it is there", async () => {
    const { repository } = service;
    const files = await Promise.all(
      ["server.mjs", "restart.sh"].map(async (path) => [path, `${await repository.git("show", `HEAD:${path}`)}\n`]),
    );
    await other.write(Object.fromEntries(files));
    const own = await other.commit();
    const text = await repository.git("show", "HEAD:landfall.yaml");
    const source = `source: { git: ${JSON.stringify(other.directory)}, ref: main }`;
    await repository.write({ "landfall.yaml": `${text.replace("source: [.]", source)}\n` });
    const commit = await repository.commit();
    await rename(other.directory, `${other.directory}-gone`);
    const blocked = await expectDocument(repository.directory, ["deploy", "uat"], { status: 3, outcome: "blocked" });
    assert.equal(blocked.rollout.findings[0]?.code, "source-unreachable");
    await rename(`${other.directory}-gone`, other.directory);
    const document = await expectDocument(repository.directory, ["deploy", "uat"], { status: 0, outcome: "proven" });
    assert.equal(document.rollout.revision.commit, commit);
    assert.match(JSON.stringify(document), new RegExp(`"identity":"${own}"`));
    const shown = await landfall(repository.directory, ["status", "uat"]);
    assert.match(shown.stdout, new RegExp(own.slice(0, 7)));
    const history = await landfall(repository.directory, ["history", "show", document.rollout.id, "uat"]);
    const all = history.stdout + (await landfall(repository.directory, ["history", "uat"])).stdout;
    assert.match(all, new RegExp(`${commit.slice(0, 7)} \\(app@${own.slice(0, 7)}\\)`));
  });
});
