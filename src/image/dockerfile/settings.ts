import { posix } from "node:path";
import type { ImageFinding } from "../image-tree.ts";
import type { Instruction } from "./parse.ts";
import type { Scope } from "./scope.ts";
import { invalid, makeIn, needsText, type Stage, undetermined } from "./stage.ts";
import { NotPossible } from "./tree.ts";
import { pairsOf } from "./words.ts";

/** ARG: a build argument, with the value that was given, that `outer` has, or that stands there. */
export function declare(
  { rest, line }: Instruction,
  scope: Scope,
  outer: Scope | null,
  file: string,
  findings: ImageFinding[],
): void {
  const words = rest.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  for (const word of words) {
    const [, name = "", value] = /^([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === "") findings.push(invalid(line, `ARG ${word} has no name`, file));
    else scope.declare(name, value === undefined ? null : scope.expand(value), outer ?? undefined);
  }
}

/** ENV. */
export function setEnv({ rest, line }: Instruction, { scope, findings }: Stage, escaping: string, file: string): void {
  const pairs = pairsOf(rest, escaping);
  if (pairs === null) return void findings.push(invalid(line, "ENV takes NAME=value", file));
  // All of one line are expanded with what was set before the line.
  const values = pairs.map(([name, word]) => [name, scope.expand(word)] as const);
  for (const [name, value] of values) {
    if (value.mistake !== null) findings.push(invalid(line, `${name}: ${value.mistake}`, file));
    scope.env.set(name, value);
  }
}

/** WORKDIR. */
export function changeDirectory({ rest, line }: Instruction, stage: Stage, file: string): void {
  const { text, needs, variables, mistake } = stage.scope.expand(rest);
  if (mistake !== null) return void stage.findings.push(invalid(line, mistake, file));
  if (text === null) {
    stage.root.hidesBelow = true;
    return void stage.findings.push(
      undetermined(line, `the working directory ${rest} ${needsText(needs, variables)}`, file, needs),
    );
  }
  stage.workdir = posix.resolve(stage.workdir, text);
  try {
    makeIn(stage, stage.workdir);
  } catch (error) {
    if (!(error instanceof NotPossible)) throw error;
    stage.findings.push(invalid(line, `WORKDIR ${rest} can't be made: ${error.message}`, file));
  }
}

/** The command of a CMD or an ENTRYPOINT; null where it takes away what there was. */
export function commandOf({ words, rest, line }: Instruction, { shell }: Stage): Stage["cmd"] {
  if (words !== null) return words.length === 0 ? null : { form: "exec", argv: words, line };
  return rest === "" ? null : { form: "shell", text: rest, shell, line };
}
