import type { Asked, Unanswered } from "../../model/asked.ts";
import { type AwsPrincipal, principalOf } from "../../model/aws-principal.ts";
import { parallel } from "../../util/parallel.ts";
import { allPages, ask } from "./ask.ts";
import type { AwsClient, AwsSession } from "./session.ts";

/** A policy as IAM keeps it. */
export interface WrittenPolicy {
  /** How people call it: `managed policy deploy`, `inline policy all of group ops`. */
  name: string;
  /** JSON, in URL encoding as the API gives it. */
  document: string;
  /** Of a managed one: its ARN, and which version is the default. */
  managed?: { arn: string; version: string };
}

/** The policies that a role or user has. */
export interface PresentPolicies {
  principal: AwsPrincipal;
  /** Attached and inline ones; of a user also those of the groups. */
  policies: WrittenPolicy[];
  boundary: WrittenPolicy | null;
}

type Iam = AwsClient<"iam">;

/** Reads the policies of whoever signs. Unknown as soon as one of them cannot be read: the one left out might be the one that denies. */
export async function readPresentPolicies(session: AwsSession): Promise<Asked<PresentPolicies>> {
  try {
    const { arn } = await must("sts:GetCallerIdentity", async () => await session.caller());
    const principal = principalOf(arn);
    if (principal === null)
      return unread(`${arn} is neither a user nor a role, and has no policies of its own to be read`);
    const iam = await session.open("iam");
    return {
      state: "read",
      value: principal.kind === "role" ? await ofRole(iam, principal) : await ofUser(iam, principal),
    };
  } catch (error) {
    if (error instanceof Unread) return error.unanswered;
    throw error;
  }
}

async function ofRole(iam: Iam, principal: AwsPrincipal): Promise<PresentPolicies> {
  const { sdk, client } = iam;
  const RoleName = principal.name;
  const [role, attached, inline] = await Promise.all([
    must("iam:GetRole", async () => (await client.send(new sdk.GetRoleCommand({ RoleName }))).Role),
    must("iam:ListAttachedRolePolicies", async () =>
      allPages(sdk.paginateListAttachedRolePolicies({ client }, { RoleName }), (page) => page.AttachedPolicies),
    ),
    must("iam:ListRolePolicies", async () =>
      allPages(sdk.paginateListRolePolicies({ client }, { RoleName }), (page) => page.PolicyNames),
    ),
  ]);
  const own = inline.map((PolicyName) => async () => {
    const answer = async () =>
      (await client.send(new sdk.GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument;
    return await inlinePolicy(`inline policy ${PolicyName}`, "iam:GetRolePolicy", answer);
  });
  const boundary = role?.PermissionsBoundary?.PermissionsBoundaryArn;
  return {
    principal: { ...principal, arn: role?.Arn ?? principal.arn },
    policies: await allOf([...managedOf(iam, attached, ""), ...own]),
    boundary: boundary === undefined ? null : await managedPolicy(iam, boundary, ""),
  };
}

async function ofUser(iam: Iam, principal: AwsPrincipal): Promise<PresentPolicies> {
  const { sdk, client } = iam;
  const UserName = principal.name;
  const [user, attached, inline, groups] = await Promise.all([
    must("iam:GetUser", async () => (await client.send(new sdk.GetUserCommand({ UserName }))).User),
    must("iam:ListAttachedUserPolicies", async () =>
      allPages(sdk.paginateListAttachedUserPolicies({ client }, { UserName }), (page) => page.AttachedPolicies),
    ),
    must("iam:ListUserPolicies", async () =>
      allPages(sdk.paginateListUserPolicies({ client }, { UserName }), (page) => page.PolicyNames),
    ),
    must("iam:ListGroupsForUser", async () =>
      allPages(sdk.paginateListGroupsForUser({ client }, { UserName }), (page) => page.Groups),
    ),
  ]);
  const own = inline.map((PolicyName) => async () => {
    const answer = async () =>
      (await client.send(new sdk.GetUserPolicyCommand({ UserName, PolicyName }))).PolicyDocument;
    return await inlinePolicy(`inline policy ${PolicyName}`, "iam:GetUserPolicy", answer);
  });
  const ofGroups = await parallel(groups, atOnce, async ({ GroupName = "" }) => await ofGroup(iam, GroupName));
  const boundary = user?.PermissionsBoundary?.PermissionsBoundaryArn;
  return {
    principal,
    policies: [...(await allOf([...managedOf(iam, attached, ""), ...own])), ...ofGroups.flat()],
    boundary: boundary === undefined ? null : await managedPolicy(iam, boundary, ""),
  };
}

async function ofGroup(iam: Iam, GroupName: string): Promise<WrittenPolicy[]> {
  const { sdk, client } = iam;
  const [attached, inline] = await Promise.all([
    must("iam:ListAttachedGroupPolicies", async () =>
      allPages(sdk.paginateListAttachedGroupPolicies({ client }, { GroupName }), (page) => page.AttachedPolicies),
    ),
    must("iam:ListGroupPolicies", async () =>
      allPages(sdk.paginateListGroupPolicies({ client }, { GroupName }), (page) => page.PolicyNames),
    ),
  ]);
  const own = inline.map((PolicyName) => async () => {
    const answer = async () =>
      (await client.send(new sdk.GetGroupPolicyCommand({ GroupName, PolicyName }))).PolicyDocument;
    return await inlinePolicy(`inline policy ${PolicyName} of group ${GroupName}`, "iam:GetGroupPolicy", answer);
  });
  return await allOf([...managedOf(iam, attached, ` of group ${GroupName}`), ...own]);
}

const atOnce = 5;

async function allOf(reads: readonly (() => Promise<WrittenPolicy>)[]): Promise<WrittenPolicy[]> {
  return await parallel(reads, atOnce, async (read) => await read());
}

function managedOf(iam: Iam, attached: readonly { PolicyArn?: string | undefined }[], of: string) {
  return attached.map(
    ({ PolicyArn = "" }) =>
      async () =>
        await managedPolicy(iam, PolicyArn, of),
  );
}

/** The default version of a managed policy: the one that counts. */
async function managedPolicy({ sdk, client }: Iam, arn: string, of: string): Promise<WrittenPolicy> {
  const policy = await must(
    "iam:GetPolicy",
    async () => (await client.send(new sdk.GetPolicyCommand({ PolicyArn: arn }))).Policy,
  );
  const version = policy?.DefaultVersionId ?? "";
  const answer = await must(
    "iam:GetPolicyVersion",
    async () =>
      (await client.send(new sdk.GetPolicyVersionCommand({ PolicyArn: arn, VersionId: version }))).PolicyVersion,
  );
  const name = `managed policy ${arn.slice(arn.lastIndexOf("/") + 1)}${of}`;
  return { name, document: answer?.Document ?? "", managed: { arn, version } };
}

async function inlinePolicy(
  name: string,
  permission: string,
  answer: () => Promise<string | undefined>,
): Promise<WrittenPolicy> {
  return { name, document: (await must(permission, answer)) ?? "" };
}

/** A version of a managed policy. */
export interface PolicyVersion {
  id: string;
  default: boolean;
  /** ISO 8601. */
  createdAt: string;
}

/** The versions that IAM keeps of a managed policy. */
export async function readPolicyVersions(session: AwsSession, arn: string): Promise<Asked<PolicyVersion[]>> {
  const { sdk, client } = await session.open("iam");
  return await ask("iam:ListPolicyVersions", async () => {
    const versions = await allPages(
      sdk.paginateListPolicyVersions({ client }, { PolicyArn: arn }),
      (page) => page.Versions,
    );
    return versions.map(({ VersionId = "", IsDefaultVersion = false, CreateDate }) => ({
      id: VersionId,
      default: IsDefaultVersion,
      createdAt: CreateDate?.toISOString() ?? "",
    }));
  });
}

/** Ends the reading of all policies: one of them could not be read. */
class Unread extends Error {
  readonly unanswered: Unanswered;

  constructor(unanswered: Unanswered) {
    super(unanswered.reason);
    this.unanswered = unanswered;
  }
}

async function must<T>(permission: string, call: () => Promise<T>): Promise<T> {
  const asked = await ask(permission, call);
  if (asked.state === "unknown") throw new Unread(asked);
  return asked.value;
}

function unread(reason: string): Unanswered {
  return { state: "unknown", code: "policy-unread", reason };
}
