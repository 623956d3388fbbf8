import type { Stack } from "../../io/aws/cloudformation.ts";
import type { StackSpec } from "./spec.ts";
import type { Template } from "./template.ts";

/** What CloudFormation shows of a parameter that it does not show. */
const hidden = /^\*+$/;

/**
 * The names of parameters whose value in the stack is not the one that the manifest (or else the template) gives. One that
 * is not shown counts as another while nothing tells that it is the same.
 */
export function parameterChanges(
  { parameters }: Pick<StackSpec, "parameters">,
  template: Template,
  stack: Stack,
): string[] {
  const declared = template.Parameters ?? {};
  return Object.keys(declared).filter((name) => {
    const live = stack.parameters[name];
    const wanted = parameters[name] ?? textOf(declared[name]?.Default);
    if (live === undefined) return wanted !== undefined;
    if (isHidden(declared[name], live)) return parameters[name] !== undefined;
    return wanted !== undefined && live !== wanted;
  });
}

/** Parameters of the stack that are not shown, so that nothing can be said of their values. */
export function hiddenParameters(template: Template, stack: Stack): string[] {
  return Object.entries(template.Parameters ?? {}).flatMap(([name, declared]) =>
    isHidden(declared, stack.parameters[name] ?? "") ? [name] : [],
  );
}

function isHidden(declared: { NoEcho?: unknown } | undefined, live: string): boolean {
  return hidden.test(live) && String(declared?.NoEcho ?? false) === "true";
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}
