import type { Finding } from "../model/finding.ts";
import type { CheckedImage, ImageExplanation } from "../model/image-answer.ts";
import type { ImageFinding } from "../model/image-finding.ts";
import { findingLines } from "./findings.ts";
import type { Paint } from "./paint.ts";
import { hanging } from "./table.ts";

/** What the image check says, one Dockerfile after the other; the verdict comes last. */
export function imageText(images: readonly CheckedImage[], paint: Paint): string {
  return images.map((image) => imageLines(image, paint).join("\n")).join("\n\n");
}

function imageLines(image: CheckedImage, paint: Paint): string[] {
  const { dockerfile, target, context, contextFrom, findings, explained } = image;
  const stage = target === null ? "" : ` (${target})`;
  const from = contextFrom === null ? "" : `, as ${contextFrom} says`;
  return [
    `${paint("bold", `${dockerfile}${stage}`)}  ${paint("dim", `context ${context}${from}`)}`,
    ...findings.flatMap((finding) => lines(finding, paint)),
    ...(explained ? explanationLines(explained) : []),
    conclusion(image, paint),
  ];
}

function lines(finding: ImageFinding, paint: Paint): string[] {
  const { chain = [] } = finding;
  const [head = "", ...fix] = findingLines([asFinding(finding)], paint);
  const way = chain.length < 2 ? [] : [`    ${paint("dim", hanging(`needed by ${chain.join(" → ")}`, "    "))}`];
  return [head, ...way, ...fix];
}

function conclusion({ verdict, dockerfile, entries, modules, findings }: CheckedImage, paint: Paint): string {
  const starts = entries.length === 0 ? "" : `  starts ${entries.join(", then ")}`;
  if (verdict === "undetermined") {
    const what = entries.length === 0 ? "what it starts" : "whether it holds what it starts";
    return paint("yellow", `⚠ ${dockerfile}: ${what} could not be told`) + starts;
  }
  if (verdict === "complete") {
    const held = modules === 0 ? ", which needs no module of ours" : `: ${modules} of our modules`;
    return paint("green", `✔ ${dockerfile} holds what it starts${held}`) + starts;
  }
  const fatal = findings.filter(({ level }) => level === "block");
  const boots = fatal.every(({ effect }) => effect === "request");
  const what = boots
    ? "would boot, and fail at requests"
    : fatal.some(isOfBuild)
      ? "would not build"
      : "would not boot";
  return paint("red", `✘ ${dockerfile} ${what}: ${fatal.length} finding${fatal.length === 1 ? "" : "s"}`) + starts;
}

function isOfBuild({ code }: ImageFinding): boolean {
  return code === "image-copy-missing" || code === "image-dockerfile-invalid";
}

function explanationLines({ module, effect, chain, file, wouldBe, sources }: ImageExplanation): string[] {
  const found = file === null ? "it is not in the image" : `it is in the image as ${file}`;
  const why = effect === null ? `nothing that is started imports ${module}` : `${module} is ${needs[effect]}:`;
  return [
    why,
    ...chain.map((link, depth) => `${"  ".repeat(depth + 1)}${depth === 0 ? "" : "→ "}${link}`),
    found,
    ...(file === null && wouldBe.length > 0 ? [`it would have to be at ${wouldBe.join(" or ")}`] : []),
    ...(sources.length > 0 ? [`the repository has it at ${sources.join(", ")}`] : []),
  ];
}

const needs = {
  boot: "needed to boot",
  request: "needed when requests come",
  degraded: "imported, and its absence is handled",
} as const;

/** The finding as annotations and lists show any other. */
export function asFinding({ code, level, message, importer, line, fix }: ImageFinding): Finding {
  return {
    code,
    level,
    message,
    ...(importer === undefined ? {} : { file: importer }),
    ...(line === undefined ? {} : { line }),
    ...(fix === undefined ? {} : { fix }),
  };
}
