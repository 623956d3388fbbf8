import type { MissingPermission, PolicyComparison, SuperfluousPermission } from "../model/policy-answer.ts";
import { takesResource } from "./arn.ts";
import { evaluate, type Policies } from "./evaluate.ts";
import { globOf, isWildcard, relate } from "./glob.ts";
import { compareTexts, type Needed } from "./needed.ts";
import { type Policy, type RequestContext, type Statement, statementName } from "./policy.ts";

/**
 * Compares what is needed with what the present policies allow. Everything that is not allowed for sure is missing; what
 * a statement grants and nothing needs is superfluous, and of a wildcard is told what of it is needed.
 *
 * @param contextOf what is known of the circumstances of a call
 * @param useful what may be allowed and need not be: it is neither missing nor superfluous
 */
export function comparePolicies(
  needed: readonly Needed[],
  present: Policies,
  contextOf: (action: string) => RequestContext,
  useful: readonly Needed[] = [],
): PolicyComparison {
  return {
    missing: needed.flatMap((each) => missing(each, present, contextOf(each.action))),
    superfluous: present.identity.flatMap((policy) => superfluous(policy, [...needed, ...useful])),
  };
}

function missing(
  { action, resource, why, conditions }: Needed,
  present: Policies,
  context: RequestContext,
): MissingPermission[] {
  const request = { action, resource, context: withConditions(context, conditions) };
  const { answer, reason } = evaluate(request, present);
  return answer === "allowed" ? [] : [{ action, resource, why, answer, reason }];
}

/** A condition that allows one value says what the call will have there. */
function withConditions(context: RequestContext, conditions: Needed["conditions"]): RequestContext {
  const known = Object.entries(conditions.StringEquals ?? {}).filter(([, values]) => values.length === 1);
  return { ...context, values: { ...context.values, ...Object.fromEntries(known) } };
}

function superfluous({ statements }: Policy, needed: readonly Needed[]): SuperfluousPermission[] {
  return statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) => {
      const granted = needed.filter((each) => mayTake(statement, each));
      return statement.actions.except || statement.resources.except
        ? [exception(statement, granted)]
        : statement.actions.patterns.flatMap((action) => ofAction(action, statement, granted));
    });
}

/** Whether a statement speaks of what is needed, in whole or in part. Conditions only narrow it. */
function mayTake({ actions, resources }: Statement, { action, resource }: Needed): boolean {
  return (
    actions.except !== actions.patterns.some((pattern) => takesAction(pattern, action)) &&
    (resources.except || resources.patterns.some((pattern) => touches(pattern, resource)))
  );
}

function takesAction(pattern: string, action: string): boolean {
  return relate(globOf(pattern.toLowerCase()), globOf(action.toLowerCase())) === "all";
}

/** Variables may stand for anything here: what they grant is not called superfluous. */
function touches(pattern: string, resource: string): boolean {
  return takesResource(globOf(pattern.replace(/\$\{[^}]*\}/g, "*")), resource) !== "no";
}

/** An action of a statement: on resources on which nothing needs it, and with wildcards that take more than is needed. */
function ofAction(action: string, statement: Statement, granted: readonly Needed[]): SuperfluousPermission[] {
  const name = statementName(statement.at);
  const own = granted.filter((each) => takesAction(action, each.action));
  const { patterns } = statement.resources;
  const unneeded = patterns.filter((pattern) => !own.some(({ resource }) => touches(pattern, resource)));
  const none = unneeded.length === 0 ? [] : [{ statement: name, action, resources: unneeded, needed: [] }];
  const used = patterns.filter((pattern) => !unneeded.includes(pattern));
  const wide = used.flatMap((pattern) => {
    const parts = own.filter(({ resource }) => touches(pattern, resource));
    const needed = broader(action, pattern, parts);
    return needed.length === 0 ? [] : [{ statement: name, action, resources: [pattern], needed }];
  });
  return [...none, ...wide];
}

/** What of a grant is needed, where wildcards take more; empty where it is no broader than that. */
function broader(action: string, pattern: string, parts: readonly Needed[]): string[] {
  if (globOf(action).some(isWildcard)) return unique(parts.map((each) => `${each.action} on ${each.resource}`));
  if (parts.some(({ resource }) => takesResource(globOf(resource), pattern) === "yes")) return [];
  return unique(parts.map(({ resource }) => resource));
}

function exception(statement: Statement, granted: readonly Needed[]): SuperfluousPermission {
  const { actions, resources, at } = statement;
  const list = (patterns: readonly string[]) => patterns.join(", ");
  return {
    statement: statementName(at),
    action: actions.except ? `everything but ${list(actions.patterns)}` : list(actions.patterns),
    resources: resources.except ? [`everything but ${list(resources.patterns)}`] : [...resources.patterns],
    needed: unique(granted.map((each) => `${each.action} on ${each.resource}`)),
  };
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareTexts);
}
