import type { PolicyLine } from "../model/policy-answer.ts";
import { compareTexts } from "./needed.ts";
import type { Condition, Policy, Selection } from "./policy.ts";

/** Policies as single lines, each once and in order, so that two ways to write the same are the same. */
export function linesOf(policies: readonly Policy[]): PolicyLine[] {
  const lines = policies.flatMap(({ statements }) =>
    statements.flatMap(({ effect, actions, resources, conditions }) => {
      const condition = conditions.map(conditionText).sort(compareTexts).join(" and ");
      return effect === "unclear"
        ? []
        : textsOf(actions).flatMap((action) =>
            textsOf(resources).map((resource) => ({ effect, action, resource, condition })),
          );
    }),
  );
  return [...new Map(lines.map((line) => [JSON.stringify(line), line]))]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([, line]) => line);
}

function textsOf({ except, patterns }: Selection): string[] {
  return except ? [`everything but ${[...patterns].sort(compareTexts).join(", ")}`] : [...patterns];
}

function conditionText({ operator, key, values }: Condition): string {
  return `${operator} ${key} ${[...values].sort(compareTexts).join(", ")}`;
}
