import { z } from "zod";
import type { Place } from "../../model/place.ts";
import { command, duration, form, relativePath } from "../../model/text.ts";
import { standardStack } from "../aws-place.ts";
import { capabilities, changeTime, logicalId, NoTarget, parameters, stackName } from "../cloudformation/spec.ts";

export { NoTarget };

/** The keys of a component of type `lambda-layer`, beyond those that every component has. */
export const LayerSpec = z
  .strictObject({
    name: form(/^[a-zA-Z0-9_-]{1,64}$/, "a layer's name: at most 64 letters, digits, - and _").describe(
      "The layer's name in Lambda.",
    ),
    build: command()
      .optional()
      .describe(
        "The command that makes the layer, run under `sh -eu` in a clean copy of the commit, in the first folder of `source`. It is the same for every environment, so it names no values of one. Default: the files are packed as they are.",
      ),
    buildWithin: duration().default("15m").describe("How long the build may take."),
    include: z
      .array(relativePath())
      .min(1)
      .optional()
      .describe(
        "What of the folder goes into the layer after the build. Default: the folders that Lambda looks into (`python`, `nodejs`, `lib`, `bin` …) where there are any, otherwise everything.",
      ),
    runtimes: z
      .array(form(/^[a-z]+[a-z0-9.]*$/, "a runtime such as python3.12"))
      .max(15)
      .default([])
      .describe("The runtimes that the layer is for, such as `python3.12`. Native files are compared with them."),
    architectures: z
      .array(z.enum(["x86_64", "arm64"]))
      .min(1)
      .default(["x86_64"])
      .describe("The processors that the layer is for. Native files are compared with them."),
    license: z.string().min(1).max(512).optional().describe("The layer's licence, as Lambda shows it."),
    stack: stackName()
      .optional()
      .describe("The stack that holds the layer. Default: application, environment and component with dashes."),
    keep: z
      .int()
      .min(2)
      .max(100)
      .default(20)
      .describe(
        "How many versions stay in the stack, so that a return to one publishes nothing. Older ones leave the stack and stay in Lambda: functions may use them.",
      ),
    template: z
      .strictObject({
        file: relativePath().describe("A CloudFormation or SAM template, relative to the manifest, among `source`."),
        resource: logicalId()
          .optional()
          .describe(
            "The layer in the template. Default: the only one of type `AWS::Lambda::LayerVersion` or `AWS::Serverless::LayerVersion`.",
          ),
        output: logicalId().describe("The output that names the layer version's ARN."),
        parameters: parameters(),
        capabilities: capabilities(),
      })
      .optional()
      .describe(
        "Your own template in place of the generated one. The layer's content in it is replaced with the artifact's place; the rest is as it is written. Such a stack publishes a new version for every change of content, also back to an earlier one.",
      ),
    within: changeTime(),
  })
  .refine(({ template, license }) => template === undefined || license === undefined, {
    error: "has a template of its own, which says the license",
  });
export type LayerSpec = z.infer<typeof LayerSpec>;

export type LayerPlace = Place<LayerSpec, NoTarget>;

export function stackOf(place: Pick<LayerPlace, "application" | "environment" | "component" | "spec">): string {
  return place.spec.stack ?? standardStack(place);
}
