import type { Finding } from "../../model/finding.ts";
import { parameterFindings } from "../cloudformation/parameters.ts";
import type { Resource, Template } from "../cloudformation/template.ts";
import type { LayerSpec } from "./spec.ts";

type OwnTemplate = NonNullable<LayerSpec["template"]>;

/** What is wrong with a template of the author's own that can be used as such: its parameters, what its layer is for, and what becomes of earlier versions. */
export function ownFindings(spec: LayerSpec, own: OwnTemplate, template: Template, id: string): Finding[] {
  return [
    ...parameterFindings(own.file, own, template),
    ...otherPurpose("runtimes", "CompatibleRuntimes", spec.runtimes),
    // Lambda takes a version without architectures for x86_64.
    ...otherPurpose("architectures", "CompatibleArchitectures", spec.architectures, ["x86_64"]),
    ...(retained(template, id) ? [] : [notRetained(own, id)]),
  ];

  /** What the version is for is read back and compared with the manifest: another word in the template would only be told after the change. */
  function otherPurpose(
    key: "runtimes" | "architectures",
    property: string,
    wanted: readonly string[],
    standard: string[] = [],
  ): Finding[] {
    const says = texts(template.Resources[id]?.Properties?.[property] ?? standard);
    if (says === null || sorted(says) === sorted(wanted)) return [];
    const message = `${own.file} makes ${id} for the ${key} ${sorted(says) || "none"}, and the manifest says ${sorted(wanted) || "none"}`;
    const fix = `set \`${key}: [${says.join(", ")}]\`, or correct ${property}`;
    return [{ code: "template-invalid", level: "block", message, file: own.file, fix }];
  }
}

/** A list of plain texts; null: functions are in it, and what they come to is known only when it is published. */
function texts(value: unknown): string[] | null {
  const isList = Array.isArray(value) && value.every((each) => typeof each === "string");
  return isList ? value : null;
}

function sorted(texts: readonly string[]): string {
  return [...texts].sort().join(", ");
}

function retained({ Resources }: Template, id: string): boolean {
  const layer = Resources[id] as Resource;
  if (layer.Type === "AWS::Serverless::LayerVersion")
    return (layer.Properties?.RetentionPolicy ?? "Retain") === "Retain";
  return layer.UpdateReplacePolicy === "Retain";
}

function notRetained({ file }: OwnTemplate, id: string): Finding {
  const message = `${file}: each change deletes the version before it, since ${id} is not retained`;
  return {
    code: "layer-not-retained",
    level: "warning",
    message,
    file,
    fix: "set `UpdateReplacePolicy: Retain` and `DeletionPolicy: Retain` (SAM: `RetentionPolicy: Retain`)",
  };
}
