import type { ImageFinding } from "../model/image-finding.ts";

export type { ImageCode, ImageEffect, ImageFinding } from "../model/image-finding.ts";

/**
 * The file system of an image as its Dockerfile lays it, as far as that can be known without building it.
 * All paths are absolute paths inside the image, normalised, without a slash at the end (`/` itself aside).
 */
export interface ImageTree {
  /** What lies there after symbolic links were followed; null: nothing that we know of (`mayHold` tells whether that is sure). */
  kind(path: string): "file" | "directory" | null;
  /** The path with every symbolic link on its way followed. */
  real(path: string): string;
  /** Names of what lies in a directory, sorted; empty when it is none. */
  list(directory: string): readonly string[];
  /** A file's bytes; null when it is no file, or one whose content is not known (made by a command). */
  read(path: string): Uint8Array | null;
  /** The path, relative to the context, of the file that it was copied from; null when it comes from elsewhere. */
  origin(path: string): string | null;
  /**
   * Whether something may lie there that we cannot see: left by the base image, or by a command that we cannot follow.
   * Only where this is false is `kind` null a proof of absence.
   */
  mayHold(path: string): boolean;
}

/** One COPY or ADD of the final stage or of a stage it copies from, for the message that says which line would bring a file. */
export interface CopyLine {
  line: number;
  /** As written after expansion, relative to the context. */
  sources: readonly string[];
  destination: string;
  /** `--from`; null: from the context. */
  from: string | null;
}

/** A command of the image: `exec` as its words, `shell` as the text that the shell gets. */
export type ImageCommand =
  | { form: "exec"; argv: readonly string[]; line: number }
  | { form: "shell"; text: string; shell: readonly string[]; line: number };

/** What a Dockerfile makes, without running anything. */
export interface Simulated {
  tree: ImageTree;
  workdir: string;
  /** Environment of the started container, as the Dockerfile sets it. A value that hangs on an unknown build argument is null. */
  env: Readonly<Record<string, string | null>>;
  /** The build arguments that such a value hangs on; none where it is the base image's. */
  needs: Readonly<Record<string, readonly string[]>>;
  entrypoint: ImageCommand | null;
  cmd: ImageCommand | null;
  copies: readonly CopyLine[];
  /** Commands that RUN executes in the final stage and the stages that it is built from, for what they install; `tree`: as it is at the stage's end. */
  runs: readonly { line: number; text: string; workdir: string; tree: ImageTree }[];
  /** The line of the ignore file that keeps a path of the context out, in words; null when none does, or nothing is there. */
  keptOutBy(path: string): string | null;
  /** Base image of the final stage's chain, as written after expansion; null: undetermined. */
  base: string | null;
  /** Whether that image is one without an application: only then is what nothing installs known to be missing. */
  plainBase: boolean;
  /** What could not be decided for want of a build argument, and what is wrong with the Dockerfile itself. */
  findings: readonly ImageFinding[];
}
