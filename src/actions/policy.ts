import { policiesFor } from "../iam/generate.ts";
import { linesOf } from "../iam/lines.ts";
import { neededOf } from "../iam/needed.ts";
import { roleReadsItself } from "../iam/own-policies.ts";
import { parsePolicy } from "../iam/parse.ts";
import { githubRepository, trustPolicy } from "../iam/trust.ts";
import { readPolicyVersions } from "../io/aws/present-policies.ts";
import type { AwsSession } from "../io/aws/session.ts";
import { git } from "../io/git.ts";
import { type Asked, answerOr } from "../model/asked.ts";
import { partitionOf } from "../model/aws-partition.ts";
import { UserError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import type { Permission } from "../model/permission.ts";
import type {
  PolicyAnswer,
  PolicyCheckAnswer,
  PolicyDiffAnswer,
  PolicyDocument,
  PolicyHolder,
  PolicyLine,
  PolicyVersions,
  TrustAnswer,
} from "../model/policy-answer.ts";
import {
  missingFinding,
  superfluousFinding,
  unlistedFinding,
  unreadFinding,
  versionsFinding,
} from "../model/policy-findings.ts";
import { type ComparedPermissions, comparePermissions } from "../preflight/present-permissions.ts";
import { parallel } from "../util/parallel.ts";
import { type AccountScene, openAccount } from "./account-scene.ts";
import { providerOf } from "./survey.ts";
import type { World } from "./world.ts";

export interface PolicyRequest {
  environment: string;
}

/** How many managed policies a role takes by default ("IAM and AWS STS quotas"). */
const mostManaged = 10;

/**
 * The least-privilege policy of an environment: all that its components do in the account, and nothing else. Made from the
 * manifest alone; no call is made. Throws a UserError (`invalid`) for an environment that is not in AWS.
 */
export async function policy(request: PolicyRequest, world: World): Promise<PolicyAnswer> {
  return await inAccount(request, world, async (scene) => {
    const { account, region } = scene.account.aws;
    const policies = generated(scene, world);
    const { environment } = request;
    return { environment, account, region, policies, findings: [...unlisted(scene, world), ...tooMany(policies)] };
  });
}

export interface TrustRequest extends PolicyRequest {
  /** `OWNER/NAME`; read from the git remote `origin` when it is not given. */
  repository?: string | undefined;
  githubEnvironment?: string | undefined;
}

/** The trust policy of the role that GitHub's jobs enter for an environment. No call to AWS is made. Throws a UserError (`invalid`). */
export async function trust(request: TrustRequest, world: World): Promise<TrustAnswer> {
  return await inAccount(request, world, async ({ account: { aws }, environment: { branches } }) => {
    const repository = request.repository ?? (await originOf(world));
    return { environment: request.environment, ...trustPolicy({ ...request, ...aws, branches, repository }) };
  });
}

/**
 * Reads the policies of whoever the environment's credentials are, and names each permission that is missing and each that
 * nothing needs. Reads only. Throws a UserError (`blocked`) when the credentials belong to another account.
 */
export async function checkPolicy(request: PolicyRequest, world: World): Promise<PolicyCheckAnswer> {
  return await inAccount(request, world, async (scene) => {
    const { environment } = request;
    const asked = await compared(scene, world);
    if (asked.state === "unknown") {
      const findings = [unreadFinding(asked, "block")];
      return { environment, holder: null, comparison: { missing: [], superfluous: [] }, needed: 0, findings };
    }
    const { comparison, needed, present } = asked.value;
    const findings = [
      ...comparison.missing.map((missing) => missingFinding(missing, "block")),
      ...comparison.superfluous.map(superfluousFinding),
      ...unlisted(scene, world),
    ];
    return { environment, holder: holderOf(present), comparison, needed: needed.length, findings };
  });
}

/** Compares the generated policy with the present ones, and tells how many versions are left. Reads only. */
export async function diffPolicy(request: PolicyRequest, world: World): Promise<PolicyDiffAnswer> {
  return await inAccount(request, world, async (scene) => {
    const { environment } = request;
    const asked = await compared(scene, world);
    if (asked.state === "unknown") {
      const findings = [unreadFinding(asked, "block")];
      return { environment, holder: null, added: [], removed: [], versions: [], findings };
    }
    const { present, policies } = asked.value;
    const wanted = generated(scene, world).map((each) => parsePolicy("generated", JSON.stringify(each)));
    const [after, before] = [linesOf(wanted), linesOf(policies.identity)];
    const versions = await readVersions(scene.session, present);
    return {
      environment,
      holder: holderOf(present),
      added: without(after, before),
      removed: without(before, after),
      versions: versions.flatMap((each) => answerOr(each, [])),
      findings: versions.flatMap((each) =>
        each.state === "read" ? each.value.flatMap(versionsFinding) : [unreadFinding(each, "warning")],
      ),
    };
  });
}

async function inAccount<T>(
  { environment }: PolicyRequest,
  world: World,
  work: (scene: AccountScene) => Promise<T>,
): Promise<T> {
  const scene = await openAccount(environment, world);
  try {
    return await work(scene);
  } finally {
    scene.session.close();
  }
}

/** What the environment's components do in the account, and what is read of the secrets that it names. */
function permissionsOf({ environment, account }: AccountScene, world: World): Permission[] {
  const places = environment.places.flatMap((place) => providerOf(place, world).permissions?.(place) ?? []);
  const { secrets } = account.credentials;
  if (secrets.length === 0) return places;
  const { region, account: id } = account.aws;
  // Secrets Manager puts six characters behind a name.
  const resources = secrets.map((name) =>
    name.startsWith("arn:") ? name : `arn:${partitionOf(region)}:secretsmanager:${region}:${id}:secret:${name}-??????`,
  );
  const actions = ["secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"];
  return [...places, { actions, resources, why: "reads the versions of secrets" }];
}

/** What they also do there, and cannot list. */
function unlisted({ environment }: AccountScene, world: World): Finding[] {
  return environment.places.flatMap((place) => {
    const what = providerOf(place, world).unlisted?.(place) ?? null;
    return what === null ? [] : [unlistedFinding(place.component, what)];
  });
}

function generated(scene: AccountScene, world: World): PolicyDocument[] {
  const { region, role } = scene.account.aws;
  return policiesFor(neededOf([...permissionsOf(scene, world), ...roleReadsItself(role)], region));
}

async function compared(scene: AccountScene, world: World): Promise<Asked<ComparedPermissions>> {
  await scene.session.confirm();
  return await comparePermissions(scene.session, permissionsOf(scene, world));
}

function tooMany({ length }: readonly PolicyDocument[]): Finding[] {
  if (length <= mostManaged) return [];
  const message = `${length} managed policies are needed, and IAM attaches ${mostManaged} to a role by default`;
  return [{ code: "policy-too-many", level: "warning", message, fix: "have the quota raised, or use several roles" }];
}

async function originOf({ directory, signal }: World): Promise<string> {
  const address = await git(directory, ["config", "--get", "remote.origin.url"], { allowStatus: [1], signal });
  const repository = githubRepository(address);
  if (repository !== null) return repository;
  const what =
    address.trim() === "" ? "there is no git remote `origin`" : "the git remote `origin` is not at github.com";
  const fix = "name the repository with --repository OWNER/NAME";
  throw new UserError("invalid", [{ code: "trust-repository", level: "block", message: what, fix }]);
}

function holderOf({ principal, policies, boundary }: ComparedPermissions["present"]): PolicyHolder {
  return { arn: principal.arn, policies: policies.map(({ name }) => name), boundary: boundary?.name ?? null };
}

function without(lines: readonly PolicyLine[], others: readonly PolicyLine[]): PolicyLine[] {
  const known = new Set(others.map((line) => JSON.stringify(line)));
  return lines.filter((line) => !known.has(JSON.stringify(line)));
}

/** How many versions IAM keeps of a managed policy ("IAM and AWS STS quotas"). */
const mostVersions = 5;
const policiesAtOnce = 5;

/** The versions of the managed policies that the account has itself: AWS's own are not ours to change. */
async function readVersions(
  session: AwsSession,
  { policies, principal }: ComparedPermissions["present"],
): Promise<Asked<PolicyVersions[]>[]> {
  const own = policies.flatMap(({ name, managed }) =>
    managed?.arn.includes(`:${principal.account}:`) ? [{ policy: name, ...managed }] : [],
  );
  return await parallel(own, policiesAtOnce, async ({ policy, arn, version }): Promise<Asked<PolicyVersions[]>> => {
    const asked = await readPolicyVersions(session, arn);
    if (asked.state === "unknown") return asked;
    const others = asked.value.filter((each) => !each.default).sort((a, b) => a.createdAt.localeCompare(b.createdAt));
    const oldest = others[0]?.id ?? null;
    const used = asked.value.length;
    return { state: "read", value: [{ policy, arn, default: version, used, limit: mostVersions, oldest }] };
  });
}
