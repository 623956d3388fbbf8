import type { ImageVerdict } from "../model/image-answer.ts";
import type { ImageReport } from "./check.ts";

/** The one word for an image: fatal findings first; then whether all of it could be told. What is not known is never good. */
export function verdictOf({ findings, entries }: ImageReport): ImageVerdict {
  if (findings.some(({ level }) => level === "block")) return "fatal";
  const untold = findings.some(({ code, level }) => code === "image-undetermined" && level === "warning");
  return untold || entries.length === 0 ? "undetermined" : "complete";
}
