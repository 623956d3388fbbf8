import { invalid } from "./error.ts";
import { callOf, evaluate, type Scope } from "./functions.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

/** Whether a condition of a template holds. */
export function conditionHolds(conditions: JsonObject, name: string, scope: Scope, seen: string[] = []): boolean {
  const declared = conditions[name];
  if (declared === undefined)
    throw invalid(
      `Template format error: Unresolved condition dependency ${name} in the Resources block of the template`,
    );
  if (seen.includes(name))
    throw invalid(`Template format error: Circular dependency between conditions: [${[...seen, name].join(", ")}]`);
  return holds(declared, [...seen, name]);

  function holds(value: Json, path: string[]): boolean {
    if (!isObject(value)) throw malformed();
    const { Condition: other } = value;
    if (typeof other === "string") return conditionHolds(conditions, other, scope, path);
    const call = callOf(value);
    const list = Array.isArray(call?.argument) ? call.argument : [];
    if (call?.name === "Fn::Equals" && list.length === 2) {
      const [left, right] = list.map((item) => evaluate(item, scope));
      return JSON.stringify(left) === JSON.stringify(right);
    }
    const inner = list.map((item) => holds(item, path));
    if (call?.name === "Fn::Not" && inner.length === 1) return !inner[0];
    if (call?.name === "Fn::And" && inner.length >= 2) return inner.every(Boolean);
    if (call?.name === "Fn::Or" && inner.length >= 2) return inner.some(Boolean);
    throw malformed();
  }
}

function malformed(): Error {
  return invalid("Template format error: Conditions can only be boolean operations on parameters and other conditions");
}
