import type { Stack } from "../../io/aws/cloudformation.ts";
import type { Finding } from "../../model/finding.ts";
import { hint } from "../../util/nearest.ts";
import { isShownOf } from "./shown.ts";
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
    if (isHidden(declared[name], live) || isShownOf(live, wanted ?? "")) return parameters[name] !== undefined;
    return wanted !== undefined && live !== wanted;
  });
}

/** What is wrong with the parameters that the manifest gives a template: each blocks. */
export function parameterFindings(file: string, given: Pick<StackSpec, "parameters">, template: Template): Finding[] {
  return parameterProblems(given, template).map((problem) => ({
    code: "template-invalid",
    level: "block",
    message: `${file}: ${problem}`,
    file,
    fix: "correct `parameters`",
  }));
}

/** Parameters that the template does not have, and those that it needs and nobody gives. */
function parameterProblems({ parameters }: Pick<StackSpec, "parameters">, template: Template): string[] {
  const declared = template.Parameters ?? {};
  const unknown = Object.keys(parameters).filter((name) => !Object.hasOwn(declared, name));
  const missing = Object.keys(declared).filter(
    (name) => parameters[name] === undefined && textOf(declared[name]?.Default) === undefined,
  );
  return [
    ...unknown.map((name) => `it has no parameter ${name}${hint(name, Object.keys(declared))}`),
    ...missing.map((name) => `its parameter ${name} has no default, and the manifest gives none`),
  ];
}

/** Parameters of the stack that are not shown, or not as they are, so that nothing can be said of their values. */
export function hiddenParameters(
  { parameters }: Pick<StackSpec, "parameters">,
  template: Template,
  stack: Stack,
): string[] {
  return Object.entries(template.Parameters ?? {}).flatMap(([name, declared]) => {
    const live = stack.parameters[name] ?? "";
    const wanted = parameters[name] ?? textOf(declared?.Default) ?? "";
    return isHidden(declared, live) || isShownOf(live, wanted) ? [name] : [];
  });
}

function isHidden(declared: { NoEcho?: unknown } | undefined, live: string): boolean {
  return hidden.test(live) && String(declared?.NoEcho ?? false) === "true";
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}
