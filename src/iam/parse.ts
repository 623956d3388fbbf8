import type { Condition, Policy, Selection, Statement, StatementPlace } from "./policy.ts";

/**
 * Reads a policy document: JSON, or JSON in URL encoding as the IAM API gives it. Never throws: what cannot be read becomes
 * a statement that says so, and that lets nothing be called allowed.
 */
export function parsePolicy(name: string, document: string): Policy {
  const whole = { policy: name, statement: 1 };
  const root = readJson(document);
  if (!isSection(root)) return { name, statements: [unclear(whole, "it is no JSON document")] };
  const foreign = Object.keys(root).find((key) => !["Version", "Id", "Statement"].includes(key));
  if (foreign !== undefined) return { name, statements: [unclear(whole, `it has the element ${foreign}`)] };
  const { Version: version = "2008-10-17", Statement: written } = root;
  if (version !== "2012-10-17" && version !== "2008-10-17")
    return { name, statements: [unclear(whole, `its version is ${String(version)}`)] };
  if (written === undefined) return { name, statements: [unclear(whole, "it has no statement")] };
  const statements = Array.isArray(written) ? written : [written];
  return { name, statements: statements.map((each, index) => readStatement(each, name, index + 1, version)) };
}

function readJson(document: string): unknown {
  const text = document.trimStart().startsWith("%") ? decoded(document.trim()) : document;
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

const elements = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

function readStatement(written: unknown, policy: string, statement: number, version: string): Statement {
  const place: StatementPlace = { policy, statement };
  if (!isSection(written)) return unclear(place, "it is no section");
  const { Sid: sid, Effect: effect } = written;
  const at = typeof sid === "string" && sid !== "" ? { ...place, sid } : place;
  const foreign = Object.keys(written).find((key) => !elements.includes(key));
  // A policy of an identity has no principal: what stands there is another kind of policy.
  if (foreign !== undefined) return unclear(at, `it has the element ${foreign}`);
  if (effect !== "Allow" && effect !== "Deny") return unclear(at, "its effect is neither Allow nor Deny");
  const actions = readSelection(written, "Action");
  const resources = readSelection(written, "Resource");
  const conditions = readConditions(written.Condition);
  if (!actions) return unclear(at, "its actions cannot be read");
  if (!resources) return unclear(at, "its resources cannot be read");
  if (!conditions) return unclear(at, "its conditions cannot be read");
  return { at, effect, actions, resources, conditions, variables: version === "2012-10-17" };
}

/** Exactly one of `Action` and `NotAction`: a text, or a list of texts. */
function readSelection(written: Record<string, unknown>, name: "Action" | "Resource"): Selection | null {
  const names = [name, `Not${name}`].filter((key) => Object.hasOwn(written, key));
  const [key] = names;
  if (key === undefined || names.length > 1) return null;
  const patterns = textsOf(written[key], ["string"]);
  return patterns && patterns.length > 0 ? { except: key !== name, patterns } : null;
}

/** Operator → key → values. Numbers and truth values may stand without quotes. */
function readConditions(written: unknown): Condition[] | null {
  if (written === undefined) return [];
  if (!isSection(written)) return null;
  const found: Condition[] = [];
  for (const [operator, keys] of Object.entries(written)) {
    if (!isSection(keys)) return null;
    for (const [key, value] of Object.entries(keys)) {
      const values = textsOf(value, ["string", "number", "boolean"]);
      if (!values) return null;
      found.push({ operator, key, values });
    }
  }
  return found;
}

function textsOf(value: unknown, types: readonly string[]): string[] | null {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.every((each) => types.includes(typeof each)) ? list.map(String) : null;
}

function unclear(at: StatementPlace, doubt: string): Statement {
  const everything: Selection = { except: false, patterns: ["*"] };
  return { at, effect: "unclear", doubt, actions: everything, resources: everything, conditions: [], variables: false };
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
