import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, parseDocument } from "yaml";
import { invalid } from "./error.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

const sections = [
  "AWSTemplateFormatVersion",
  "Description",
  "Metadata",
  "Parameters",
  "Mappings",
  "Conditions",
  "Transform",
  "Rules",
  "Resources",
  "Outputs",
  "Globals",
];

/** Reads a template in JSON or YAML, with the short forms of its functions written out; throws as the service does. */
export function readTemplate(body: string): JsonObject {
  const format = /^\s*[{[]/.test(body) ? "JSON" : "YAML";
  const document = parseDocument(body, { schema: "core", logLevel: "silent", prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const at = error.linePos?.[0];
    throw invalid(`Template format error: ${format} not well-formed. (line ${at?.line ?? 1}, column ${at?.col ?? 1})`);
  }
  const template = isNode(document.contents) ? plain(document.contents) : null;
  if (!isObject(template)) throw invalid("Template format error: unsupported structure.");
  const unknown = Object.keys(template).filter((key) => !sections.includes(key));
  if (unknown.length > 0) throw invalid(`Invalid template property or properties [${unknown.join(", ")}]`);
  const version = template.AWSTemplateFormatVersion;
  if (version !== undefined && version !== "2010-09-09")
    throw invalid(`Template format error: unsupported value for AWSTemplateFormatVersion.`);
  checkText(template);
  return template;
}

/** The names of the transforms that a template asks for. */
export function transformsOf(template: JsonObject): string[] {
  const { Transform: transform } = template;
  const list = transform === undefined ? [] : Array.isArray(transform) ? transform : [transform];
  return list.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
}

function checkText(template: JsonObject): void {
  const { Description: description } = template;
  if (description === undefined) return;
  if (typeof description !== "string") throw invalid("Template format error: Description must be a string.");
  if (Buffer.byteLength(description) > 1024)
    throw invalid("Template format error: 'Description' length is greater than 1024.");
}

function plain(node: Node): Json {
  if (isAlias(node)) throw invalid("Template error: YAML aliases are not allowed in CloudFormation templates");
  const value = untagged(node);
  const tag = node.tag;
  if (tag === undefined || !tag.startsWith("!") || tag.startsWith("!!")) return value;
  return written(tag.slice(1), value);
}

function untagged(node: Node): Json {
  if (isScalar(node)) return node.value as Json;
  if (isSeq(node)) return node.items.map((item) => (isNode(item) ? plain(item) : null));
  if (!isMap(node)) throw invalid("Template format error: unsupported structure.");
  const object: JsonObject = {};
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key)) throw invalid("Template format error: unsupported structure.");
    object[String(pair.key.value)] = isNode(pair.value) ? plain(pair.value) : null;
  }
  return object;
}

/** `!GetAtt A.B` as `{"Fn::GetAtt": ["A", "B"]}`. */
function written(tag: string, value: Json): JsonObject {
  if (tag === "Ref" || tag === "Condition") return { [tag]: value };
  if (tag !== "GetAtt" || typeof value !== "string") return { [`Fn::${tag}`]: value };
  const dot = value.indexOf(".");
  return { "Fn::GetAtt": dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)] };
}
