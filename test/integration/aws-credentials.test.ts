import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { CreateAccessKeyCommand, IAMClient, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { CredentialsAnswer } from "../../src/model/credentials.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { PolicyAnswer } from "../../src/model/policy-answer.ts";
import { landfallInAws } from "../helpers/aws/cli.ts";
import { type Moto, startMoto } from "../helpers/aws/moto.ts";
import { startWatch, type Watch, type WatchedCall, writesOf } from "../helpers/aws/watch.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

const secretValue = "the-value-that-nobody-may-see";
let moto: Moto;
/** One whose keys are 100 days old. */
let old: Moto;
let watch: Watch;
let repository: TestRepository;
/** Everything that was ever printed, and what must not be in it. */
const printed: string[] = [];
const keys: string[] = [];

before(async () => {
  [moto, old] = await Promise.all([startMoto(), startMoto({ clock: "-100d", accounts: { sandbox: "111122223333" } })]);
  keep(old.account("sandbox").access.credentials);
  watch = await startWatch(moto.url);
  repository = await makeRepository();
  for (const name of ["sandbox", "production"]) keep(moto.account(name).access.credentials);
});
after(async () => {
  await watch?.close();
  await moto?.stop();
  await old?.stop();
  await repository?.remove();
});
afterEach(() => {
  watch.answer = () => undefined;
  watch.calls.length = 0;
});

function keep({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }): void {
  keys.push(accessKeyId, secretAccessKey);
}

interface Told extends CredentialsAnswer {
  status: number;
  text: string;
}

/** Asks twice, as text and as a document: both must end alike. Nothing may have been written on the way. */
async function ask(aws: string, credentials = "{}", env: Record<string, string> = {}): Promise<Told> {
  await repository.write({ "landfall.yaml": manifest(aws, credentials) });
  const given = { ...moto.environment, AWS_ENDPOINT_URL_STS: watch.url, ...env };
  const text = await landfallInAws(repository.directory, ["credentials", "sandbox"], given);
  const json = await landfallInAws(repository.directory, ["credentials", "sandbox", "--json"], given);
  printed.push(text.stdout, text.stderr, json.stdout, json.stderr);
  assert.equal(text.status, json.status, text.stdout + text.stderr);
  assert.deepEqual(writesOf(watch.calls), []);
  return { ...(JSON.parse(json.stdout) as CredentialsAnswer), status: json.status, text: text.stdout + text.stderr };
}

const manifest = (aws: string, credentials: string) => `application: layers
components:
  web: { type: lambda-layer, name: web, source: [README.md] }
environments:
  sandbox:
    branch: main
    aws: { account: "111122223333", region: us-east-2, endpoint: "${watch.url}"${aws} }
    artifacts: s3://artifacts-of-sandbox
    credentials: ${credentials}
`;

function levels(findings: readonly Finding[]): string[] {
  return findings.map(({ code, level }) => `${code} ${level}`);
}

function signerOf({ signer }: CredentialsAnswer) {
  assert.ok(signer.state === "read", JSON.stringify(signer));
  return signer.value;
}

/** Works with the old emulated AWS, in place of the usual one. */
async function withOld<T>(work: () => Promise<T>): Promise<T> {
  const usual = watch;
  watch = await startWatch(old.url);
  try {
    return await work();
  } finally {
    await watch.close();
    watch = usual;
  }
}

/** The answer of a service that does not allow a call. */
function denies(...actions: string[]): (call: WatchedCall) => { status: number; body: string } | undefined {
  return ({ action, service }) => {
    if (!actions.includes(action)) return undefined;
    if (service === "secretsmanager")
      return {
        status: 400,
        body: JSON.stringify({ __type: "AccessDeniedException", Message: `no ${action} for you` }),
      };
    const error = `<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no ${action} for you</Message></Error>`;
    return { status: 403, body: `<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>` };
  };
}

describe("a user's static key", () => {
  it("that is new is fine, and shown by its last four characters", async () => {
    const answer = await ask(", profile: sandbox-key");
    assert.equal(answer.status, 0, answer.text);
    assert.deepEqual(answer.findings, []);
    const { kind, found, keyId, account, keys: listed } = signerOf(answer);
    assert.deepEqual([kind, found, account], ["static key", "a profile of the AWS files", "111122223333"]);
    assert.equal(keyId, `…${moto.account("sandbox").access.credentials.accessKeyId.slice(-4)}`);
    assert.ok(listed?.state === "read");
    assert.deepEqual(
      listed.value.map(({ inUse, active, lastUsed }) => [inUse, active, lastUsed?.state]),
      [[true, true, "read"]],
    );
    assert.match(answer.text, /kind +static key/);
  });

  it("whose age may not be read is unknown: exit code 4, with the permission that is missing", async () => {
    watch.answer = denies("ListAccessKeys");
    const answer = await ask(", profile: sandbox-key");
    assert.equal(answer.status, 4, answer.text);
    assert.deepEqual(levels(answer.findings), ["credentials-unread note"]);
    assert.match(answer.text, /age +unknown: iam:ListAccessKeys is not allowed/);
    assert.match(answer.text, /fix: allow iam:ListAccessKeys/);
  });

  it("whose age may not be read is blocked where an old one would be", async () => {
    watch.answer = denies("ListAccessKeys");
    const answer = await ask(", profile: sandbox-key", "{ block: true }");
    assert.equal(answer.status, 3, answer.text);
  });

  it("whose last use may not be read is told so", async () => {
    watch.answer = denies("GetAccessKeyLastUsed");
    const answer = await ask(", profile: sandbox-key");
    assert.equal(answer.status, 4, answer.text);
    assert.match(answer.text, /last used unknown: iam:GetAccessKeyLastUsed is not allowed/);
  });

  it("beside a second active key has that one named, and beside an inactive one not", async () => {
    const account = moto.account("production");
    const iam = new IAMClient(account.access);
    const { AccessKey: made } = await iam.send(new CreateAccessKeyCommand({ UserName: "admin" }));
    const [AccessKeyId = "", secretAccessKey = ""] = [made?.AccessKeyId, made?.SecretAccessKey];
    keep({ accessKeyId: AccessKeyId, secretAccessKey });
    const two = await ask(", profile: production-key");
    assert.ok(levels(two.findings).includes("second-access-key warning"), two.text);
    assert.match(two.text, new RegExp(`second active access key …${AccessKeyId.slice(-4)}, 0 days old, never used`));
    await iam.send(new UpdateAccessKeyCommand({ UserName: "admin", AccessKeyId, Status: "Inactive" }));
    const one = await ask(", profile: production-key");
    assert.ok(!levels(one.findings).includes("second-access-key warning"), one.text);
    assert.match(one.text, /other key +….{4}, inactive/);
  });

  it("of another account is told, and is not this environment's", async () => {
    const answer = await ask(", profile: production-key");
    assert.equal(answer.status, 3, answer.text);
    assert.deepEqual(levels(answer.findings), ["wrong-account block"]);
  });
});

describe("an old key", () => {
  const inOld = async (credentials: string) =>
    await withOld(async () => await ask(", profile: sandbox-key", credentials, { ...old.environment }));

  it("is a warning with its age and the limit", async () => {
    const answer = await inOld("{}");
    assert.equal(answer.status, 0, answer.text);
    assert.deepEqual(levels(answer.findings), ["credentials-old warning"]);
    assert.match(answer.text, /is 100 days old; the limit is 90 days/);
  });

  it("is blocked where the manifest says so", async () => {
    const answer = await inOld("{ block: true }");
    assert.equal(answer.status, 3, answer.text);
    assert.deepEqual(levels(answer.findings), ["credentials-old block"]);
  });

  it("is fine where the manifest lets it be older", async () => {
    const answer = await inOld("{ maxAge: 120d, block: true }");
    assert.equal(answer.status, 0, answer.text);
    assert.deepEqual(answer.findings, []);
  });
});

describe("a deploy", () => {
  before(async () => {
    for (const { access } of [moto.account("sandbox"), old.account("sandbox")]) {
      const CreateBucketConfiguration = { LocationConstraint: "us-east-2" } as const;
      const s3 = new S3Client({ ...access, forcePathStyle: true });
      await s3.send(new CreateBucketCommand({ Bucket: "artifacts-of-sandbox", CreateBucketConfiguration }));
    }
  });

  /** Plans, as a document: what a deploy finds before it begins. */
  const plan = async (from: Moto, credentials: string, aws = ", profile: sandbox-key") => {
    await repository.write({ "landfall.yaml": manifest(aws, credentials) });
    await repository.commit();
    const end = await landfallInAws(repository.directory, ["plan", "sandbox", "--json"], from.environment);
    printed.push(end.stdout, end.stderr);
    const { findings } = JSON.parse(end.stdout) as { findings: Finding[] };
    return { status: end.status, told: levels(findings.filter(({ code }) => code.startsWith("credentials-"))) };
  };
  const asked = (action: string) => watch.calls.filter((call) => call.action === action).length;

  it("with a key that is too old is blocked where the manifest says so, before anything is written", async () => {
    await withOld(async () => {
      assert.deepEqual(await plan(old, "{ block: true }"), { status: 3, told: ["credentials-old block"] });
      const deployed = await landfallInAws(repository.directory, ["deploy", "sandbox"], old.environment);
      printed.push(deployed.stdout, deployed.stderr);
      assert.equal(deployed.status, 3, deployed.stdout);
      assert.match(deployed.stdout, /credentials-old[\s\S]*BLOCKED/);
      assert.deepEqual(writesOf(watch.calls), []);
    });
  });

  it("with a key that is too old is warned otherwise, and the look costs one call", async () => {
    await withOld(async () => {
      assert.deepEqual(await plan(old, "{}"), { status: 0, told: ["credentials-old warning"] });
      assert.deepEqual([asked("ListAccessKeys"), asked("GetAccessKeyLastUsed")], [1, 0]);
    });
  });

  it("whose key's age may not be read is told so, and blocked only where an old one would be", async () => {
    watch.answer = denies("ListAccessKeys");
    assert.deepEqual(await plan(moto, "{}"), { status: 0, told: ["credentials-unread note"] });
    assert.deepEqual(await plan(moto, "{ block: true }"), { status: 3, told: ["credentials-unread block"] });
  });

  it("with a role looks at the key behind it", async () => {
    assert.deepEqual(await plan(moto, "{ block: true }", ", profile: sandbox"), { status: 0, told: [] });
    assert.equal(asked("ListAccessKeys"), 1);
  });
});

describe("a role", () => {
  it("entered by a profile is an assumed role, and the key behind it is looked at", async () => {
    const answer = await ask(", profile: sandbox");
    const { kind, keys: own, expiresAt } = signerOf(answer);
    assert.deepEqual([kind, own], ["assumed role", null]);
    assert.ok(expiresAt !== null);
    assert.ok(answer.base?.state === "read", answer.text);
    assert.deepEqual([answer.base.value.kind, answer.base.value.account], ["static key", "123456789012"]);
    assert.match(answer.text, /entered with\n +kind +static key/);
    assert.equal(answer.status, 0, answer.text);
  });

  it("that the environment names is entered with its profile", async () => {
    const answer = await ask(`, profile: ci, role: "${moto.account("sandbox").role}"`);
    assert.equal(answer.status, 0, answer.text);
    assert.equal(signerOf(answer).found, "`aws.role` of the environment");
    assert.ok(answer.base?.state === "read");
    assert.match(answer.base.value.arn, /:user\/ci$/);
  });

  it("of a job's web identity has no key, and IAM is asked nothing", async () => {
    const answer = await ask("", "{}", moto.webIdentity("sandbox"));
    assert.equal(answer.status, 0, answer.text);
    assert.equal(signerOf(answer).kind, "web identity (OIDC)");
    assert.equal(answer.base, null);
    assert.deepEqual(
      watch.calls.filter(({ service }) => service === "iam"),
      [],
    );
  });
});

describe("secrets", () => {
  before(async () => {
    const secrets = new SecretsManagerClient(moto.account("sandbox").access);
    await secrets.send(new CreateSecretCommand({ Name: "app/db", SecretString: `${secretValue}-1` }));
    await secrets.send(new PutSecretValueCommand({ SecretId: "app/db", SecretString: `${secretValue}-2` }));
  });

  it("are shown by name, version and age, the current version first; their values are never asked for", async () => {
    const answer = await ask(", profile: sandbox-key", "{ secrets: [app/db] }");
    assert.equal(answer.status, 0, answer.text);
    const [secret] = answer.secrets;
    assert.ok(secret?.versions.state === "read" && secret.versions.value);
    assert.deepEqual(
      secret.versions.value.map(({ stages }) => stages),
      [["AWSCURRENT"], ["AWSPREVIOUS"]],
    );
    assert.match(answer.text, /app\/db +[0-9a-f-]{36} +AWSCURRENT/);
    const asked = watch.calls.filter(({ service }) => service === "secretsmanager").map(({ action }) => action);
    assert.deepEqual([...new Set(asked)], ["DescribeSecret", "ListSecretVersionIds"]);
  });

  it("are asked for with no more and no less than the generated policy allows", async () => {
    const answer = await ask(", profile: sandbox-key", "{ secrets: [app/db] }");
    assert.equal(answer.status, 0, answer.text);
    const made = await landfallInAws(repository.directory, ["policy", "sandbox", "--json"], moto.environment);
    const { policies } = JSON.parse(made.stdout) as PolicyAnswer;
    const allowed = policies.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
    const asked = watch.calls.filter(({ service }) => service === "secretsmanager").map(({ action }) => action);
    assert.deepEqual(
      allowed.filter((action) => action.startsWith("secretsmanager:")),
      [...new Set(asked)].map((action) => `secretsmanager:${action}`),
    );
  });

  it("that are not there are told, and those that may not be read are unknown", async () => {
    const missing = await ask(", profile: sandbox-key", "{ secrets: [app/none] }");
    assert.deepEqual(levels(missing.findings), ["secret-missing warning"]);
    watch.answer = denies("ListSecretVersionIds");
    const denied = await ask(", profile: sandbox-key", "{ secrets: [app/db] }");
    assert.equal(denied.status, 4, denied.text);
    assert.match(denied.text, /app\/db +unknown: secretsmanager:ListSecretVersionIds is not allowed/);
    watch.answer = denies("DescribeSecret");
    const hidden = await ask(", profile: sandbox-key", "{ secrets: [app/db] }");
    assert.match(hidden.text, /app\/db +unknown: secretsmanager:DescribeSecret is not allowed/);
  });
});

describe("without an answer", () => {
  it("the credentials are unknown, not fine", async () => {
    watch.answer = () => ({ status: 403, body: signatureError });
    const answer = await ask(", profile: sandbox");
    assert.equal(answer.status, 4, answer.text);
    assert.equal(answer.signer.state, "unknown");
  });

  it("as there is none for a profile that does not exist, they are unknown too", async () => {
    const answer = await ask(", profile: nobody");
    assert.equal(answer.status, 4, answer.text);
    assert.match(answer.text, /nobody/);
  });
});

it("what a service repeats of the request is not shown: the session's token is in it", async () => {
  const token: string[] = [];
  watch.answer = ({ action, body }) => {
    token.push(body);
    return action === "GetCallerIdentity" ? { status: 403, body: signatureError } : undefined;
  };
  const answer = await ask(", profile: sandbox");
  assert.ok(token.length > 0);
  assert.match(answer.text, /SignatureDoesNotMatch/);
  assert.doesNotMatch(answer.text, /x-amz-security-token/);
});

it("nothing that was printed or recorded holds a key, a token or a secret's value", async () => {
  const recorded = await repository.git("cat-file", "--batch", "--batch-all-objects");
  assert.match(recorded, /credentials-old/, "the refusal was recorded");
  const all = [...printed, recorded].join("\n");
  assert.ok(printed.length > 40 && keys.length >= 8);
  for (const hidden of [...keys, secretValue, "FQoGZXIvYXdz"]) assert.ok(!all.includes(hidden), `${hidden} was shown`);
});

const signatureError = `<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided.

The Canonical String for this request should have been
'POST
/

content-type:application/x-www-form-urlencoded
x-amz-security-token:FQoGZXIvYXdzEBYaDKqhZm5rIrZ9
'</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
