import type { ImageEffect, ImageFinding, Simulated } from "./image-tree.ts";
import type { ShellRuns } from "./shell-nest.ts";

/** One thing that an image starts. */
export interface Entry {
  runtime: "python";
  /** As written. */
  label: string;
  start:
    | { kind: "file"; path: string }
    /** `python -m name` */
    | { kind: "module"; name: string }
    /** A server that imports `module` and takes `attribute` from it, and perhaps calls it; null: whatever it finds there. */
    | { kind: "app"; module: string; attribute: string | null; called: boolean };
  /** Folders in which modules are looked for before the standard library, in order. */
  path: readonly string[];
  /** Whether more folders may come before those, for want of a value. */
  pathOpen: boolean;
  /** The folder that it works in. */
  cwd: string;
  /** Whether it loads what Celery is told to include. */
  worker: boolean;
  /** `perhaps`: under a condition of a shell that can't be decided. `handled`: the shell goes on when it fails. */
  runs: ShellRuns;
}

/** Why a module is needed, and where it lies. */
export interface Needed {
  effect: ImageEffect;
  /** From what is started to the module that imports it. */
  chain: readonly string[];
  /** Null when the image lacks it. */
  file: string | null;
}

/** What a language says of an image. */
export interface Closure {
  findings: readonly ImageFinding[];
  /** Modules of our own that are needed, by their dotted names. */
  needed: ReadonlyMap<string, Needed>;
  /** Findings about modules that the repository does not have, and the file of the context that each would be. */
  unversioned: ReadonlyMap<ImageFinding, string>;
  /** Folders in which modules are looked for, in order. */
  path: readonly string[];
  /** Files and folders of the repository that a module would be, by its dotted name. */
  sourcesOf: (module: string) => readonly string[];
}

/** One programming language: it follows what entries import. */
export interface Language {
  /** @param repositoryFiles relative to the build context; what counts as our own code. */
  check(image: Simulated, entries: readonly Entry[], repositoryFiles: readonly string[]): Closure;
}
