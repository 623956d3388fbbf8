import { z } from "zod";
import type { Place } from "../../model/place.ts";
import { duration, form, relativePath } from "../../model/text.ts";
import { standardStack } from "../aws-place.ts";

/** A stack's name, as CloudFormation takes it. */
export const stackName = () =>
  form(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, "a stack's name: letters, digits and dashes, with a letter first");

/** A name within a template. */
export const logicalId = () => form(/^[A-Za-z0-9]{1,255}$/, "a name within the template: letters and digits");

/** What a template's author must have agreed to. */
export const capabilities = () =>
  z
    .array(z.enum(["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]))
    .default([])
    .describe(
      "What the template may do beyond its own resources: `CAPABILITY_IAM`, `CAPABILITY_NAMED_IAM`, `CAPABILITY_AUTO_EXPAND` (needed for `Transform`).",
    );

/** What a template is given. */
export const parameters = () =>
  z
    .record(logicalId(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .default({})
    .describe("The template's parameters. One that is not given has the template's default.");

/** How long a stack's change may take. */
export const changeTime = () =>
  duration()
    .default("60m")
    .describe("How long a change of the stack may take. CloudFormation goes on by itself, and the step fails.");

/** The keys of a component of type `cloudformation`, beyond those that every component has. */
export const StackSpec = z.strictObject({
  template: relativePath().describe(
    "The template, JSON or YAML, relative to the manifest. It is taken from the commit, so it must be among `source`.",
  ),
  stack: stackName()
    .optional()
    .describe("The stack's name. Default: application, environment and component with dashes."),
  parameters: parameters(),
  capabilities: capabilities(),
  tags: z
    .record(z.string().min(1).max(128), z.string().max(256))
    .default({})
    .describe(
      "Tags of the stack and its resources: all that it is to have. Where none are given, it keeps those that it has.",
    ),
  mayReplace: z
    .array(logicalId())
    .default([])
    .describe(
      "Resources that a change may replace: CloudFormation makes a new one and removes the old. Without it such a change is abandoned before it begins.",
    ),
  drift: z
    .boolean()
    .default(true)
    .describe("`false`: CloudFormation is not asked whether the resources are still what the template says."),
  within: changeTime(),
});
export type StackSpec = z.infer<typeof StackSpec>;

/** A service has no target of its own. */
export const NoTarget = z.strictObject({});
export type NoTarget = z.infer<typeof NoTarget>;

export type StackPlace = Place<StackSpec, NoTarget>;

export function stackOf(place: Pick<StackPlace, "application" | "environment" | "component" | "spec">): string {
  return place.spec.stack ?? standardStack(place);
}
