import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { profileKey } from "../helpers/aws/enforcer/profile-key.ts";
import { type Enforcer, startEnforcer } from "../helpers/aws/enforcer.ts";
import { type LayersScene, layersScene } from "../helpers/aws/layers-scene.ts";

interface Document {
  Version: string;
  Statement: { Sid: string; Action: string[]; Resource: string[]; Condition?: object }[];
}

const account = "111122223333";
const role = `arn:aws:iam::${account}:role/deploy`;
const ci = "arn:aws:iam::123456789012:user/ci";
/** Needed only when a change that was announced is given up. */
const onlyToGiveUp = ["cloudformation:DeleteChangeSet", "cloudformation:DeleteStack"];

describe("the least-privilege policy, enforced in front of the account", { concurrency: false }, () => {
  let scene: LayersScene;
  let enforcer: Enforcer;
  let generated: Document;
  let versions = 1;

  before(async () => {
    scene = await layersScene({ permit: (...asked) => enforcer.permit(asked[0], asked[1], asked[2]) });
    const { moto, url } = scene.aws;
    enforcer = await startEnforcer({ target: url, keys: { [await profileKey(moto, "ci")]: ci } });
    enforcer.grant(ci, [
      { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: role }] },
    ]);
    const manifest = await scene.read("landfall.yaml");
    const entered = manifest
      .replace("profile: sandbox,", `profile: ci, role: "${role}",`)
      .replaceAll(url, enforcer.url);
    await scene.commit({ "landfall.yaml": entered }, "test");
    generated = JSON.parse((await landfall("policy", "sandbox")).stdout);
    await enforce(generated);
  });
  after(async () => {
    try {
      await enforcer?.close();
    } finally {
      await scene?.remove();
    }
  });

  async function landfall(...args: string[]) {
    enforcer.forget();
    const end = await scene.landfall(args, { AWS_ENDPOINT_URL: enforcer.url });
    return { ...end, said: end.stdout + end.stderr };
  }

  /** Attaches a policy to the role, and lets nothing else through. */
  async function enforce(document: Document): Promise<void> {
    const iam = new IAMClient(scene.aws.moto.account("sandbox").access);
    const PolicyDocument = JSON.stringify(document);
    await iam.send(new PutRolePolicyCommand({ RoleName: "deploy", PolicyName: "all", PolicyDocument }));
    enforcer.grant(role, [document]);
  }

  function without(...actions: string[]): Document {
    const left = generated.Statement.map((each) => ({
      ...each,
      Action: each.Action.filter((one) => !actions.includes(one)),
    }));
    return { ...generated, Statement: left.filter(({ Action }) => Action.length > 0) };
  }

  const actions = () => generated.Statement.flatMap(({ Action }) => Action).filter((each) => !each.startsWith("iam:"));
  const change = () => {
    versions += 1;
    return scene.commit({ "layers/web/web.py": `VERSION = ${versions}\n` });
  };

  it("is enough for a first deploy, for one of a change, and for one that finds nothing to do", async () => {
    const used = new Set<string>();
    for (const step of ["first", "change", "nothing"]) {
      if (step === "change") await change();
      const end = await landfall("deploy", "sandbox", "--json");
      assert.equal(end.status, 0, end.said);
      const own = enforcer.decided.filter(({ principal }) => principal === role);
      assert.deepEqual(
        own.filter(({ answer }) => answer !== "allowed"),
        [],
        step,
      );
      assert.equal(enforcer.writes().length > 0, step !== "nothing", step);
      const looked = own.some(({ action }) => action === "iam:GetRole");
      assert.equal(looked, step !== "nothing", "policies are read before a change only");
      for (const { action } of own) used.add(action);
    }
    const unused = actions().filter((action) => !used.has(action));
    assert.deepEqual(unused.sort(), onlyToGiveUp, "nothing is granted that no deploy does");
    const check = await landfall("policy", "sandbox", "--check");
    assert.equal(check.status, 0, check.said);
    assert.match(check.stdout, /✔ all \d+ permissions that sandbox needs are allowed, and nothing else/);
  });

  it("without any one action, the check names it, and a deploy is refused before its first write", async () => {
    assert.ok(actions().length >= 12);
    for (const action of actions()) {
      await change();
      await enforce(without(action));
      const check = await landfall("policy", "sandbox", "--check");
      assert.equal(check.status, 1, `${action}: ${check.said}`);
      assert.match(check.stdout, new RegExp(`✘ ${action} on .* is not allowed: no statement allows it`), action);
      const deploy = await landfall("deploy", "sandbox", "--json");
      assert.equal(deploy.status, 3, `${action}: ${deploy.said}`);
      assert.ok(deploy.stdout.includes(action), `${action}: ${deploy.stdout}`);
      assert.deepEqual(enforcer.writes(), [], action);
    }
    await enforce(generated);
  });

  it("where the policies may not be read either, the call itself fails the deploy, and names what is missing", async () => {
    for (const action of actions()) {
      await change();
      await enforce(without(action, "iam:GetRole"));
      const deploy = await landfall("deploy", "sandbox", "--json");
      const needed = !onlyToGiveUp.includes(action);
      assert.equal([1, 3].includes(deploy.status), needed, `${action}: ${deploy.status} ${deploy.said}`);
      if (!needed) continue;
      assert.ok(deploy.stdout.includes(action), `${action}: ${deploy.stdout}`);
    }
    await enforce(generated);
    const end = await landfall("deploy", "sandbox", "--json");
    assert.equal(end.status, 0, end.said);
  });

  it("a way back is not shut by a permission that it does not need", async () => {
    await enforce(without("lambda:PublishLayerVersion"));
    const end = await landfall("rollback", "sandbox", "--json");
    assert.equal(end.status, 0, end.said);
    assert.ok(enforcer.writes().length > 0);
    const { findings } = JSON.parse(end.stdout).rollout;
    const missing = findings.filter(({ code }: { code: string }) => code === "permission-missing");
    assert.ok(missing.length > 0 && missing.every(({ level }: { level: string }) => level === "warning"));
    await enforce(generated);
  });

  it("what cannot be told fails the check, and is a warning of a deploy that then goes through", async () => {
    const condition = { StringEquals: { "aws:SourceVpc": "vpc-1" } };
    await enforce({ ...generated, Statement: generated.Statement.map((each) => ({ ...each, Condition: condition })) });
    enforcer.grant(role, [generated]);
    await change();
    const check = await landfall("policy", "sandbox", "--check");
    assert.equal(check.status, 1, check.said);
    assert.match(check.stdout, /whether s3:PutObject on .* cannot be told: .*aws:SourceVpc, which is not known here/);
    const deploy = await landfall("deploy", "sandbox", "--json");
    assert.equal(deploy.status, 0, deploy.said);
    const { findings } = JSON.parse(deploy.stdout).rollout;
    const unknown = findings.filter(({ code }: { code: string }) => code === "permission-unknown");
    assert.ok(unknown.length >= actions().length);
    assert.deepEqual([...new Set(unknown.map(({ level }: { level: string }) => level))], ["warning"]);
    await enforce(generated);
  });
});
