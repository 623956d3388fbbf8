import { type Unanswered, whyUnknown } from "./asked.ts";
import type { Finding, Level } from "./finding.ts";
import type { MissingPermission, PolicyVersions, SuperfluousPermission } from "./policy-answer.ts";

/**
 * A permission that the present policies do not allow for sure.
 *
 * @param unsure how much it weighs that it can't be told
 */
export function missingFinding(missing: MissingPermission, unsure: Level): Finding {
  const { action, resource, why, answer, reason } = missing;
  const what = `${onResource(action, [resource])} (${why})`;
  if (answer === "unknown") {
    const message = `whether ${what} is allowed cannot be told: ${reason}`;
    return { code: "permission-unknown", level: unsure, message, fix: "look at that statement" };
  }
  const fix = "landfall policy ENVIRONMENT prints what is needed";
  return { code: "permission-missing", level: "block", message: `${what} is not allowed: ${reason}`, fix };
}

export function superfluousFinding({ statement, action, resources, needed }: SuperfluousPermission): Finding {
  const granted = `${statement} allows ${onResource(action, resources)}`;
  const use = needed.length === 0 ? "nothing in the manifest needs it" : `of that is needed: ${needed.join(", ")}`;
  return { code: "permission-superfluous", level: "warning", message: `${granted}; ${use}` };
}

/** Something that is done in the account, and that no list of permissions has. */
export function unlistedFinding(component: string, what: string): Finding {
  const message = `${what} is not among these permissions: CloudFormation acts with the rights of whoever deploys`;
  return { code: "permission-unlisted", level: "warning", component, message, fix: "allow that beside them" };
}

/** The present policies could not be read, so nothing is known of them. */
export function unreadFinding(unanswered: Unanswered, level: Level): Finding {
  const { permission } = unanswered;
  return {
    code: "policy-unread",
    level,
    message: `the policies of these credentials cannot be read: ${whyUnknown(unanswered)}`,
    ...(permission === undefined ? {} : { fix: `allow ${permission} on the identity itself` }),
  };
}

/** The limit of versions, before it bites. */
export function versionsFinding({ policy, arn, used, limit, oldest }: PolicyVersions): Finding[] {
  if (used < limit) return [];
  const message = `${policy} has ${used} of ${limit} versions: its next change is refused`;
  const fix =
    oldest === null ? {} : { fix: `aws iam delete-policy-version --policy-arn ${arn} --version-id ${oldest}` };
  return [{ code: "policy-versions-full", level: "warning", message, ...fix }];
}

function onResource(action: string, resources: readonly string[]): string {
  return `${action} on ${resources.join(", ")}`;
}
