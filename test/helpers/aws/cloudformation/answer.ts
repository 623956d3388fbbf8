import { randomUUID } from "node:crypto";
import type { ServiceError } from "./error.ts";
import { type ServiceModel, shapeOf } from "./model.ts";

/** What an action gives; members that are undefined are left out. */
export type Output = { readonly [key: string]: OutputValue };
export type OutputValue = undefined | string | number | boolean | Date | readonly OutputValue[] | Output;

const namespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/** Writes an answer as XML. A member that the model does not have, or an enum's value it does not know, is this server's own mistake. */
export function writeAnswer(model: ServiceModel, action: string, output: Output): string {
  const wanted = model.operations[action]?.output;
  const metadata = `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
  if (wanted === undefined) return `<${action}Response xmlns="${namespace}">${metadata}</${action}Response>`;
  const result = writeValue(model, wanted.shape, output, action);
  const wrapped = `<${wanted.resultWrapper}>${result}</${wanted.resultWrapper}>`;
  return `<${action}Response xmlns="${namespace}">${wrapped}${metadata}</${action}Response>`;
}

/** Writes a refusal as XML. */
export function writeError(error: Pick<ServiceError, "code" | "message" | "status">): string {
  const type = error.status >= 500 ? "Receiver" : "Sender";
  const inner = `<Type>${type}</Type><Code>${error.code}</Code><Message>${escaped(error.message)}</Message>`;
  return `<ErrorResponse xmlns="${namespace}"><Error>${inner}</Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`;
}

function writeValue(model: ServiceModel, name: string, value: OutputValue, path: string): string {
  const shape = shapeOf(model, name);
  if (Array.isArray(value)) {
    if (shape.type !== "list") throw new Error(`${path} is no list`);
    return value.map((item) => `<member>${writeValue(model, shape.member?.shape ?? "", item, path)}</member>`).join("");
  }
  if (value instanceof Date) {
    if (shape.type !== "timestamp") throw new Error(`${path} is no time`);
    return value.toISOString();
  }
  if (typeof value === "object") {
    const { members = {}, required = [] } = shape;
    const missing = required.find((key) => (value as Output)[key] === undefined);
    if (missing !== undefined) throw new Error(`${path} lacks ${missing}`);
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => {
        const member = members[key];
        if (member === undefined) throw new Error(`${path} has no member ${key}`);
        return `<${key}>${writeValue(model, member.shape, item, `${path}.${key}`)}</${key}>`;
      })
      .join("");
  }
  const type = typeof value === "number" ? "integer" : typeof value;
  if (shape.type !== type) throw new Error(`${path} is a ${shape.type}, not ${type}`);
  // The events of a stack carry states that the model has for stacks only.
  const allowed =
    name === "ResourceStatus" ? [...(shape.enum ?? []), ...(model.shapes.StackStatus?.enum ?? [])] : shape.enum;
  if (allowed !== undefined && !allowed.includes(String(value))) throw new Error(`${path} cannot be ${String(value)}`);
  return escaped(String(value));
}

function escaped(text: string): string {
  return text.replace(/[&<>"\r]/g, (found) => `&#${found.charCodeAt(0)};`);
}
