import { type AwsPrincipal, principalOf } from "../model/aws-principal.ts";
import type { Permission } from "../model/permission.ts";

const why = "reads its own policies";

/** What an identity needs to read its own policies, so that a deploy can find what is missing before it writes. */
export function readsOwnPolicies(principal: AwsPrincipal): Permission[] {
  const { kind, arn, account } = principal;
  const partition = arn.split(":")[1] ?? "aws";
  const managed: Permission = {
    actions: ["iam:GetPolicy", "iam:GetPolicyVersion"],
    resources: [`arn:${partition}:iam::${account}:policy/*`, `arn:${partition}:iam::aws:policy/*`],
    why,
  };
  if (kind === "role")
    return [
      {
        actions: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
        resources: [arn],
        why,
      },
      managed,
    ];
  return [
    {
      actions: [
        "iam:GetUser",
        "iam:GetUserPolicy",
        "iam:ListAttachedUserPolicies",
        "iam:ListGroupsForUser",
        "iam:ListUserPolicies",
      ],
      resources: [arn],
      why,
    },
    {
      actions: ["iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies", "iam:ListGroupPolicies"],
      resources: [`arn:${partition}:iam::${account}:group/*`],
      why,
    },
    managed,
  ];
}

/** What else Landfall reads of an identity, and a deploy does without: versions of its policies, and the age of a user's keys. */
export function readsBesides({ kind, arn, account }: AwsPrincipal): Permission[] {
  const resources = [`arn:${arn.split(":")[1] ?? "aws"}:iam::${account}:policy/*`];
  const versions: Permission = { actions: ["iam:ListPolicyVersions"], resources, why };
  const keys = ["iam:GetAccessKeyLastUsed", "iam:ListAccessKeys"];
  return kind === "role"
    ? [versions]
    : [versions, { actions: keys, resources: [arn], why: "reads the age of its keys" }];
}

/** What a role needs to read its own policies, by its ARN; nothing where none is named. */
export function roleReadsItself(role: string | undefined): Permission[] {
  const principal = role === undefined ? null : principalOf(role);
  return principal === null ? [] : readsOwnPolicies(principal);
}
