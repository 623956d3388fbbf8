import { type Asked, whyUnknown } from "../model/asked.ts";
import type { DiscoverAnswer, FoundBucket, FoundFunction, FoundLayer, FoundStack } from "../model/discovered.ts";
import { usersText } from "../model/layer-users.ts";
import { findingLines } from "./findings.ts";
import type { Paint } from "./paint.ts";
import { columns } from "./table.ts";
import { age } from "./time.ts";

/** What an account has, kind by kind: each thing with the component that it belongs to; then what is not there or unknown. */
export function discoverText(answer: DiscoverAnswer, now: Date, paint: Paint): string {
  const { environment, aws, arn, findings } = answer;
  const whose = (component: string | null) => ownerText(component, environment, paint);
  const blocks = [
    [`${paint("bold", environment ?? "account")}  ${aws.account}, ${aws.region}, seen as ${arn}`],
    table("stacks", ["NAME", "STATE", "CHANGED", "COMPONENT"], answer.stacks, paint, (stack) => [
      stackCells(stack, whose, now),
    ]),
    table(
      "layers",
      ["NAME", "COMPONENT", "VERSION", "MADE", "SIZE", "RUNTIMES", "USED BY"],
      answer.layers,
      paint,
      (layer) => layerRows(layer, whose, now, paint),
    ),
    table("buckets", ["NAME", "REGION", "COMPONENT"], answer.buckets, paint, (bucket) => [bucketCells(bucket, whose)]),
    table("functions", ["NAME", "RUNTIME", "COMPONENT", "LAYERS"], answer.functions, paint, (one) => [
      functionCells(one, whose, aws.account),
    ]),
    ...(findings.length === 0 ? [] : [findingLines(findings, paint)]),
  ];
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}

function table<T>(
  kind: string,
  head: readonly string[],
  asked: Asked<T[]>,
  paint: Paint,
  rows: (item: T) => string[][],
): string[] {
  const title = paint("bold", kind);
  if (asked.state === "unknown") return [`${title}  ${paint("yellow", "unknown")}: ${whyUnknown(asked)}`];
  if (asked.value.length === 0) return [`${title}  none`];
  return [title, ...columns([head.map((word) => paint("dim", word)), ...asked.value.flatMap(rows)], "  ")];
}

type Whose = (component: string | null) => string;

function ownerText(component: string | null, environment: string | null, paint: Paint): string {
  if (component !== null) return component;
  return environment === null ? "–" : paint("dim", "not ours");
}

function stackCells({ name, status, changedAt, component, parent }: FoundStack, whose: Whose, now: Date): string[] {
  const shown = parent === null ? name : `${name} (nested)`;
  return [shown, status, changedAt === "" ? "–" : age(changedAt, now), whose(component)];
}

function layerRows({ name, component, versions }: FoundLayer, whose: Whose, now: Date, paint: Paint): string[][] {
  if (versions.state === "unknown")
    return [[name, whose(component), `${paint("yellow", "unknown")}: ${whyUnknown(versions)}`]];
  return versions.value.map(({ version, createdAt, bytes, runtimes, users }, index) => [
    index === 0 ? name : "",
    index === 0 ? whose(component) : "",
    String(version),
    age(createdAt, now),
    sizeText(bytes, paint),
    runtimes.join(", ") || "any",
    usersText(users),
  ]);
}

function sizeText(bytes: Asked<number> | null, paint: Paint): string {
  if (bytes === null) return "";
  if (bytes.state === "unknown") return paint("yellow", "unknown");
  return bytes.value < 1_000_000 ? `${Math.ceil(bytes.value / 1000)} kB` : `${(bytes.value / 1_000_000).toFixed(1)} MB`;
}

function bucketCells({ name, region, component, artifacts }: FoundBucket, whose: Whose): string[] {
  return [name, region ?? "?", artifacts ? "artifacts" : whose(component)];
}

function functionCells({ name, runtime, component, layers }: FoundFunction, whose: Whose, account: string): string[] {
  const shown = layers.map((arn) => layerText(arn, account));
  return [name, runtime || "image", whose(component), shown.join(", ") || "–"];
}

/** A layer version of this account by its name and number, another's by its ARN. */
function layerText(arn: string, account: string): string {
  const [, , , , owner, , ...named] = arn.split(":");
  return owner === account ? named.join(":") : arn;
}
