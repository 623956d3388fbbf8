import { z } from "zod";
import type { ApprovalRule } from "../model/approval.ts";
import { hint } from "../util/nearest.ts";
import type { Path } from "./document.ts";
import type { Mistake } from "./issues.ts";
import { orderTargets } from "./order.ts";
import { type Section, section, texts } from "./written.ts";

/** A name that is written into the list of signers that git is given: nothing in it may be a pattern or end the line. */
const approverName = () =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$/, {
    error: "must be a name or a mail address: letters, digits and . _ @ + -",
  });

const publicKey = () =>
  z.string().regex(/^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+|sk-[a-z0-9-]+@openssh\.com) [A-Za-z0-9+/]+=*( [^\n]*)?$/, {
    error: "must be a public key of SSH, as it stands in a .pub file: `ssh-ed25519 AAAA…`",
  });

/** `approvers` of the manifest: whose signatures count. It is read from the protected branch, so it holds no variables. */
export const approversSchema = z
  .array(
    z.strictObject({
      name: approverName().describe("Who it is: outputs and `by` name the approver so."),
      key: publicKey().describe("The public key of SSH that approvals are signed with."),
    }),
  )
  .default([])
  .describe(
    "Whose signed approvals count, and their keys. A deploy takes this list from the manifest on the environment's branch at its remote, not from the working tree.",
  );

const within = () =>
  z.string().regex(/^[1-9]\d{0,4}(m|h|d)$/, { error: "must be a span of time such as 30m, 12h or 7d" });

const approval = z
  .union([
    z.boolean(),
    z.strictObject({
      within: within().optional().describe("How long an approval counts: `12h`, `7d`. Default: until it is used."),
      signed: z
        .boolean()
        .default(false)
        .describe(
          "Only an approval that is signed with a key of `approvers` counts. Default: others count, and are called advisory.",
        ),
      by: z.array(approverName()).min(1).optional().describe("Only the approvals of these count."),
    }),
  ])
  .default(false)
  .describe("Whether a plan must be approved (`landfall approve ENV`) before it is carried out.");

/** `requires` of an environment: what must be there before anything is changed in it. */
export const requiresSchema = z
  .strictObject({
    provenIn: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "must be an environment's name, written out" })
      .optional()
      .describe("The environment in which the same source must have been proven before."),
    approval,
  })
  .optional()
  .describe(
    "What must be there before anything is changed here. A rollback to what was proven here before needs none of it.",
  );

/** What an environment wants of approvals; null where it wants none. */
export function approvalRule(requires: z.infer<typeof requiresSchema>): ApprovalRule | null {
  const written = requires?.approval ?? false;
  if (written === false) return null;
  if (written === true) return { signed: false };
  const { within, signed, by } = written;
  return { signed, by, ...(within === undefined ? {} : { withinSeconds: spanSeconds(within) }) };
}

const unitSeconds: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

function spanSeconds(span: string): number {
  return Number(span.slice(0, -1)) * (unitSeconds[span.at(-1) ?? ""] ?? Number.NaN);
}

/** Names in `requires` that must be there, circles in which environments wait for each other, signatures that nobody could give. */
export function requiresMistakes(written: unknown): Mistake[] {
  const environments = section(section(written).environments);
  const approvers = namesOf(section(written).approvers);
  return [
    ...Object.keys(environments).flatMap((name) => {
      const requires = section(section(environments[name]).requires);
      return [...provenInMistakes(name, requires, environments), ...approverMistakes(name, requires, approvers)];
    }),
    ...circle(environments),
    ...twice(section(written).approvers),
  ];
}

const at = (environment: string, ...keys: Path): Path => ["environments", environment, "requires", ...keys];

function provenInMistakes(name: string, { provenIn }: Section, environments: Section): Mistake[] {
  if (typeof provenIn !== "string" || Object.hasOwn(environments, provenIn)) return [];
  const message = `environments.${name}.requires.provenIn: there is no environment \`${provenIn}\`${hint(provenIn, Object.keys(environments))}`;
  return [{ code: "unknown-environment", message, path: at(name, "provenIn"), part: "value" }];
}

function approverMistakes(name: string, requires: Section, approvers: readonly string[]): Mistake[] {
  const { signed, by } = section(requires.approval);
  const unknown = texts(by)
    .filter(({ text }) => signed === true && !approvers.includes(text))
    .map(({ text, index }): Mistake => {
      const message = `environments.${name}.requires.approval.by: \`approvers\` has no \`${text}\`${hint(text, approvers)}`;
      return { code: "bad-value", message, path: at(name, "approval", "by", index), part: "value" };
    });
  if (signed !== true || approvers.length > 0) return unknown;
  const message = `environment \`${name}\` takes signed approvals only, and nobody could sign one: \`approvers\` lists no key`;
  return [{ code: "bad-value", message, path: at(name, "approval", "signed"), part: "key" }];
}

/** What waits for what it is waited for by could never be deployed to. */
function circle(environments: Section): Mistake[] {
  const after = Object.entries(environments).map(([name, keys]): [string, string[]] => {
    const { provenIn } = section(section(keys).requires);
    return [name, typeof provenIn === "string" ? [provenIn] : []];
  });
  const { cycle } = orderTargets(Object.fromEntries(after));
  if (!cycle) return [];
  const message = `environments wait for a proof in each other: ${cycle.join(" → ")}`;
  return [{ code: "environment-cycle", message, path: at(cycle[0] ?? "", "provenIn"), part: "value" }];
}

function namesOf(approvers: unknown): string[] {
  if (!Array.isArray(approvers)) return [];
  return approvers.map((approver: unknown) => String(section(approver).name));
}

/** A name may have several keys; a key that has several names would not tell who signed. */
function twice(approvers: unknown): Mistake[] {
  if (!Array.isArray(approvers)) return [];
  const keys = approvers.map((approver: unknown) => String(section(approver).key).split(" ")[1]);
  return keys.flatMap((key, index): Mistake[] => {
    if (key === undefined || keys.indexOf(key) === index) return [];
    const message = "approvers has one key twice: it would not tell who signed";
    return [{ code: "bad-value", message, path: ["approvers", index, "key"], part: "value" }];
  });
}
