import { partitionOf } from "../model/aws-partition.ts";
import { UserError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import type { PolicyDocument } from "../model/policy-answer.ts";

/** Who issues the tokens of GitHub's jobs. */
const issuer = "token.actions.githubusercontent.com";

export interface TrustRequest {
  environment: string;
  account: string;
  region: string;
  /** As the token has it: `OWNER/NAME`, or `OWNER-ID/NAME-ID` where GitHub adds the numbers. */
  repository: string;
  /** Branches that the environment takes; empty means any. */
  branches: readonly string[];
  /** The environment of GitHub that the job names: the token then says that instead of the branch. */
  githubEnvironment?: string | undefined;
}

/**
 * Makes the trust policy of the role that GitHub's jobs enter: only this repository, and of it only the environment's
 * branches, or only jobs of one environment of GitHub. Without branches it is the environment of GitHub with the same name.
 * Throws a UserError (`invalid`) where that cannot be said exactly: it never trusts more than the environment takes.
 */
export function trustPolicy(request: TrustRequest): { trust: PolicyDocument; findings: Finding[] } {
  const { account, region, repository, branches, environment } = request;
  if (!isRepository(repository))
    throw refused(
      "trust-repository",
      `${repository} is no repository of GitHub`,
      "name it with --repository OWNER/NAME",
    );
  const github = request.githubEnvironment ?? (branches.length === 0 ? environment : undefined);
  const subjects = github === undefined ? branches.map(branchClaim) : [environmentClaim(github)];
  const patterns = subjects.filter((each) => each.includes("*"));
  const plain = subjects.filter((each) => !each.includes("*"));
  const claims = (list: readonly string[]) => list.map((each) => `repo:${repository}:${each}`).sort();
  // Two statements, since operators of one statement must hold together.
  const statement = (operator: string, list: readonly string[]): PolicyDocument["Statement"] =>
    list.length === 0
      ? []
      : [
          {
            Sid: operator === "StringEquals" ? "GitHub" : "GitHubPatterns",
            Effect: "Allow",
            Principal: { Federated: `arn:${partitionOf(region)}:iam::${account}:oidc-provider/${issuer}` },
            Action: ["sts:AssumeRoleWithWebIdentity"],
            Condition: conditionOf(operator, claims(list)),
          },
        ];
  const trust: PolicyDocument = {
    Version: "2012-10-17",
    Statement: [...statement("StringEquals", plain), ...statement("StringLike", patterns)],
  };
  return { trust, findings: patterns.map(patternFinding) };
}

function conditionOf(operator: string, subjects: string[]): Record<string, Record<string, string[]>> {
  const audience = { [`${issuer}:aud`]: ["sts.amazonaws.com"] };
  const subject = { [`${issuer}:sub`]: subjects };
  return operator === "StringEquals"
    ? { StringEquals: { ...audience, ...subject } }
    : { StringEquals: audience, [operator]: subject };
}

/** The part of the token's subject after the repository ("OpenID Connect reference" of GitHub's documentation). */
function branchClaim(branch: string): string {
  const fix = "name the branches, or one environment of GitHub that the job names: --github-environment NAME";
  if (/^[*/]+$/.test(branch)) throw refused("trust-subject", `the pattern ${branch} would trust every branch`, fix);
  // `*` is the one wildcard that patterns of branches and of policies share.
  if (!/^[^\s~^:?[\]\\{}()!$]+$/.test(branch))
    throw refused("trust-subject", `a policy cannot say the pattern ${branch}`, fix);
  return `ref:refs/heads/${branch.replace(/\*+/g, "*")}`;
}

function environmentClaim(name: string): string {
  if (name === "" || /[*?$\n]/.test(name))
    throw refused(
      "trust-subject",
      `${name} is no name of an environment of GitHub`,
      "name it with --github-environment NAME",
    );
  return `environment:${name.replaceAll(":", "%3A")}`;
}

function isRepository(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9-]*\/[\w.-]+$/.test(text);
}

function patternFinding(claim: string): Finding {
  const message = `${claim} also takes branches with slashes in the place of the wildcard: policies know no other`;
  return { code: "trust-subject", level: "warning", message, fix: "name the branches" };
}

function refused(code: Finding["code"], message: string, fix: string): UserError {
  return new UserError("invalid", [{ code, level: "block", message, fix }]);
}

/** `OWNER/NAME` of an address at github.com; null for any other. */
export function githubRepository(address: string): string | null {
  const form =
    /^(?:https:\/\/|ssh:\/\/|git:\/\/)?(?:[^/@]+@)?(?:ssh\.)?github\.com(?::\d+)?[/:]([^/]+\/[^/]+?)(?:\.git)?\/?$/;
  const found = form.exec(address.trim())?.[1];
  return found !== undefined && isRepository(found) ? found : null;
}
