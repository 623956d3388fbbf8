import { blocking } from "../model/finding.ts";
import type {
  PolicyCheckAnswer,
  PolicyDiffAnswer,
  PolicyDocument,
  PolicyLine,
  PolicyVersions,
} from "../model/policy-answer.ts";
import { findingLines } from "./findings.ts";
import type { Paint } from "./paint.ts";

/** Policies as IAM takes them, one document after the other: what is printed can be put into a file. */
export function documentsText(policies: readonly PolicyDocument[]): string {
  return policies.map((policy) => JSON.stringify(policy, null, 2)).join("\n");
}

/** What is missing, what is superfluous, and the conclusion last. */
export function checkText(
  { environment, holder, needed, comparison, findings }: PolicyCheckAnswer,
  paint: Paint,
): string {
  return [...holderLines(holder), ...findingLines(findings, paint), conclusion()].join("\n");

  function conclusion(): string {
    if (holder === null) return paint("red", `✘ what ${environment} may do is not known`);
    const blocks = blocking(findings).length;
    if (blocks > 0) return paint("red", `✘ ${blocks} of ${needed} permissions are missing or not known`);
    const { length } = comparison.superfluous;
    const more = length === 0 ? "nothing else" : `${length} that nothing needs`;
    const open = findings.some(({ code }) => code === "permission-unlisted");
    if (open)
      return paint("yellow", `⚠ the ${needed} permissions that are known are allowed; not all of them are known`);
    return `${paint("green", `✔ all ${needed} permissions that ${environment} needs are allowed`)}, and ${more}`;
  }
}

/** Line by line what would change, and how many versions are left. */
export function diffText(
  { environment, holder, added, removed, versions, findings }: PolicyDiffAnswer,
  paint: Paint,
): string {
  const none = holder !== null && added.length + removed.length === 0;
  return [
    ...holderLines(holder),
    ...removed.map((line) => paint("red", `- ${lineText(line)}`)),
    ...added.map((line) => paint("green", `+ ${lineText(line)}`)),
    ...(none ? [`the policies of ${environment} say what the manifest needs`] : []),
    ...versions.map(versionsText),
    ...findingLines(findings, paint),
  ].join("\n");
}

function holderLines(holder: PolicyCheckAnswer["holder"]): string[] {
  if (holder === null) return [];
  const { arn, policies, boundary } = holder;
  const bound = boundary === null ? "" : `; within ${boundary}`;
  return [`${arn}: ${policies.length === 0 ? "no policies" : policies.join(", ")}${bound}`];
}

function lineText({ effect, action, resource, condition }: PolicyLine): string {
  return `${effect} ${action} on ${resource}${condition === "" ? "" : ` when ${condition}`}`;
}

function versionsText({ policy, default: current, used, limit, oldest }: PolicyVersions): string {
  const next = oldest === null ? "" : `; the oldest that is not the default is ${oldest}`;
  return `${policy}: ${current} is the default, ${used} of ${limit} versions are used${next}`;
}
