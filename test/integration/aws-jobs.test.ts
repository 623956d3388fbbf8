import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { landfallInAws } from "../helpers/aws/cli.ts";
import { documentOf, stepsOf } from "../helpers/aws/document.ts";
import { type LayersScene, layersScene } from "../helpers/aws/layers-scene.ts";
import { repositoryAt } from "../helpers/repository.ts";

describe("jobs with a ledger on the remote", { concurrency: false }, () => {
  let scene: LayersScene;
  const folder = mkdtempSync(join(tmpdir(), "landfall-jobs-"));
  const remote = join(folder, "remote.git");
  before(async () => {
    scene = await layersScene({ top: "ledger: { remote: origin }\n" });
    await scene.repository.git("clone", "--quiet", "--bare", ".", remote);
    await scene.repository.git("remote", "add", "origin", remote);
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await scene.remove();
  });

  /** A runner's own clone of a branch, with the web identity that it is given. */
  async function job(name: string, branch: string, account: string) {
    const directory = join(folder, name);
    await scene.repository.git("clone", "--quiet", "--branch", branch, remote, directory);
    const repository = repositoryAt(directory);
    const manifest = await scene.read("landfall.yaml");
    const env = {
      ...scene.aws.moto.environment,
      ...scene.aws.moto.webIdentity(account),
      AWS_ENDPOINT_URL: scene.aws.url,
    };
    // On a runner the job's own identity counts, and no profile.
    await repository.write({ "landfall.yaml": manifest.replaceAll(/, profile: \w+/g, "") });
    return {
      repository,
      deploy: async (...more: string[]) =>
        await landfallInAws(directory, ["deploy", account, "--ref", "HEAD", "--json", ...more], env),
    };
  }

  it("two at once for one environment: one waits, and then finds nothing left to do", async () => {
    const jobs = await Promise.all([job("one", "test", "sandbox"), job("two", "test", "sandbox")]);
    scene.aws.journal.forget();
    const ends = await Promise.all(jobs.map(({ deploy }) => deploy()));
    for (const end of ends) assert.equal(end.status, 0, end.stdout + end.stderr);
    const steps = ends.map((end) => stepsOf(end).length).sort();
    assert.deepEqual(steps, [0, 4], "one did all of it, the other nothing");
    const waited = ends.find((end) => stepsOf(end).length === 0);
    assert.match(waited?.stderr ?? "", /holds sandbox/);
    const count = (action: string) => scene.aws.journal.count({ action });
    assert.deepEqual([count("PutObject"), count("ExecuteChangeSet")], [2, 2]);
    for (const end of ends)
      assert.ok(
        documentOf(end).rollout.evidence.every(({ verdict }) => verdict === "proven"),
        end.stdout,
      );
  });

  it("a fresh clone knows what was proven: it builds nothing, and proves what is there", async () => {
    const { deploy } = await job("three", "test", "sandbox");
    scene.aws.journal.forget();
    const end = await deploy();
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.deepEqual(scene.aws.journal.writes(), []);
    assert.doesNotMatch(end.stderr, /build │/);
  });

  it("an environment that waits for another's proof ships the very artifact that was proven there", async () => {
    const { repository, deploy } = await job("four", "main", "production");
    const manifest = await scene.read("landfall.yaml");
    // A build that is not the same each time: what production would build is not what the sandbox proved.
    const other = manifest
      .replaceAll(/, profile: \w+/g, "")
      .replace("    branch: main\n", "    branch: main\n    requires: { provenIn: sandbox }\n")
      .replaceAll("cp *.py python/", "cp *.py python/ && date +%s%N > python/made.txt");
    await repository.write({ "landfall.yaml": other });
    const sandbox = await job("five", "test", "sandbox");
    await sandbox.repository.write({ "landfall.yaml": other });
    assert.equal((await sandbox.deploy()).status, 0);
    scene.aws.journal.forget();
    const end = await deploy();
    assert.equal(end.status, 3, end.stdout + end.stderr);
    assert.match(end.stdout, /build-differs/);
    assert.deepEqual(scene.aws.journal.writes(), []);
  });
});
