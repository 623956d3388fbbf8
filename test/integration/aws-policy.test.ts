import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserPolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
  PutGroupPolicyCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { policiesFor } from "../../src/iam/generate.ts";
import { neededOf } from "../../src/iam/needed.ts";
import { readsOwnPolicies } from "../../src/iam/own-policies.ts";
import { principalOf } from "../../src/model/aws-principal.ts";
import { landfallInAws } from "../helpers/aws/cli.ts";
import { profileKey } from "../helpers/aws/enforcer/profile-key.ts";
import { type Enforcer, startEnforcer } from "../helpers/aws/enforcer.ts";
import { type Moto, startMoto } from "../helpers/aws/moto.ts";
import { makeRepository, type TestRepository } from "../helpers/repository.ts";

interface Document {
  Version: string;
  Statement: { Effect: string; Action: string[]; Resource: string[]; Condition?: object }[];
}

let moto: Moto;
let enforcer: Enforcer;
let repository: TestRepository;
let generated: Document;
const role = "arn:aws:iam::111122223333:role/deploy";
const everything = { Effect: "Allow", Action: ["*"], Resource: ["*"] };

before(async () => {
  moto = await startMoto();
  const { accessKeyId } = moto.account("sandbox").access.credentials;
  const keys = {
    [accessKeyId]: "arn:aws:iam::111122223333:user/admin",
    [await profileKey(moto, "ci")]: "arn:aws:iam::123456789012:user/ci",
  };
  enforcer = await startEnforcer({ target: moto.url, keys });
  enforcer.grant("arn:aws:iam::123456789012:user/ci", [{ Version: "2012-10-17", Statement: [everything] }]);
  enforcer.grant("arn:aws:iam::111122223333:user/admin", [{ Version: "2012-10-17", Statement: [everything] }]);
  repository = await makeRepository({ "layers/web/index.js": "1", "landfall.yaml": manifest() });
  await repository.git("remote", "add", "origin", "git@github.com:acme/layers.git");
  generated = (await policy("sandbox")).document.policies[0];
});
after(async () => {
  try {
    await enforcer?.close();
  } finally {
    await moto?.stop();
    await repository?.remove();
  }
});
beforeEach(async () => {
  await put(generated);
  enforcer.grant(role, [{ Version: "2012-10-17", Statement: [everything] }]);
});

function manifest(): string {
  const where = (more: string) => `account: "111122223333", region: us-east-2, endpoint: "${enforcer.url}", ${more}`;
  return `application: shared
components:
  web: { type: lambda-layer, source: [layers/web], name: "\${environment}-web" }
environments:
  sandbox:    { branch: test, artifacts: "s3://artifacts-of-sandbox", aws: { ${where(`profile: ci, role: "${role}"`)} } }
  by-key:     { branch: test, artifacts: "s3://artifacts-of-sandbox", aws: { ${where("profile: sandbox-key")} } }
  elsewhere:  { branch: test, artifacts: "s3://artifacts-of-sandbox", aws: { ${where("profile: ci")} } }
`;
}

async function policy(environment: string, ...options: string[]) {
  const end = await landfallInAws(
    repository.directory,
    ["policy", environment, "--json", ...options],
    moto.environment,
  );
  return { status: end.status, document: JSON.parse(end.stdout), said: end.stdout + end.stderr };
}

const iam = () => new IAMClient(moto.account("sandbox").access);
const put = (document: object, RoleName = "deploy") =>
  iam().send(new PutRolePolicyCommand({ RoleName, PolicyName: "all", PolicyDocument: JSON.stringify(document) }));
const codes = ({ document }: Awaited<ReturnType<typeof policy>>) =>
  document.findings.map((each: { code: string }) => each.code);
const messages = ({ document }: Awaited<ReturnType<typeof policy>>) =>
  document.findings.map((each: { message: string }) => each.message).join("\n");

test("the generated policy is all that is needed, and nothing else", async () => {
  const found = await policy("sandbox", "--check");
  assert.equal(found.status, 0, found.said);
  assert.deepEqual(found.document.findings, []);
  assert.equal(found.document.holder.arn, role);
  assert.ok(found.document.needed >= 10);
});

test("an action that is taken from it is named before any deploy", async () => {
  const own = generated.Statement.filter(({ Action }) => !Action[0]?.startsWith("iam:"));
  const actions = own.flatMap(({ Action }) => Action);
  assert.ok(actions.length >= 10);
  for (const action of [actions[0], actions.at(-1)]) {
    await put(lacking(action ?? ""));
    const found = await policy("sandbox", "--check");
    assert.equal(found.status, 1);
    const missing = found.document.comparison.missing.map((each: { action: string; answer: string }) => [
      each.action,
      each.answer,
    ]);
    assert.deepEqual([...new Set(missing.map(String))], [`${action},denied`]);
  }
});

function lacking(action: string): Document {
  const left = generated.Statement.map((each) => ({ ...each, Action: each.Action.filter((one) => one !== action) }));
  return { ...generated, Statement: left.filter(({ Action }) => Action.length > 0) };
}

test("a deny in another policy and a narrow boundary are found, and named", async () => {
  const PolicyArn = await managed("no-uploads", { ...everything, Effect: "Deny", Action: ["s3:Put*"] });
  await iam().send(new AttachRolePolicyCommand({ RoleName: "deploy", PolicyArn }));
  const denied = await policy("sandbox", "--check");
  assert.equal(denied.status, 1);
  assert.match(
    messages(denied),
    /s3:PutObject on .* is not allowed: statement 1 of managed policy no-uploads denies it/,
  );
  await iam().send(new DetachRolePolicyCommand({ RoleName: "deploy", PolicyArn }));
  const boundary = await managed("only-lambda", { ...everything, Action: ["lambda:*", "iam:*"] });
  await iam().send(new PutRolePermissionsBoundaryCommand({ RoleName: "deploy", PermissionsBoundary: boundary }));
  const bound = await policy("sandbox", "--check");
  await iam().send(new DeleteRolePermissionsBoundaryCommand({ RoleName: "deploy" }));
  assert.equal(bound.document.holder.boundary, "managed policy only-lambda");
  assert.match(
    messages(bound),
    /s3:PutObject .* the permission boundary, managed policy only-lambda, does not allow it/,
  );
  assert.doesNotMatch(messages(bound), /lambda:GetLayerVersion/);
});

async function managed(name: string, statement: object): Promise<string> {
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
  const { Policy: made } = await iam().send(new CreatePolicyCommand({ PolicyName: name, PolicyDocument }));
  return made?.Arn ?? "";
}

test("what is not understood is not fine", async () => {
  const vpc = { ...everything, Condition: { StringEquals: { "aws:SourceVpc": "vpc-1" } } };
  await put({ Version: "2012-10-17", Statement: [vpc] });
  const found = await policy("sandbox", "--check");
  assert.equal(found.status, 1);
  assert.deepEqual([...new Set(codes(found))], ["permission-unknown", "permission-superfluous"]);
  assert.match(messages(found), /may allow it: it depends on aws:SourceVpc/);
});

test("what nothing needs is told, and is no failure", async () => {
  await put({
    ...generated,
    Statement: [...generated.Statement, { ...everything, Action: ["ec2:RunInstances", "s3:*"] }],
  });
  const found = await policy("sandbox", "--check");
  assert.equal(found.status, 0);
  assert.match(messages(found), /allows ec2:RunInstances on \*; nothing in the manifest needs it/);
  assert.match(messages(found), /allows s3:\* on \*; of that is needed: s3:GetObject on /);
});

test("an identity that may not read its policies knows nothing, and the check says which permission that takes", async () => {
  const own = lacking("iam:GetRolePolicy");
  enforcer.grant(role, [own]);
  await put(own);
  const found = await policy("sandbox", "--check");
  assert.equal(found.status, 1);
  assert.equal(found.document.holder, null);
  assert.match(messages(found), /cannot be read: iam:GetRolePolicy is not allowed/);
});

test("a user's policies are its own and those of its groups, and reading them takes no more than is said", async () => {
  const user = principalOf("arn:aws:iam::111122223333:user/admin");
  assert.ok(user);
  enforcer.grant(user.arn, policiesFor(neededOf(readsOwnPolicies(user), "us-east-2")));
  await iam().send(new CreateGroupCommand({ GroupName: "deployers" }));
  await iam().send(new AddUserToGroupCommand({ GroupName: "deployers", UserName: "admin" }));
  await iam().send(
    new PutGroupPolicyCommand({
      GroupName: "deployers",
      PolicyName: "inline",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ ...everything, Action: ["s3:*"] }] }),
    }),
  );
  const PolicyArn = await managed("stacks", { ...everything, Action: ["cloudformation:*"] });
  await iam().send(new AttachGroupPolicyCommand({ GroupName: "deployers", PolicyArn }));
  await iam().send(new DeleteUserPolicyCommand({ UserName: "admin", PolicyName: "all" }));
  const found = await policy("by-key", "--check");
  assert.deepEqual(found.document.holder.policies, [
    "managed policy stacks of group deployers",
    "inline policy inline of group deployers",
  ]);
  const missing: { action: string }[] = found.document.comparison.missing;
  assert.ok(missing.length > 0 && missing.every(({ action }) => action.startsWith("lambda:")), JSON.stringify(missing));
});

test("the policies of another account's identity are not compared", async () => {
  const found = await policy("elsewhere", "--check");
  assert.equal(found.status, 3);
  assert.deepEqual(codes(found), ["wrong-account"]);
});

test("the difference to the present policies is told line by line, and the limit of versions before it bites", async () => {
  const PolicyArn = await managed("layers", everything);
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ ...everything, Action: ["s3:DeleteObject"] }],
  });
  for (let version = 2; version <= 5; version += 1)
    await iam().send(
      new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: document, SetAsDefault: version === 5 }),
    );
  await iam().send(new AttachRolePolicyCommand({ RoleName: "deploy", PolicyArn }));
  await put(lacking("s3:PutObject"));
  const found = await policy("sandbox", "--diff");
  await iam().send(new DetachRolePolicyCommand({ RoleName: "deploy", PolicyArn }));
  assert.equal(found.status, 0, found.said);
  const [added] = found.document.added;
  assert.deepEqual([found.document.added.length, added.action], [1, "s3:PutObject"]);
  assert.deepEqual(found.document.removed, [
    { effect: "Allow", action: "s3:DeleteObject", resource: "*", condition: "" },
  ]);
  assert.deepEqual(found.document.versions, [
    { policy: "managed policy layers", arn: PolicyArn, default: "v5", used: 5, limit: 5, oldest: "v1" },
  ]);
  assert.deepEqual(codes(found), ["policy-versions-full"]);
});

test("nothing but reading was asked of the account, and no key or token was shown", async () => {
  enforcer.forget();
  const asked = [await policy("sandbox", "--check"), await policy("sandbox", "--diff")];
  assert.ok(enforcer.decided.length > 5);
  assert.deepEqual(enforcer.writes(), []);
  const file = await readFile(moto.environment.AWS_SHARED_CREDENTIALS_FILE ?? "", "utf8");
  const secrets = [...file.matchAll(/= (\S{16,})/g)].map(([, secret = ""]) => secret);
  assert.ok(secrets.length >= 4);
  for (const { said } of asked) for (const secret of secrets) assert.ok(!said.includes(secret));
});

test("the trust policy is made from the remote and the branch, and printed alone", async () => {
  const end = await landfallInAws(repository.directory, ["policy", "sandbox", "--trust"], {});
  assert.equal(end.status, 0, end.stderr);
  const [statement] = JSON.parse(end.stdout).Statement;
  const subject = statement.Condition.StringEquals["token.actions.githubusercontent.com:sub"];
  assert.deepEqual(subject, ["repo:acme/layers:ref:refs/heads/test"]);
  const named = ["--trust", "--repository", "acme-1/layers-2", "--github-environment", "prod"];
  const numbered = await landfallInAws(repository.directory, ["policy", "sandbox", ...named], {});
  assert.match(numbered.stdout, /"repo:acme-1\/layers-2:environment:prod"/);
});

test("questions that do not go together are refused before anything is read", async () => {
  for (const options of [
    ["--check", "--diff"],
    ["--trust", "--check"],
    ["--repository", "acme/layers"],
    ["--check", "--github-environment", "prod"],
  ]) {
    const end = await landfallInAws(repository.directory, ["policy", "sandbox", ...options], {});
    assert.equal(end.status, 2, options.join(" "));
    assert.equal(end.stdout, "");
  }
});

test("what a template's own resources need is said to be unknown, beside the policy and after the check", async () => {
  const written = await readFile(`${repository.directory}/landfall.yaml`, "utf8");
  const stack = "  base: { type: cloudformation, source: [base.yaml], template: base.yaml }\nenvironments:";
  await repository.write({ "landfall.yaml": written.replace("environments:", stack), "base.yaml": "Resources: {}\n" });
  try {
    const end = await landfallInAws(repository.directory, ["policy", "sandbox"], {});
    assert.equal(end.status, 0, end.stderr);
    assert.match(end.stderr, /base: what the resources of base.yaml need is not among these permissions/);
    await put(JSON.parse(end.stdout));
    const check = await landfallInAws(repository.directory, ["policy", "sandbox", "--check"], moto.environment);
    assert.equal(check.status, 0, check.stdout);
    assert.match(check.stdout, /⚠ the \d+ permissions that are known are allowed; not all of them are known/);
  } finally {
    await repository.write({ "landfall.yaml": written });
  }
});
