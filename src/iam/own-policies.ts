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

/** What `landfall policy --diff` reads beyond that: how many versions the managed policies have. A deploy does without. */
export function readsVersions({ arn, account }: AwsPrincipal): Permission[] {
  const resources = [`arn:${arn.split(":")[1] ?? "aws"}:iam::${account}:policy/*`];
  return [{ actions: ["iam:ListPolicyVersions"], resources, why }];
}

/** What a role needs to read its own policies, by its ARN; nothing where none is named. */
export function roleReadsItself(role: string | undefined): Permission[] {
  const principal = role === undefined ? null : principalOf(role);
  return principal === null ? [] : readsOwnPolicies(principal);
}
