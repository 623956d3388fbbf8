import { comparePolicies } from "../iam/compare.ts";
import type { Policies } from "../iam/evaluate.ts";
import { type Needed, neededOf, regionKey } from "../iam/needed.ts";
import { readsBesides, readsOwnPolicies } from "../iam/own-policies.ts";
import { parsePolicy } from "../iam/parse.ts";
import type { RequestContext } from "../iam/policy.ts";
import { type PresentPolicies, readPresentPolicies } from "../io/aws/present-policies.ts";
import type { AwsSession } from "../io/aws/session.ts";
import type { Asked } from "../model/asked.ts";
import type { AwsSetting } from "../model/aws.ts";
import { isGlobal } from "../model/aws-partition.ts";
import type { AwsPrincipal } from "../model/aws-principal.ts";
import type { Permission } from "../model/permission.ts";
import type { PolicyComparison } from "../model/policy-answer.ts";

/** What is needed, what the identity has, and how they compare. */
export interface ComparedPermissions {
  needed: Needed[];
  present: PresentPolicies;
  policies: Policies;
  comparison: PolicyComparison;
}

/** Reads the policies of whoever signs, and compares them with what is needed. Reads only. */
export async function comparePermissions(
  session: AwsSession,
  permissions: readonly Permission[],
): Promise<Asked<ComparedPermissions>> {
  const asked = await readPresentPolicies(session);
  if (asked.state === "unknown") return asked;
  const present = asked.value;
  const { setting } = session;
  const { boundary, principal } = present;
  const needed = neededOf(permissions, setting.region);
  // They were read, so whatever that takes is allowed.
  const useful = neededOf([...readsOwnPolicies(principal), ...readsBesides(principal)], setting.region);
  const policies: Policies = {
    identity: present.policies.map(({ name, document }) => parsePolicy(name, document)),
    boundary: boundary && parsePolicy(boundary.name, boundary.document),
  };
  const comparison = comparePolicies(needed, policies, (action) => contextOf(action, setting, principal), useful);
  return { state: "read", value: { needed, present, policies, comparison } };
}

/** What is known of a call before it is made. Everything else, such as the address that it comes from, is not known. */
function contextOf(action: string, { region, endpoint }: AwsSetting, principal: AwsPrincipal): RequestContext {
  const { kind, arn, account, name } = principal;
  const asked = regionAskedFor(action, region);
  return {
    complete: false,
    values: {
      "aws:PrincipalArn": [arn],
      "aws:PrincipalAccount": [account],
      "aws:PrincipalType": [kind === "role" ? "AssumedRole" : "User"],
      "aws:username": kind === "role" ? [] : [name],
      ...(asked === null ? {} : { [regionKey]: [asked] }),
      ...(endpoint?.startsWith("http:") ? {} : { "aws:SecureTransport": ["true"] }),
    },
  };
}

/** IAM has one endpoint in each partition, and the region of that is what a condition sees; of others without regions it is not known. */
function regionAskedFor(action: string, region: string): string | null {
  if (!isGlobal(action)) return region;
  if (!action.startsWith("iam:")) return null;
  if (region.startsWith("cn-")) return "cn-north-1";
  return region.startsWith("us-gov-") ? "us-gov-west-1" : "us-east-1";
}
