import { spawn } from "node:child_process";
import { motoPython } from "../python.ts";
import { isObject, type JsonObject } from "./json.ts";

const serverless = "AWS::Serverless-2016-10-31";

/** A transform refused a template. */
export class TransformFailed extends Error {}

/**
 * Runs the transforms of a template: SAM's, by the translator that AWS publishes. Throws TransformFailed with the service's
 * words for what it refuses and for every other transform.
 */
export async function transform(
  template: JsonObject,
  transforms: readonly string[],
  parameters: JsonObject,
  region: string,
): Promise<JsonObject> {
  const unknown = transforms.find((name) => name !== serverless);
  if (unknown !== undefined) throw new TransformFailed(`No transform named ${unknown} found.`);
  if (transforms.length === 0) return template;
  const said = await translate(JSON.stringify({ template, parameters }), region);
  const answer: unknown = JSON.parse(said);
  if (!isObject(answer)) throw new Error("SAM's translator gave no object");
  if (typeof answer.refused === "string")
    throw new TransformFailed(`Transform ${serverless} failed with: ${answer.refused}`);
  if (!isObject(answer.template)) throw new Error("SAM's translator gave no template");
  const { Transform: _done, ...processed } = answer.template;
  return processed;
}

const program = `
import json, sys
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
given = json.load(sys.stdin)
try:
    done = {"template": Translator({}, Parser()).translate(given["template"], given["parameters"])}
except InvalidDocumentException as error:
    done = {"refused": " ".join([error.message] + [cause.message for cause in error.causes])}
json.dump(done, sys.stdout)
`;

function translate(input: string, region: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(motoPython(), ["-c", program], { env: { ...process.env, AWS_DEFAULT_REGION: region } });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.once("error", reject);
    child.once("close", (status) =>
      status === 0
        ? resolve(Buffer.concat(out).toString("utf8"))
        : reject(new Error(`SAM's translator failed: ${Buffer.concat(err).toString("utf8")}`)),
    );
    child.stdin.end(input);
  });
}
