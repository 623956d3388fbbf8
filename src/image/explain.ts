import { posix } from "node:path";
import type { ImageExplanation } from "../model/image-answer.ts";
import type { ImageReport } from "./check.ts";

/**
 * Why a module is needed, and where it would have to be.
 *
 * @param name dotted, as an import statement has it.
 */
export function explainModule(name: string, { findings, needed, path, sourcesOf }: ImageReport): ImageExplanation {
  const known = needed.get(name);
  const lacking = findings.find(({ module, chain }) => module === name && chain !== undefined);
  const parent = name.includes(".") ? needed.get(name.slice(0, name.lastIndexOf("."))) : undefined;
  const folders = parent?.file
    ? [posix.dirname(parent.file)]
    : name.includes(".")
      ? path.map((folder) => posix.join(folder, ...name.split(".").slice(0, -1)))
      : path;
  const last = name.split(".").at(-1) ?? name;
  return {
    module: name,
    effect: known?.effect ?? lacking?.effect ?? null,
    chain: [...(known?.chain ?? lacking?.chain ?? [])],
    file: known?.file ?? null,
    wouldBe: known
      ? []
      : folders.flatMap((folder) => [posix.join(folder, `${last}.py`), posix.join(folder, last, "__init__.py")]),
    sources: [...sourcesOf(name)],
  };
}
