import type { CopyLine, ImageCommand, ImageFinding } from "../image-tree.ts";
import { type Base, mayHaveBeen } from "./base.ts";
import type { Comparisons } from "./glob.ts";
import type { Instruction } from "./parse.ts";
import type { Scope } from "./scope.ts";
import { type DirectoryNode, makeDirectory } from "./tree.ts";

/** One stage as it is written. */
export interface StageText {
  from: Instruction;
  /** What it begins with, not expanded. */
  word: string;
  name: string | null;
  /** What the builder would refuse FROM for. */
  mistake: string | null;
  body: readonly Instruction[];
}

/** Reads `FROM [--platform=P] IMAGE [AS NAME]`. */
export function readFrom({ rest, flags }: Instruction): Pick<StageText, "word" | "name" | "mistake"> {
  const [word = "", as, name, ...more] = rest.split(/\s+/);
  const foreign = flags.find((flag) => flag.name !== "platform");
  let mistake: string | null = null;
  if (foreign) mistake = `FROM has no flag --${foreign.name}`;
  else if (as !== undefined && (as.toUpperCase() !== "AS" || name === undefined || more.length > 0))
    mistake = "FROM takes an image, and AS with a name";
  else if (name !== undefined && !/^[a-z][a-z0-9._-]*$/i.test(name)) mistake = `${name} can be no stage's name`;
  return { word, name: name?.toLowerCase() ?? null, mistake };
}

/** A stage while its instructions are followed. */
export interface Stage {
  /** Lower case; null for a stage without a name. */
  name: string | null;
  base: Base;
  root: DirectoryNode;
  scope: Scope;
  workdir: string;
  shell: readonly string[];
  entrypoint: ImageCommand | null;
  cmd: ImageCommand | null;
  copies: CopyLine[];
  runs: { line: number; text: string; workdir: string }[];
  /** Whether a command ran in it, or below it: installers leave folders (`.venv`, `/root/.local`) that we don't look for. */
  ran: boolean;
  findings: ImageFinding[];
  /** Of the whole build. */
  comparisons: Comparisons;
  /** Instructions that stages built on this one begin with. */
  onbuild: { line: number; text: string }[];
}

/** Makes a directory of a stage, with those above it. Throws NotPossible where a file is in the way. */
export function makeIn(stage: Stage, path: string): DirectoryNode {
  return makeDirectory(stage.root, path, (at, parent) => mayHaveBeen(at, parent, stage.base));
}

/** Something that the builder would refuse. */
export function invalid(line: number, message: string, file: string): ImageFinding {
  return { code: "image-dockerfile-invalid", level: "block", effect: "boot", message, importer: file, line };
}

/** Something that hangs on what is not known: a build argument, or the base image. */
export function undetermined(line: number, message: string, file: string, needs: readonly string[] = []): ImageFinding {
  const fix = needs.length === 0 ? {} : { fix: `give ${needs.map((name) => `--build-arg ${name}=…`).join(" ")}` };
  return { code: "image-undetermined", level: "warning", message, importer: file, line, ...fix };
}

/** The words for values that are missing: `build argument X`. */
export function needsText(needs: readonly string[], variables: readonly string[]): string {
  if (needs.length > 0) return `needs build argument ${needs.join(", ")}`;
  return `hangs on ${variables.map((name) => `$${name}`).join(", ")} of the base image`;
}
