import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AwsSession } from "../../src/io/aws/session.ts";
import { UserError } from "../../src/model/errors.ts";
import { type AwsScene, startAws } from "../helpers/aws/aws-scene.ts";

const signal = AbortSignal.timeout(120_000);

describe("a session of an environment", { concurrency: false }, () => {
  let aws: AwsScene;
  let before_: NodeJS.ProcessEnv;
  before(async () => {
    aws = await startAws();
    before_ = { ...process.env };
    for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
    Object.assign(process.env, aws.moto.environment);
  });
  after(async () => {
    process.env = before_;
    await aws.stop();
  });

  const session = (more: object) =>
    new AwsSession({ account: "111122223333", region: "us-east-2", endpoint: aws.url, ...more });
  const code = (error: unknown) => (error instanceof UserError ? error.code : String(error));

  for (const [way, more] of Object.entries({
    "a profile that takes a role on": { profile: "sandbox" },
    "a key of the account": { profile: "sandbox-key" },
    "web identity in a profile": { profile: "sandbox-oidc" },
    "a role on top of a key": { profile: "ci", role: "arn:aws:iam::111122223333:role/deploy" },
  }))
    it(`knows whom it is by ${way}`, async () => {
      const own = session(more);
      assert.equal((await own.confirm()).account, "111122223333");
      own.close();
    });

  it("knows whom it is by web identity in variables, as a GitHub job has it", async () => {
    Object.assign(process.env, aws.moto.webIdentity("sandbox"));
    const own = session({});
    assert.match((await own.confirm()).arn, /assumed-role\/deploy\/github/);
    own.close();
    for (const name of Object.keys(aws.moto.webIdentity("sandbox"))) delete process.env[name];
  });

  it("sends no write that another account would sign, whatever was looked at before", async () => {
    const own = session({ profile: "production" });
    aws.journal.forget();
    const { sdk, client } = await own.open("s3");
    // Reading is let through: it tells where one is.
    await client.send(new sdk.ListBucketsCommand());
    await assert.rejects(client.send(new sdk.CreateBucketCommand({ Bucket: "of-somebody-else" })), (error) => {
      assert.equal(code(error), "wrong-account");
      return true;
    });
    assert.deepEqual(aws.journal.writes(), []);
    own.close();
  });

  it("asks again when the credentials were renewed: the new ones may be another's", async () => {
    const keys = ["sandbox-key", "production-key"].map((profile) => session({ profile }));
    const [first, second] = await Promise.all(keys.map((one) => one.identity()));
    assert.ok(first && second);
    let now = first;
    // A chain that gives the production's key from the second time on, each soon at its end.
    const chain = {
      identity: async () => ({ ...now, expiration: new Date(Date.now() + 1000) }),
      region: async () => null,
    };
    const own = new AwsSession({ account: "111122223333", region: "us-east-2", endpoint: aws.url }, chain);
    const { sdk, client } = await own.open("s3");
    await client.send(new sdk.CreateBucketCommand({ Bucket: "first-of-the-sandbox" }));
    now = second;
    aws.journal.forget();
    await assert.rejects(client.send(new sdk.CreateBucketCommand({ Bucket: "second-of-the-sandbox" })), (error) => {
      assert.equal(code(error), "wrong-account");
      return true;
    });
    assert.deepEqual(aws.journal.writes(), []);
    own.close();
  });

  it("names a role that may not be taken on, an account that is another's, and a region that is another", async () => {
    const cases: [more: object, env: Record<string, string>, code: string, says: RegExp][] = [
      [
        { profile: "ci", role: "arn:aws:iam::111122223333:role/nobody" },
        {},
        "aws-denied",
        /role\/nobody, entered with the profile `ci`/,
      ],
      [{ profile: "production" }, {}, "wrong-account", /profile `production` gave 444455556666/],
      [{ profile: "nowhere" }, {}, "aws-no-credentials", /nowhere/],
      [{ profile: "sandbox" }, { AWS_REGION: "eu-west-1" }, "wrong-region", /eu-west-1/],
    ];
    for (const [more, env, expected, says] of cases) {
      Object.assign(process.env, env);
      const own = session(more);
      await assert.rejects(own.confirm(), (error) => {
        assert.equal(code(error), expected, String(error));
        assert.match(String(error), says);
        return true;
      });
      own.close();
      for (const name of Object.keys(env)) delete process.env[name];
    }
  });

  it("asks once whom its credentials belong to, however much it writes", async () => {
    const own = session({ profile: "sandbox-key" });
    aws.journal.forget();
    const { sdk, client } = await own.open("s3");
    for (const name of ["one-more", "another-more", "third-more"])
      await client.send(new sdk.CreateBucketCommand({ Bucket: name }), { abortSignal: signal });
    assert.equal(aws.journal.count({ action: "GetCallerIdentity" }), 1);
    own.close();
  });
});
