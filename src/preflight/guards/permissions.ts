import type { AwsSetting } from "../../model/aws.ts";
import type { Finding } from "../../model/finding.ts";
import type { Permission } from "../../model/permission.ts";
import type { MissingPermission } from "../../model/policy-answer.ts";
import { missingFinding, unreadFinding } from "../../model/policy-findings.ts";
import type { SurveyedPlace } from "../../providers/surveyed.ts";
import type { Guard } from "../guard.ts";
import { comparePermissions } from "../present-permissions.ts";

/**
 * Whoever signs may do all that this deploy does in the account. What the present policies surely do not allow blocks,
 * before the first write. Policies that may not be read are a note: the calls themselves will tell. So they do on a way
 * back, which may need less than a deploy: what is missing is a warning there.
 */
export const permissionsGuard: Guard = async ({ intent, surveyed, places, context }) => {
  const changed = surveyed.filter(({ place }) =>
    places.some(
      ({ place: { component, target }, planned }) =>
        component === place.component && target === place.target && planned.steps.length > 0,
    ),
  );
  const found = await Promise.all(
    bySetting(changed).map(async ([setting, needs]) => {
      const asked = await comparePermissions(
        context.aws.get(setting),
        needs.flatMap(({ permissions }) => permissions),
      );
      if (asked.state === "unknown") return [unreadFinding(asked, "note")];
      return asked.value.comparison.missing.map((missing) => findingOf(missing, needs));
    }),
  );
  const findings = found.flat();
  return intent === "deploy" ? findings : findings.map(warned);
};

function warned(finding: Finding): Finding {
  return finding.level === "block" ? { ...finding, level: "warning" } : finding;
}

/** Told once, with the component where only one needs it. */
function findingOf(missing: MissingPermission, needs: readonly Needs[]): Finding {
  const users = needs.filter(({ permissions }) => permissions.some((each) => isFor(each, missing)));
  const [{ component, target } = {}] = users;
  const place = users.length === 1 && component !== undefined && target !== undefined ? { component, target } : {};
  return { ...missingFinding(missing, "warning"), ...place };
}

interface Needs {
  component: string;
  target: string;
  permissions: readonly Permission[];
}

/** What the places need, by the session that they use. */
function bySetting(surveyed: readonly SurveyedPlace[]): [AwsSetting, Needs[]][] {
  const found = new Map<string, [AwsSetting, Needs[]]>();
  for (const { place, provider } of surveyed) {
    const permissions = provider.permissions?.(place) ?? [];
    if (place.aws === undefined || permissions.length === 0) continue;
    const { component, target, aws } = place;
    const [, needs] = found.get(JSON.stringify(aws)) ?? [aws, []];
    found.set(JSON.stringify(aws), [aws, [...needs, { component, target, permissions }]]);
  }
  return [...found.values()];
}

function isFor(
  { actions, resources }: Permission,
  { action, resource }: { action: string; resource: string },
): boolean {
  return actions.includes(action) && resources.includes(resource);
}
