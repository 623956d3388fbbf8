import type { Output } from "../answer.ts";
import { declaredResources, missingCapabilities } from "../check-template.ts";
import { ServiceError } from "../error.ts";
import { textOf } from "../json.ts";
import { declaredParameters, isHidden } from "../parameters.ts";
import { readForSummary } from "../source.ts";
import type { Template } from "../state.ts";
import { type Action, findStack, needStack, type Request } from "./request.ts";

export const getTemplate: Action = (request) => {
  const { template } = templateOf(request);
  const stage = textOf(request.input, "TemplateStage") ?? "Original";
  const processed = template.transforms.length === 0 ? template.body : JSON.stringify(template.processed);
  return {
    TemplateBody: shown(stage === "Processed" ? processed : template.body),
    StagesAvailable: ["Original", "Processed"],
  };
};

/** What the service shows of a text: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1220 */
function shown(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, "?");
}

export const getTemplateSummary: Action = async (request) => {
  const template = "StackName" in request.input ? templateOf(request).template : await readForSummary(request);
  const { original, processed, transforms } = template;
  return {
    ...(await summary(template)),
    Parameters: Object.entries(declaredParameters(original)).map(([key, declaration]) => ({
      ParameterKey: key,
      DefaultValue: defaultOf(declaration.Default),
      ParameterType: textOf(declaration, "Type"),
      NoEcho: isHidden(declaration),
      Description: textOf(declaration, "Description"),
      ParameterConstraints: {},
    })),
    ResourceTypes: [...new Set(Object.values(declaredResources(processed)).map(({ Type: type }) => String(type)))],
    Version: textOf(original, "AWSTemplateFormatVersion"),
    DeclaredTransforms: transforms,
  };
};

export const validateTemplate: Action = async (request) => {
  const template = await readForSummary(request);
  return {
    ...(await summary(template)),
    Parameters: Object.entries(declaredParameters(template.original)).map(([key, declaration]) => ({
      ParameterKey: key,
      DefaultValue: defaultOf(declaration.Default),
      NoEcho: isHidden(declaration),
      Description: textOf(declaration, "Description"),
    })),
    DeclaredTransforms: template.transforms,
  };
};

async function summary({ original, processed }: Template): Promise<Output> {
  const capabilities = missingCapabilities(processed, []);
  const reason = "The following resource(s) require capabilities: [AWS::IAM::Role]";
  return {
    Description: textOf(original, "Description"),
    Capabilities: capabilities.length > 0 ? capabilities : undefined,
    CapabilitiesReason: capabilities.length > 0 ? reason : undefined,
  };
}

function templateOf(request: Request): { template: Template } {
  const name = textOf(request.input, "ChangeSetName");
  const stack = name?.startsWith("arn:") ? null : needStack(request, "with id");
  if (name === undefined) {
    if (stack?.deployment == null) return { template: { body: "", original: {}, processed: {}, transforms: [] } };
    return stack.deployment;
  }
  const all = [...request.world.stacks.values()].filter((one) => findStack(request, one.id) !== null);
  const sets = all.filter((one) => stack === null || one === stack).flatMap((one) => [...one.changeSets.values()]);
  const found = sets.find((set) => set.id === name || (stack !== null && set.name === name));
  if (found === undefined) throw new ServiceError("ChangeSetNotFound", `ChangeSet [${name}] does not exist`, 404);
  return found.deployment;
}

function defaultOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
