import { type Operator, operatorOf, type Surroundings } from "./operators.ts";
import type { Condition } from "./policy.ts";
import { all, any, not, type Truth, truthOf } from "./truth.ts";
import { valuesOf } from "./variables.ts";

/**
 * Whether one condition holds, by the rules of the IAM reference: a key that the request does not have fails, unless the
 * operator is negated, ends in `IfExists` or asks for all values. An operator that is not known, and a key of which it is
 * not known whether the request has it, are doubts.
 */
export function holds({ operator, key, values }: Condition, at: Surroundings): Truth {
  const given = valuesOf(at.context, key);
  if (operator === "Null") return isNull(given, key, values);
  const [, set, name = "", ifExists] = /^(ForAllValues:|ForAnyValue:)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const found = operatorOf(name);
  if (!found) return { doubt: `the operator ${operator} is not known` };
  if (given === null) return { doubt: `it depends on ${key}, which is not known here` };
  const one = (value: string) => test(found, value, values, at);
  if (set === "ForAllValues:") return all(given.filter((value) => value !== "").map(one));
  // What `IfExists` does to a key that is absent is told in two ways here.
  if (set === "ForAnyValue:" && given.length === 0 && ifExists)
    return { doubt: `${operator} of ${key}, which the request does not have` };
  if (set === "ForAnyValue:") return any(given.map(one));
  const [value, ...others] = given;
  if (value === undefined) return truthOf(ifExists !== undefined || found.negated);
  return others.length === 0 ? one(value) : { doubt: `${key} has several values, and ${operator} compares one` };
}

/** `true`: the key must be absent; `false`: it must be there. */
function isNull(given: readonly string[] | null, key: string, values: readonly string[]): Truth {
  if (given === null) return { doubt: `it depends on whether the request has ${key}` };
  const absent = given.length === 0;
  return any(
    values.map((value) => {
      const wanted = value.toLowerCase();
      if (wanted !== "true" && wanted !== "false") return { doubt: `Null is asked for ${value}` };
      return truthOf(absent === (wanted === "true"));
    }),
  );
}

/** One value of the request: it matches one of the policy's, or, negated, none of them. */
function test({ compare, negated }: Operator, given: string, wanted: readonly string[], at: Surroundings): Truth {
  const matches = any(wanted.map((value) => compare(given, value, at)));
  return negated ? not(matches) : matches;
}
