import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LambdaClient, ListLayerVersionsCommand } from "@aws-sdk/client-lambda";
import { codesOf, documentOf, stepsOf } from "../helpers/aws/document.ts";
import { type LayersScene, layersScene } from "../helpers/aws/layers-scene.ts";

const shipped = ["web upload done", "web stack done", "toolkit upload done", "toolkit stack done"];

describe("two branches and two accounts", { concurrency: false }, () => {
  let scene: LayersScene;
  before(async () => {
    scene = await layersScene({ production: "    requires: { provenIn: sandbox, approval: true }\n" });
  });
  after(async () => await scene.remove());
  const writes = () =>
    scene.aws.journal.writes().map(({ service, action, account }) => `${account} ${service}:${action}`);
  const landfall = async (...args: string[]) => {
    scene.aws.journal.forget();
    return await scene.landfall([...args, "--json"]);
  };

  it("a branch that an environment does not take is blocked, and nothing is written", async () => {
    await scene.commit({ "layers/web/web.py": "VERSION = 'branch'\n" }, "main");
    await scene.repository.checkout("main");
    const end = await landfall("deploy", "sandbox");
    assert.equal(end.status, 3, end.stdout);
    assert.deepEqual(codesOf(end), ["wrong-branch"]);
    assert.deepEqual(writes(), []);
    await scene.repository.git("reset", "--hard", "--quiet", "HEAD~1");
  });

  it("credentials of another account are blocked, with whose they are, and nothing is written", async () => {
    await scene.repository.checkout("test");
    const manifest = await scene.read("landfall.yaml");
    await scene.repository.write({ "landfall.yaml": manifest.replace("profile: sandbox,", "profile: production,") });
    const end = await landfall("deploy", "sandbox", "--ref", "HEAD");
    assert.equal(end.status, 3, end.stdout);
    const [finding, ...others] = documentOf(end).rollout.findings.filter(({ level }) => level === "block");
    assert.deepEqual(others, [], "one finding for all components");
    assert.equal(finding?.code, "wrong-account");
    assert.match(
      finding?.message ?? "",
      /111122223333.*profile `production` gave 444455556666 \(arn:aws:sts::444455556666/,
    );
    assert.deepEqual(writes(), []);
    await scene.repository.git("checkout", "--quiet", "landfall.yaml");
  });

  it("another region is blocked, with what set it, and nothing is written", async () => {
    scene.aws.journal.forget();
    const end = await scene.landfall(["deploy", "sandbox", "--json"], { AWS_REGION: "eu-west-1" });
    assert.equal(end.status, 3, end.stdout);
    assert.deepEqual(codesOf(end), ["wrong-region"]);
    assert.match(end.stdout, /us-east-2.*eu-west-1/);
    assert.deepEqual(writes(), []);
  });

  it("no credentials are blocked as such, and nothing is written", async () => {
    scene.aws.journal.forget();
    const manifest = await scene.read("landfall.yaml");
    await scene.repository.write({ "landfall.yaml": manifest.replace("profile: sandbox,", "") });
    const end = await scene.landfall(["deploy", "sandbox", "--ref", "HEAD", "--json"], {
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    });
    await scene.repository.git("checkout", "--quiet", "landfall.yaml");
    assert.equal(end.status, 3, end.stdout);
    assert.deepEqual(codesOf(end), ["aws-no-credentials"]);
    assert.deepEqual(writes(), []);
  });

  it("what was not proven in the sandbox does not come to production, and nothing is written", async () => {
    await scene.repository.checkout("main");
    const end = await landfall("deploy", "production");
    assert.equal(end.status, 3, end.stdout);
    assert.ok(codesOf(end).includes("not-proven-there"), end.stdout);
    assert.deepEqual(writes(), []);
  });

  it("the test branch goes to the sandbox's account, and to no other", async () => {
    await scene.repository.checkout("test");
    const end = await landfall("deploy", "sandbox");
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.deepEqual(stepsOf(end).sort(), [...shipped].sort());
    assert.deepEqual([...new Set(writes().map((write) => write.slice(0, 12)))], ["111122223333"]);
    const content = documentOf(end).rollout.evidence.filter(({ claim }) => claim === "content");
    assert.deepEqual(
      content.map(({ verdict }) => verdict),
      ["proven", "proven"],
    );
  });

  it("without an approval of the plan production stays as it is, and nothing is written", async () => {
    await scene.repository.checkout("main");
    const end = await landfall("deploy", "production");
    assert.equal(end.status, 3, end.stdout);
    assert.deepEqual(codesOf(end), ["approval-missing"]);
    assert.deepEqual(writes(), []);
  });

  it("an approved plan brings the main branch to production's account, and to no other", async () => {
    const approved = await landfall("approve", "production", "--yes", "--reason", "seen in the sandbox");
    assert.equal(approved.status, 0, approved.stdout + approved.stderr);
    assert.deepEqual(writes(), []);
    const end = await landfall("deploy", "production");
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.deepEqual(stepsOf(end).sort(), [...shipped].sort());
    assert.deepEqual([...new Set(writes().map((write) => write.slice(0, 12)))], ["444455556666"]);
  });

  it("an approval of another plan is void", async () => {
    await scene.commit({ "layers/web/web.py": "VERSION = 2\n" }, "test");
    assert.equal((await landfall("deploy", "sandbox")).status, 0);
    await scene.repository.checkout("main");
    await scene.repository.git("merge", "--quiet", "--ff-only", "test");
    assert.equal((await landfall("approve", "production", "--yes", "--reason", "seen")).status, 0);
    await scene.commit({ "layers/toolkit/toolkit.py": "VERSION = 2\n" }, "test");
    assert.equal((await landfall("deploy", "sandbox")).status, 0);
    await scene.repository.checkout("main");
    await scene.repository.git("merge", "--quiet", "--ff-only", "test");
    const end = await landfall("deploy", "production");
    assert.equal(end.status, 3, end.stdout);
    assert.deepEqual(writes(), []);
  });
});

describe("two layers, of which one changes", { concurrency: false }, () => {
  let scene: LayersScene;
  let first = "";
  before(async () => {
    scene = await layersScene();
    await scene.repository.checkout("test");
    first = await scene.repository.head();
    assert.equal((await scene.landfall(["deploy", "sandbox"])).status, 0);
  });
  after(async () => await scene.remove());
  const landfall = async (...args: string[]) => {
    scene.aws.journal.forget();
    return await scene.landfall([...args, "--json"]);
  };
  const publications = async (layer: string) => {
    const lambda = new LambdaClient(scene.aws.moto.account("sandbox").access);
    const { LayerVersions: versions = [] } = await lambda.send(new ListLayerVersionsCommand({ LayerName: layer }));
    lambda.destroy();
    return versions.map(({ Version: version }) => version).sort();
  };

  it("nothing changed: nothing is written, and all of it is proven again", async () => {
    const end = await landfall("deploy", "sandbox");
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.deepEqual(stepsOf(end), []);
    assert.deepEqual(scene.aws.journal.writes(), []);
    const { evidence } = documentOf(end).rollout;
    assert.deepEqual(
      evidence
        .filter(({ claim }) => claim === "content")
        .map(({ component }) => component)
        .sort(),
      ["toolkit", "web"],
    );
    assert.ok(
      evidence.every(({ verdict }) => verdict === "proven"),
      end.stdout,
    );
  });

  it("what lies beside the layers is not deployed", async () => {
    await scene.commit({ "README.md": "other words\n" });
    const end = await landfall("deploy", "sandbox");
    assert.equal(end.status, 0, end.stdout);
    assert.deepEqual(scene.aws.journal.writes(), []);
  });

  it("one changed: that one is published, the other is left alone with its reason", async () => {
    await scene.commit({ "layers/web/web.py": "VERSION = 2\n" });
    const plan = await landfall("plan", "sandbox");
    assert.match(plan.stdout, /layers\/web\/web\.py changed since/);
    assert.doesNotMatch(plan.stdout, /how it is built/);
    const end = await landfall("deploy", "sandbox");
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.deepEqual(stepsOf(end), ["web upload done", "web stack done"]);
    const { targets } = JSON.parse(plan.stdout).plan;
    const other = targets.find(({ component }: { component: string }) => component === "toolkit");
    assert.match(other.reason, /version 1 holds it: its source is the same as at/);
    assert.deepEqual(await publications("sandbox-web-layer"), [1, 2]);
    assert.deepEqual(await publications("sandbox-toolkit-layer"), [1]);
  });

  it("a revert publishes no new version: the output goes back to the first", async () => {
    await scene.commit({ "layers/web/web.py": "VERSION = 1\n" });
    const end = await landfall("deploy", "sandbox");
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.deepEqual(stepsOf(end), ["web stack done"]);
    assert.deepEqual(await publications("sandbox-web-layer"), [1, 2]);
    assert.match(end.stdout, new RegExp(`version 1 holds the artifact, first published at ${first.slice(0, 7)}`));
  });

  it("a rollback points to the earlier version, and publishes nothing", async () => {
    const end = await landfall("rollback", "sandbox");
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.deepEqual(stepsOf(end), ["web stack done"]);
    assert.deepEqual(await publications("sandbox-web-layer"), [1, 2]);
    assert.match(end.stdout, /version 2 holds the artifact/);
  });

  it("other files that make the same content publish nothing", async () => {
    await scene.commit({ "layers/web/web.py": "VERSION = 1\n", "layers/web/notes.txt": "for people\n" });
    const end = await landfall("deploy", "sandbox");
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.deepEqual(stepsOf(end), ["web upload unchanged", "web stack done"]);
    assert.deepEqual(await publications("sandbox-web-layer"), [1, 2]);
  });

  it("another build command is a change, though no file changed", async () => {
    const manifest = await scene.read("landfall.yaml");
    const [before, after] = ["cp *.py python/", "cp *.py python/ && cp notes.txt python/"];
    await scene.commit({ "landfall.yaml": manifest.replace(before, after) });
    const plan = await landfall("plan", "sandbox");
    assert.match(plan.stdout, /how it is built, changed since/);
    const end = await landfall("deploy", "sandbox");
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.deepEqual(stepsOf(end), ["web upload done", "web stack done"]);
    assert.deepEqual(await publications("sandbox-web-layer"), [1, 2, 3]);
  });

  it("a layer for another runtime is another version", async () => {
    const manifest = await scene.read("landfall.yaml");
    await scene.commit({ "landfall.yaml": manifest.replace("[python3.12]", "[python3.12, python3.13]") });
    const end = await landfall("deploy", "sandbox");
    assert.equal(end.status, 0, end.stdout + end.stderr);
    assert.deepEqual(await publications("sandbox-web-layer"), [1, 2, 3, 4]);
  });
});
