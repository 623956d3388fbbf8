import { takesResource } from "./arn.ts";
import { holds } from "./condition.ts";
import { globOf, relate } from "./glob.ts";
import {
  type Decision,
  type Policy,
  type Request,
  type Statement,
  type StatementPlace,
  statementName,
} from "./policy.ts";
import { all, any, isDoubt, not, type Truth, truthOf } from "./truth.ts";
import { fillIn } from "./variables.ts";

/** The policies that an identity has. */
export interface Policies {
  identity: readonly Policy[];
  /** The permission boundary, which allows nothing by itself, and without which nothing is allowed; null: there is none. */
  boundary: Policy | null;
}

/**
 * Decides by the rules of the IAM user guide ("Policy evaluation logic"): an explicit deny wins over everything, something
 * must allow it, and so must the boundary. What is not understood is never taken for allowed. Policies that lie
 * elsewhere (of the organization, of the resource, of the session) are not looked at.
 */
export function evaluate(request: Request, { identity, boundary }: Policies): Decision {
  const own = identity.flatMap((policy) => judge(policy, request));
  const bound = boundary === null ? null : judge(boundary, request);
  const found = [...own, ...(bound ?? [])];
  const denied = found.find(({ denies }) => denies === "yes");
  if (denied) return { answer: "denied", reason: `${statementName(denied.at)} denies it`, by: denied.at };
  if (any(own.map(({ allows }) => allows)) === "no")
    return { answer: "denied", reason: "no statement allows it", by: null };
  if (bound && any(bound.map(({ allows }) => allows)) === "no")
    return { answer: "denied", reason: `the permission boundary, ${boundary?.name}, does not allow it`, by: null };
  return doubtful(found, own, bound ?? []) ?? allowed(own);
}

interface Judged {
  at: StatementPlace;
  allows: Truth;
  denies: Truth;
}

function judge({ statements }: Policy, request: Request): Judged[] {
  return statements.map((statement) => {
    const { at, effect, doubt = "" } = statement;
    if (effect === "unclear") return { at, allows: { doubt }, denies: { doubt } };
    const applies = appliesTo(statement, request);
    return effect === "Allow" ? { at, allows: applies, denies: "no" } : { at, allows: "no", denies: applies };
  });
}

/** Whether a statement speaks of a request: its actions, its resources and all its conditions. */
function appliesTo(statement: Statement, { action, resource, context }: Request): Truth {
  const { actions, resources, conditions } = statement;
  const asked = globOf(action.toLowerCase());
  const named = any(actions.patterns.map((each) => truthOf(relate(globOf(each.toLowerCase()), asked) === "all")));
  const does = actions.except ? not(named) : named;
  // Most statements are of other actions.
  if (does === "no") return "no";
  const taken = any(
    resources.patterns.map((each) => {
      const pattern = fillIn(each, statement, context, true);
      return isDoubt(pattern) ? pattern : takesResource(pattern, resource);
    }),
  );
  const held = conditions.map((condition) => holds(condition, { statement, context }));
  return all([does, resources.except ? not(taken) : taken, ...held]);
}

/** What keeps it from being allowed for sure. */
function doubtful(found: readonly Judged[], own: readonly Judged[], bound: readonly Judged[]): Decision | null {
  const unsure = (judged: readonly Judged[], which: "allows" | "denies") => {
    for (const each of judged) {
      const truth = each[which];
      if (isDoubt(truth)) return unknown(each.at, truth.doubt, which === "denies" ? "may deny it" : "may allow it");
    }
    return null;
  };
  const sure = (judged: readonly Judged[]) => judged.some(({ allows }) => allows === "yes");
  return (
    unsure(found, "denies") ??
    (sure(own) ? null : unsure(own, "allows")) ??
    (sure(bound) ? null : unsure(bound, "allows"))
  );
}

function unknown(by: StatementPlace, doubt: string, how: string): Decision {
  return { answer: "unknown", reason: `${statementName(by)} ${how}: ${doubt}`, by };
}

function allowed(own: readonly Judged[]): Decision {
  const by = own.find(({ allows }) => allows === "yes")?.at;
  if (!by) throw new Error("nothing allows it, and it was not denied");
  return { answer: "allowed", reason: `${statementName(by)} allows it`, by };
}
