import type { ImageVerdict } from "../model/image-answer.ts";
import type { ImageReport } from "./check.ts";

/** The one word for an image: fatal findings first; then whether there was anything to look at. */
export function verdictOf({ findings, entries }: ImageReport): ImageVerdict {
  if (findings.some(({ level }) => level === "block")) return "fatal";
  return entries.length === 0 ? "undetermined" : "complete";
}
