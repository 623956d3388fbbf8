import { isGlobal } from "../model/aws-partition.ts";
import type { Permission } from "../model/permission.ts";
import type { PolicyConditions } from "../model/policy-answer.ts";

/** One action on one resource, with all that it is needed for. */
export interface Needed {
  action: string;
  resource: string;
  why: string;
  conditions: PolicyConditions;
}

/** Permissions one by one, each once, with the condition on the region where the service has regions. */
export function neededOf(permissions: readonly Permission[], region: string): Needed[] {
  const found = new Map<string, Needed>();
  for (const { action, resource, why, conditions } of permissions.flatMap((each) => eachOf(each, region))) {
    const key = JSON.stringify([action, resource, conditions]);
    const known = found.get(key);
    const reasons = new Set([...(known?.why.split("; ") ?? []), why]);
    found.set(key, { action, resource, conditions, why: [...reasons].join("; ") });
  }
  return [...found].sort(([a], [b]) => compareTexts(a, b)).map(([, each]) => each);
}

function eachOf({ actions, resources, conditions = {}, why }: Permission, region: string): Needed[] {
  return actions.flatMap((action) =>
    resources.map((resource) => ({ action, resource, why, conditions: conditionsOf(action, conditions, region) })),
  );
}

/** Operators, keys and values in order, so that the same conditions are the same text. */
function conditionsOf(action: string, given: NonNullable<Permission["conditions"]>, region: string): PolicyConditions {
  const equals = isGlobal(action) ? given.StringEquals : { ...given.StringEquals, [regionKey]: [region] };
  const all = equals === undefined ? given : { ...given, StringEquals: equals };
  const sorted = <T>(section: Readonly<Record<string, T>>) =>
    Object.entries(section).sort(([a], [b]) => compareTexts(a, b));
  return Object.fromEntries(
    sorted(all).map(([operator, keys]) => [
      operator,
      Object.fromEntries(sorted(keys).map(([key, values]) => [key, [...values].sort()])),
    ]),
  );
}

/** The region that a call goes to. */
export const regionKey = "aws:RequestedRegion";

/** By code units: the same on every machine. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
