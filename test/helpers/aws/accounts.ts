import { writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

/** The numbers of the accounts that every test of AWS has, by name. */
export const TEST_ACCOUNTS = { sandbox: "111122223333", production: "444455556666" } as const;
/** Where the source profile `ci` belongs: neither of them, and moto's own default. */
export const TOOLS_ACCOUNT = "123456789012";

/** A key of an account, and where it is used: what the constructor of an SDK client takes. */
export interface Access {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/** One account of the emulated AWS. */
export interface TestAccount {
  readonly name: string;
  /** Twelve digits. */
  readonly id: string;
  /** The ARN of the role `deploy`, which may do everything until a test takes its policy `all` away. */
  readonly role: string;
  /** An administrator of it: `new S3Client({ ...account.access, forcePathStyle: true })`. */
  readonly access: Access;
}

export interface OpenedAccounts {
  accounts: Map<string, TestAccount>;
  /** The key of the user `ci` in an account of its own. */
  ci: Access["credentials"];
}

/** Makes in each account an administrator with a key, the role `deploy` and GitHub's identity provider. */
export async function openAccounts(
  endpoint: string,
  region: string,
  accounts: Readonly<Record<string, string>>,
): Promise<OpenedAccounts> {
  const nobody: Access = { endpoint, region, credentials: { accessKeyId: "AKIANOBODY", secretAccessKey: "none" } };
  const ci = await makeUser(nobody, "ci");
  const opened = new Map<string, TestAccount>();
  for (const [name, id] of Object.entries(accounts)) {
    const access = { ...nobody, credentials: await makeUser(await enter(nobody, id), "admin") };
    const role = await makeDeployRole(access, id);
    opened.set(name, { name, id, role, access });
  }
  return { accounts: opened, ci };
}

/** Writes AWS configuration files as a developer or a CI job has them. */
export async function writeProfiles(folder: string, region: string, { accounts, ci }: OpenedAccounts) {
  await mkdir(folder, { recursive: true });
  const [config, credentials, token] = [join(folder, "config"), join(folder, "credentials"), join(folder, "token")];
  const profiles = [`[profile ci]\nregion = ${region}\n`];
  const keys = [keyOf("ci", ci)];
  for (const { name, role, access } of accounts.values()) {
    profiles.push(`[profile ${name}]\nregion = ${region}\nrole_arn = ${role}\nsource_profile = ci\n`);
    profiles.push(`[profile ${name}-key]\nregion = ${region}\n`);
    profiles.push(
      `[profile ${name}-oidc]\nregion = ${region}\nrole_arn = ${role}\nweb_identity_token_file = ${token}\n`,
    );
    keys.push(keyOf(`${name}-key`, access.credentials));
  }
  await writeFile(config, profiles.join("\n"));
  await writeFile(credentials, keys.join("\n"), { mode: 0o600 });
  await writeFile(token, githubToken(mainBranch), { mode: 0o600 });
  const environment = {
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const webIdentity = (account: TestAccount, subject = mainBranch) => {
    const shown = join(folder, `token-${subject.replaceAll(/\W/g, "-")}`);
    writeFileSync(shown, githubToken(subject), { mode: 0o600 });
    return {
      AWS_ROLE_ARN: account.role,
      AWS_WEB_IDENTITY_TOKEN_FILE: shown,
      AWS_ROLE_SESSION_NAME: "github",
      AWS_REGION: region,
    };
  };
  return { environment, webIdentity };
}

async function enter(from: Access, id: string): Promise<Access> {
  const sts = new STSClient(from);
  const request = { RoleArn: `arn:aws:iam::${id}:role/setup`, RoleSessionName: "setup" };
  const { Credentials: given } = await sts.send(new AssumeRoleCommand(request));
  return { ...from, credentials: keyFrom(given?.AccessKeyId, given?.SecretAccessKey, given?.SessionToken) };
}

async function makeUser(access: Access, name: string): Promise<Access["credentials"]> {
  const iam = new IAMClient(access);
  await iam.send(new CreateUserCommand({ UserName: name }));
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: "all", PolicyDocument: everything }));
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  return keyFrom(key?.AccessKeyId, key?.SecretAccessKey);
}

async function makeDeployRole(access: Access, id: string): Promise<string> {
  const iam = new IAMClient(access);
  const provider = `arn:aws:iam::${id}:oidc-provider/${issuer}`;
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${issuer}`,
      ClientIDList: ["sts.amazonaws.com"],
      ThumbprintList: ["6938fd4d98bab03faadb97b34396831e3780aea1"],
    }),
  );
  const root = (account: string) => `arn:aws:iam::${account}:root`;
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: [root(TOOLS_ACCOUNT), root(id)] }, Action: "sts:AssumeRole" },
      { Effect: "Allow", Principal: { Federated: provider }, Action: "sts:AssumeRoleWithWebIdentity" },
    ],
  };
  const made = await iam.send(
    new CreateRoleCommand({ RoleName: "deploy", AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  await iam.send(new PutRolePolicyCommand({ RoleName: "deploy", PolicyName: "all", PolicyDocument: everything }));
  if (made.Role?.Arn === undefined) throw new Error("moto made a role without an ARN");
  return made.Role.Arn;
}

function keyFrom(id: string | undefined, secret: string | undefined, token?: string): Access["credentials"] {
  if (id === undefined || secret === undefined) throw new Error("moto gave no key");
  return { accessKeyId: id, secretAccessKey: secret, ...(token === undefined ? {} : { sessionToken: token }) };
}

function keyOf(profile: string, { accessKeyId, secretAccessKey }: Access["credentials"]): string {
  return `[${profile}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
}

/** What GitHub hands a job that asks for one, without a signature: moto looks at none. */
function githubToken(subject: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: `https://${issuer}`, aud: "sts.amazonaws.com", sub: subject };
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${Buffer.from("unsigned").toString("base64url")}`;
}

const mainBranch = "repo:acme/layers:ref:refs/heads/main";
const issuer = "token.actions.githubusercontent.com";
const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});
