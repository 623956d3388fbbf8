import { createHash } from "node:crypto";
import { asciiJson } from "../cloudformation/shown.ts";
import type { Template } from "../cloudformation/template.ts";
import type { LayerSpec } from "./spec.ts";

/** One layer version that the generated template keeps. */
export interface KeptLayer {
  /** Its name in the template. */
  id: string;
  /** The artifact's digest, `sha256:…`. */
  digest: string;
  /** What tells it apart from another of the same content: see `identityOf`. */
  identity: string;
  /** How often this identity had been published and lost before. */
  again: number;
  /** The resource as the template has it. Changing anything of it would publish the version anew. */
  resource: Template["Resources"][string];
}

/** What a layer version is, whoever publishes it and when: its content and all that Lambda keeps of it. */
export function identityOf(
  { name, runtimes, architectures, license }: Pick<LayerSpec, "name" | "runtimes" | "architectures" | "license">,
  digest: string,
): string {
  const all = [name, digest, [...runtimes].sort(), [...architectures].sort(), license ?? null];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 20);
}

/** The name of a version in the template: from its identity, so that the same content is the same resource. */
export function logicalIdOf(identity: string, again: number): string {
  return `Layer${identity}${again === 0 ? "" : `Again${again}`}`;
}

/** The layer versions that a generated template keeps, oldest first. Resources that are not ours are passed over. */
export function keptLayers(template: Template | null): KeptLayer[] {
  return Object.entries(template?.Resources ?? {}).flatMap(([id, resource]) => {
    const [, identity, again] = /^Layer([0-9a-f]{20})(?:Again(\d+))?$/.exec(id) ?? [];
    const digest = (resource.Metadata as { Landfall?: { Artifact?: unknown } } | undefined)?.Landfall?.Artifact;
    if (identity === undefined || typeof digest !== "string") return [];
    return [{ id, digest, identity, again: Number(again ?? 0), resource }];
  });
}

/** The output that says which of the kept versions is the present one. */
export const outputName = "LayerVersionArn";

/** The version that the template's output points to; null when it points to none of ours. */
export function currentLayer(template: Template | null): KeptLayer | null {
  const value = template?.Outputs?.[outputName]?.Value as { Ref?: unknown } | undefined;
  return keptLayers(template).find(({ id }) => id === value?.Ref) ?? null;
}

/** What a version is published with. */
export interface Publication {
  component: string;
  application: string;
  spec: LayerSpec;
  digest: string;
  /** Of the first publication. */
  commit: string;
  source: string;
  bucket: string;
  key: string;
}

/** A new version's resource. Retained in every case: functions use versions that no stack knows of. */
export function newLayer(published: Publication): KeptLayer["resource"] {
  const { spec, digest, bucket, key } = published;
  return {
    Type: "AWS::Lambda::LayerVersion",
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Metadata: { Landfall: { Artifact: digest } },
    Properties: {
      LayerName: spec.name,
      Description: describe(published),
      Content: { S3Bucket: bucket, S3Key: key },
      ...(spec.runtimes.length === 0 ? {} : { CompatibleRuntimes: spec.runtimes }),
      CompatibleArchitectures: spec.architectures,
      ...(spec.license === undefined ? {} : { LicenseInfo: spec.license }),
    },
  };
}

/** What a version says of itself in Lambda, within its 256 characters. A label that we wrote: it helps people, and proves nothing. */
export function describe({ digest, commit, source }: Pick<Publication, "digest" | "commit" | "source">): string {
  return `landfall ${digest} commit ${commit} source ${source.replace(/^sha256:/, "")}`;
}

/** Reads such a description. */
export function described(text: string): { digest: string; commit: string; source: string } | null {
  const [, digest, commit, source] =
    /^landfall (sha256:[0-9a-f]{64}) commit ([0-9a-f]{40,64}) source ([0-9a-f]{64})$/.exec(text) ?? [];
  return digest === undefined || commit === undefined || source === undefined ? null : { digest, commit, source };
}

/** The whole template: the kept versions, and the output that points to one of them. No export: nothing else may hold it fast. */
export function layerTemplate(
  { application, environment, component }: { application: string; environment: string; component: string },
  layers: readonly KeptLayer[],
  current: string,
): string {
  const template = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: `Layer ${component} of ${application} in ${environment}, written by Landfall`,
    Resources: Object.fromEntries(layers.map(({ id, resource }) => [id, resource])),
    Outputs: {
      [outputName]: { Description: "The layer version that functions are to use", Value: { Ref: current } },
    },
  };
  return asciiJson(template);
}
