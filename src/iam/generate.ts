import type { PolicyDocument, PolicyStatement } from "../model/policy-answer.ts";
import { compareTexts, type Needed } from "./needed.ts";

/** What IAM takes in one managed policy: characters that are no white space ("IAM and AWS STS quotas"). */
export const managedPolicyLimit = 6144;

/**
 * Makes the policies that allow what is needed and nothing else. The same needs give the same text, in whatever order they
 * come. One document, or as many as are needed to keep each within the limit.
 */
export function policiesFor(needed: readonly Needed[], limit = managedPolicyLimit): PolicyDocument[] {
  const policies: PolicyDocument[] = [];
  for (const statement of groups(needed).flatMap((group) => piecesOf(group, limit))) {
    const last = policies.at(-1);
    const longer = last && documentOf([...last.Statement, named(statement, last)]);
    if (longer && policySize(longer) <= limit) policies[policies.length - 1] = longer;
    else policies.push(documentOf([statement]));
  }
  return policies;
}

/** How much of IAM's limit a policy takes. */
export function policySize(policy: PolicyDocument): number {
  return JSON.stringify(policy).replace(/\s/g, "").length;
}

/** Statements: actions of one service under the same conditions, for the same reason and on the same resources, go together. */
function groups(needed: readonly Needed[]): PolicyStatement[] {
  const actions = merged(
    needed,
    ({ action, why, conditions }) => JSON.stringify([action, why, conditions]),
    ({ resource }) => resource,
  );
  const statements = merged(
    actions,
    ({ first: { action, why, conditions }, all }) => JSON.stringify([serviceOf(action), why, conditions, all]),
    ({ first }) => first.action,
  );
  return statements
    .map(({ first: { first, all: resources }, all }) => ({
      Sid: sidOf(first),
      Effect: "Allow" as const,
      Action: all,
      Resource: resources,
      ...(Object.keys(first.conditions).length === 0 ? {} : { Condition: first.conditions }),
    }))
    .sort((a, b) => compareTexts(orderOf(a), orderOf(b)));
}

interface Merged<T> {
  first: T;
  /** In order, each once. */
  all: string[];
}

/** Puts together what has the same key, with one value of each. */
function merged<T>(items: readonly T[], keyOf: (item: T) => string, partOf: (item: T) => string): Merged<T>[] {
  const found = new Map<string, { first: T; values: Set<string> }>();
  for (const item of items) {
    const known = found.get(keyOf(item)) ?? { first: item, values: new Set() };
    known.values.add(partOf(item));
    found.set(keyOf(item), known);
  }
  return [...found.values()].map(({ first, values }) => ({ first, all: [...values].sort(compareTexts) }));
}

function orderOf({ Action, Resource = [], Condition }: PolicyStatement): string {
  return [Action.join(), Resource.join(), JSON.stringify(Condition ?? {})].join("\n");
}

function serviceOf(action: string): string {
  return action.slice(0, action.indexOf(":"));
}

/** IAM takes letters and digits only: `lambda`, for `reads what runs`, is LambdaReadsWhatRuns. */
function sidOf({ action, why }: Needed): string {
  const words = `${serviceOf(action)} ${why}`.normalize("NFD").split(/[^A-Za-z0-9]+/);
  return words
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("")
    .slice(0, 64);
}

/** The statement with a name that no other of the policy has. */
function named(statement: PolicyStatement, { Statement: others }: PolicyDocument): PolicyStatement {
  const taken = new Set(others.map(({ Sid }) => Sid));
  let Sid = statement.Sid;
  for (let number = 2; taken.has(Sid); number += 1) Sid = `${statement.Sid}${number}`;
  return { ...statement, Sid };
}

function documentOf(statements: PolicyStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}

/** A statement that is longer than a whole policy may be, cut in two until each fits. */
function piecesOf(statement: PolicyStatement, limit: number): PolicyStatement[] {
  const { Action, Resource = [] } = statement;
  if (policySize(documentOf([statement])) <= limit) return [statement];
  const key = Resource.length > 1 ? "Resource" : "Action";
  const list = key === "Resource" ? Resource : Action;
  if (list.length < 2) return [statement];
  const half = Math.ceil(list.length / 2);
  const pieces = [list.slice(0, half), list.slice(half)].map((part) => ({ ...statement, [key]: part }));
  return pieces.flatMap((piece) => piecesOf(piece, limit));
}
