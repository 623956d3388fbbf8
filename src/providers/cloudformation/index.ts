import type { Provider } from "../provider.ts";
import { type StackFacts, survey } from "./facts.ts";
import { guards } from "./guards.ts";
import { permissions } from "./permissions.ts";
import { plan } from "./plan.ts";
import { prove } from "./prove.ts";
import { NoTarget, StackSpec, stackOf } from "./spec.ts";
import { run } from "./steps.ts";

/** A whole CloudFormation stack: see README.md. */
export const cloudformation: Provider<StackSpec, NoTarget, StackFacts> = {
  type: "cloudformation",
  summary: "A CloudFormation stack in the environment's AWS account, from a template of the repository.",
  spec: StackSpec,
  target: NoTarget,
  identifies: true,
  service: { target: "aws", needs: ["aws"] },
  owns: (place) => [`stack \`${stackOf(place)}\``],
  texts: ({ spec }) => [spec.template],
  permissions,
  unlisted: ({ spec }) => `what the resources of ${spec.template} need`,
  survey,
  plan,
  guards,
  run,
  prove: async (place, wanted, _artifact, changed, context) => await prove(place, wanted, changed, context),
};
