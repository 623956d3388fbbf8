import type { Code } from "./codes.ts";
import type { Level } from "./finding.ts";

/** What a missing thing does to the image: it does not boot, a request fails, or it goes on with less. */
export type ImageEffect = "boot" | "request" | "degraded";

/** One finding of the image check, as `--json` shows it. */
export interface ImageFinding {
  code: ImageCode;
  level: Level;
  message: string;
  /** The dotted module, or the name that is missing in it, or the source that a COPY lacks. */
  module?: string;
  effect?: ImageEffect;
  /** The file that imports it, relative to the context (or the Dockerfile). */
  importer?: string;
  /** 1-based, in the importer. */
  line?: number;
  /** From the entry point to the importer: `module (file:line)`. */
  chain?: readonly string[];
  /** What would cure it, such as the COPY line. */
  fix?: string;
}

/** Codes of the image check. */
export type ImageCode = Extract<Code, `image-${string}`>;
