import type { AskedAction, Principal } from "./read-request.ts";

type Where = Principal & { region: string };

/** STS: asking who one is needs no permission, and entering a role needs that role. */
export function stsAction(form: URLSearchParams): AskedAction | null {
  const action = form.get("Action");
  if (action === "GetCallerIdentity") return { action: `sts:${action}`, resource: "*", free: true };
  const role = form.get("RoleArn");
  return action === "AssumeRole" && role !== null ? { action: `sts:${action}`, resource: role } : null;
}

/** IAM: what the request names is the resource; calls on oneself name nobody. */
export function iamAction(form: URLSearchParams, { account, arn: caller }: Where): AskedAction | null {
  const action = form.get("Action");
  if (action === null) return null;
  const arn = (kind: string, name: string) => `arn:aws:iam::${account}:${kind}/${name}`;
  const [role, user, group, policy] = ["RoleName", "UserName", "GroupName", "PolicyArn"].map((name) => form.get(name));
  const own = /^(GetUser|ListAccessKeys|GetAccessKeyLastUsed)$/.test(action) ? caller : null;
  const named = role ? arn("role", role) : user ? arn("user", user) : group ? arn("group", group) : (policy ?? own);
  const resource = named ?? (action.startsWith("List") ? "*" : null);
  return resource === null ? null : { action: `iam:${action}`, resource };
}

/** Actions of CloudFormation that concern no stack. */
const withoutStack = ["ListStacks", "ValidateTemplate", "DescribeStackDriftDetectionStatus", "ListExports"];

/** CloudFormation: a stack that is called by its name is any of that name, as the service's own refusals show. */
export function cloudformationAction(form: URLSearchParams, { account, region }: Where): AskedAction | null {
  const action = form.get("Action");
  if (action === null) return null;
  const asked = (resource: string): AskedAction => ({
    action: `cloudformation:${action}`,
    resource,
    context: keysOf(form),
  });
  if (withoutStack.includes(action)) return asked("*");
  const stack = form.get("StackName");
  if (stack === null) return action === "DescribeStacks" ? asked("*") : null;
  return asked(stack.startsWith("arn:") ? stack : `arn:aws:cloudformation:${region}:${account}:stack/${stack}/*`);
}

function keysOf(form: URLSearchParams): Record<string, string[]> {
  const names = { "cloudformation:ChangeSetName": "ChangeSetName", "cloudformation:TemplateUrl": "TemplateURL" };
  return Object.fromEntries(
    Object.entries(names).flatMap(([key, name]) => {
      const value = form.get(name);
      return value === null ? [] : [[key, [value]]];
    }),
  );
}
