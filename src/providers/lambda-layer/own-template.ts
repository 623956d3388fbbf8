import type { Finding } from "../../model/finding.ts";
import { parameterChanges } from "../cloudformation/parameters.ts";
import { asciiJson } from "../cloudformation/shown.ts";
import {
  type Resource,
  readTemplate,
  resourceChanges,
  sameTemplate,
  type Template,
} from "../cloudformation/template.ts";
import type { PlacePlan, Wanted } from "../provider.ts";
import type { LayerFacts } from "./facts.ts";
import { leave, stackStep, uploadStep } from "./intended.ts";
import { ownFindings } from "./own-findings.ts";
import type { LayerPlace, LayerSpec } from "./spec.ts";

type OwnTemplate = NonNullable<LayerSpec["template"]>;

/** Where an artifact lies. */
export interface Content {
  bucket: string;
  key: string;
  /** `sha256:…` */
  digest: string;
}

/** Plans with the template of the component's author. Pure. */
export function planOwnTemplate(place: LayerPlace, own: OwnTemplate, facts: LayerFacts, wanted: Wanted): PlacePlan {
  const found = ownLayer(own, wanted.texts[own.file]);
  if ("code" in found) return leave(found.message, [found]);
  const { template, id } = found;
  const findings = ownFindings(place.spec, own, template, id);
  const live = facts.template === null ? null : readTemplate(facts.template);
  const before = typeof live === "string" ? null : live;
  // The content is compared by its digest; all else by what the template says.
  const changes = resourceChanges(without(before, id), without(template, id) ?? template);
  const { added, changed, removed } = changes;
  const others = [...added, ...changed, ...removed].filter((name) => name !== id);
  const parameters = facts.stack ? parameterChanges(own, template, facts.stack) : [];
  const holds = wanted.artifact !== null && `sha256:${facts.current?.sha256}` === wanted.artifact.digest;
  const same = others.length === 0 && parameters.length === 0 && sameLayer(before, template, id);
  if (holds && same && !wanted.force)
    return leave(
      `version ${facts.current?.version} holds it, and the rest of ${own.file} is as in the stack`,
      findings,
    );
  const reason = whyChanged(own, facts, { others, parameters, holds });
  const input = { added, changed: [...changed, id], transformed: template.Transform !== undefined, layer: id };
  return {
    reason,
    steps: [uploadStep(place, reason), stackStep(place, reason, removed, input)],
    settled: [],
    findings,
  };
}

function whyChanged(
  { file }: OwnTemplate,
  { stack, current }: LayerFacts,
  { others, parameters, holds }: { others: readonly string[]; parameters: readonly string[]; holds: boolean },
): string {
  if (stack === null) return "no version was published yet";
  const told = [
    ...(others.length > 0 ? [`${file} changes ${others.join(", ")}`] : []),
    ...(parameters.length > 0 ? [`the manifest sets the parameters ${parameters.join(", ")}`] : []),
  ];
  if (told.length > 0) return told.join("; ");
  if (current === null) return "the version that the stack names is gone";
  return holds ? `${file} says something else of the layer` : `version ${current.version} was made of another source`;
}

/** The layer in the author's template, or what is wrong with it. */
export function ownLayer(own: OwnTemplate, text: string | undefined): { template: Template; id: string } | Finding {
  const wrong = (code: Finding["code"], message: string): Finding => ({
    code,
    level: "block",
    message,
    file: own.file,
  });
  if (text === undefined)
    return wrong("template-missing", `${own.file} is not among the component's files at this commit`);
  const template = readTemplate(text);
  if (typeof template === "string") return wrong("template-invalid", `${own.file}: ${template}`);
  const layers = Object.keys(template.Resources).filter((id) => isLayer(template.Resources[id]));
  const id = own.resource ?? layers[0];
  if (id === undefined || !layers.includes(id))
    return wrong(
      "template-invalid",
      `${own.file} has no layer ${own.resource ?? "at all"}; layers in it: ${layers.join(", ") || "none"}`,
    );
  if (own.resource === undefined && layers.length > 1)
    return wrong(
      "template-invalid",
      `${own.file} has several layers: say which with \`template.resource\` (${layers.join(", ")})`,
    );
  if (template.Outputs?.[own.output] === undefined)
    return wrong("template-invalid", `${own.file} has no output ${own.output}, which is to name the layer version`);
  return { template, id };
}

const isLayer = (resource: Resource | undefined) =>
  /^AWS::(Lambda|Serverless)::LayerVersion$/.test(resource?.Type ?? "");

/** The author's template with the artifact in place of the layer's content. */
export function rendered(template: Template, id: string, { bucket, key, digest }: Content): string {
  const layer = template.Resources[id] as Resource;
  const content =
    layer.Type === "AWS::Serverless::LayerVersion"
      ? { ContentUri: { Bucket: bucket, Key: key } }
      : { Content: { S3Bucket: bucket, S3Key: key } };
  // No commit in it: it would make another version of the same content.
  const Properties = { Description: `landfall ${digest}`, ...layer.Properties, ...content };
  return asciiJson({ ...template, Resources: { ...template.Resources, [id]: { ...layer, Properties } } });
}

function without(template: Template | null, id: string): Template | null {
  if (template === null) return null;
  const { [id]: _, ...Resources } = template.Resources;
  return { ...template, Resources };
}

const nowhere: Content = { bucket: "", key: "", digest: "" };

/** Whether the layer is the same but for its content. */
function sameLayer(live: Template | null, template: Template, id: string): boolean {
  if (!live || !isLayer(live.Resources[id])) return false;
  const bare = (one: Template) =>
    rendered({ ...one, Resources: { [id]: described(one.Resources[id] as Resource) } }, id, nowhere);
  return sameTemplate(bare(live), bare(template));
}

/** Without the description that we put in where the author gave none. */
function described(layer: Resource): Resource {
  const { Description, ...others } = layer.Properties ?? {};
  const ours = typeof Description === "string" && /^landfall sha256:[0-9a-f]{64}$/.test(Description);
  return { ...layer, Properties: ours || Description === undefined ? others : { Description, ...others } };
}
