import type { Stack } from "../../io/aws/cloudformation.ts";
import type { Judged } from "../judged.ts";
import { hiddenParameters, parameterChanges } from "./parameters.ts";
import type { StackSpec } from "./spec.ts";
import { readTemplate } from "./template.ts";

/** The stack's parameters have the values that the manifest, or else the template, gives. None where the template has no parameters. */
export function parametersClaim(given: Pick<StackSpec, "parameters">, stack: Stack, text: string): Judged[] {
  const template = readTemplate(text);
  if (typeof template === "string" || Object.keys(template.Parameters ?? {}).length === 0) return [];
  const hidden = hiddenParameters(given, template, stack);
  const others = parameterChanges(given, template, stack).filter((name) => !hidden.includes(name));
  const at = new Date().toISOString();
  const shown = Object.keys(stack.parameters).filter((name) => !hidden.includes(name));
  const readings = shown.map((name) => ({
    unit: `parameter ${name}`,
    identity: others.includes(name) ? "another value" : "the manifest's value",
    source: "cloudformation:DescribeStacks",
    at,
  }));
  // What is never shown proves nothing and refutes nothing: the change that set it was followed to its end.
  const note = hidden.length === 0 ? "" : `; not shown by CloudFormation, so not compared: ${hidden.join(", ")}`;
  if (readings.length === 0) return [];
  const claim = { claim: "parameters", expected: "the manifest's values", readings };
  if (others.length === 0) return [{ ...claim, verdict: "proven", reason: `they have the manifest's values${note}` }];
  const reason = `other values than the manifest's: ${others.join(", ")}${note}`;
  return [{ ...claim, verdict: "refuted", reason, code: "stack-differs" }];
}
