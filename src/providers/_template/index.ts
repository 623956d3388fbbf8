import type { Provider } from "../provider.ts";
import { survey, type TemplateFacts } from "./facts.ts";
import { guards } from "./guards.ts";
import { plan } from "./plan.ts";
import { prove } from "./prove.ts";
import { TemplateSpec, TemplateTarget } from "./spec.ts";
import { run } from "./steps.ts";

export const template: Provider<TemplateSpec, TemplateTarget, TemplateFacts> = {
  type: "template",
  summary: "What it deploys, and to what, in one line.",
  spec: TemplateSpec,
  target: TemplateTarget,
  survey,
  plan,
  guards,
  run,
  prove: async (place, wanted, _artifact, _changed, context) => await prove(place, wanted, context),
};
