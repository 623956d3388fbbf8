import { z } from "zod";
import { hostName } from "../../model/text.ts";

/** What a component of type `template` declares, beyond the keys that every component has. */
export const TemplateSpec = z.strictObject({
  name: z.string().min(1).describe("What the thing is called where it runs."),
});
export type TemplateSpec = z.infer<typeof TemplateSpec>;

/** What a target must say so that it can be reached. */
export const TemplateTarget = z.strictObject({
  host: hostName().describe("Where it runs."),
});
export type TemplateTarget = z.infer<typeof TemplateTarget>;
