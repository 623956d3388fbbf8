import { readFileSync } from "node:fs";
import { basename, relative, sep } from "node:path";
import { userError } from "../../model/errors.ts";
import type { ImageFinding, Simulated } from "../image-tree.ts";
import { baseOf, baseTree, entrypointOf, workdirOf } from "./base.ts";
import { type BuildContext, linkOut, openContext } from "./context.ts";
import { type CopyWorld, copy } from "./copy.ts";
import { type Comparisons, mostComparisons } from "./glob.ts";
import { leadsOut } from "./leads-out.ts";
import { type Instruction, parseDockerfile } from "./parse.ts";
import { run } from "./run.ts";
import { platformArguments, Scope } from "./scope.ts";
import { changeDirectory, commandOf, declare, setEnv } from "./settings.ts";
import { invalid, makeIn, needsText, readFrom, type Stage, type StageText, undetermined } from "./stage.ts";
import { DirectoryNode, viewOf } from "./tree.ts";

/** A build to follow without an engine. Paths are absolute. */
export interface BuildRequest {
  dockerfile: string;
  context: string;
  /** The root of the repository that both are of: no link that leads out of it and of the context is followed. */
  repository?: string | undefined;
  buildArgs: Readonly<Record<string, string>>;
  /** The stage to build; the last one when it is not given. */
  target?: string | undefined;
}

/**
 * Follows a Dockerfile from its first stage to the one that is wanted, and gives the file system and the command that come
 * out. Whatever is wrong with the Dockerfile is a finding. Throws a UserError only when it or the context can't be read.
 */
export async function simulate(request: BuildRequest): Promise<Simulated> {
  const { dockerfile, context, repository, buildArgs, target } = request;
  const folders = repository === undefined ? [context] : [context, repository];
  const file = nameOf(dockerfile, context);
  const opened = reading(context, () => openContext(context, dockerfile, folders));
  const text = reading(dockerfile, () => (leadsOut(dockerfile, folders) ? null : readFileSync(dockerfile, "utf8")));
  if (text === null) return { ...nothing(), findings: [invalid(1, linkOut, file)] };
  const { instructions, mistakes, escape: escaping } = parseDockerfile(text);
  const findings = [
    ...mistakes.map(({ line, message }) => invalid(line, message, file)),
    ...opened.ignore.mistakes.map(({ line, message }) => invalid(line, message, opened.ignoreFile ?? ".dockerignore")),
  ];
  const build = new Build({ instructions, escaping, file, buildArgs, context: opened });
  const stage = build.follow(target);
  return { ...stage, findings: [...findings, ...stage.findings] };
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw userError("invalid", "usage", `${path} can't be read: ${said}`);
  }
}

function nameOf(dockerfile: string, context: string): string {
  const path = relative(context, dockerfile).split(sep).join("/");
  return path === "" ? basename(dockerfile) : path;
}

interface BuildInput {
  instructions: readonly Instruction[];
  escaping: string;
  file: string;
  buildArgs: Readonly<Record<string, string>>;
  context: BuildContext;
}

/** Stages are followed when another one needs them: what the wanted stage does not need is not built. */
class Build {
  readonly #input: BuildInput;
  readonly #global: Scope;
  readonly #texts: readonly StageText[];
  readonly #done = new Map<StageText, Stage>();
  readonly #findings: ImageFinding[] = [];
  readonly #comparisons: Comparisons = { left: mostComparisons };

  constructor(input: BuildInput) {
    this.#input = input;
    this.#global = new Scope(input.buildArgs, input.escaping, "scratch");
    for (const name of platformArguments) this.#global.declare(name, null);
    this.#texts = this.#split();
  }

  follow(target: string | undefined): Simulated {
    const text = target === undefined ? this.#texts.at(-1) : this.#find(target, this.#texts.length);
    if (!text) {
      const line = this.#input.instructions[0]?.line ?? 1;
      const message = target === undefined ? "there is no FROM" : `there is no stage ${target}`;
      return { ...nothing(), findings: [...this.#findings, invalid(line, message, this.#input.file)] };
    }
    const stage = this.#stage(text);
    const used = [...this.#done.values()];
    const env = [...stage.scope.env];
    return {
      tree: viewOf(stage.root),
      workdir: stage.workdir,
      env: Object.fromEntries(env.map(([name, value]) => [name, value.text])),
      needs: Object.fromEntries(
        env.flatMap(([name, { text: known, needs }]) => (known === null ? [[name, needs]] : [])),
      ),
      entrypoint: stage.entrypoint,
      cmd: stage.cmd,
      copies: used.flatMap(({ copies }) => copies).sort((a, b) => a.line - b.line),
      runs: used
        .flatMap(({ runs, root }) => runs.map((each) => ({ ...each, tree: viewOf(root) })))
        .sort((a, b) => a.line - b.line),
      keptOutBy: (path) => {
        const { ignore, ignoreFile, exists } = this.#input.context;
        const by = exists(path) ? ignore.keptOutBy(path) : null;
        return by && `line ${by.line} of ${ignoreFile} (\`${by.text}\`)`;
      },
      base: stage.base.name,
      plainBase: stage.base.plain || stage.base.name === "scratch",
      findings: [...this.#findings, ...used.flatMap(({ findings }) => findings)].sort(
        (a, b) => (a.line ?? 0) - (b.line ?? 0),
      ),
    };
  }

  #split(): StageText[] {
    const stages: (StageText & { body: Instruction[] })[] = [];
    for (const instruction of this.#input.instructions) {
      const stage = stages.at(-1);
      if (instruction.name === "FROM") stages.push({ from: instruction, ...readFrom(instruction), body: [] });
      else if (stage) stage.body.push(instruction);
      else if (instruction.name === "ARG") declare(instruction, this.#global, null, this.#input.file, this.#findings);
      else this.#findings.push(invalid(instruction.line, `${instruction.name} stands before FROM`, this.#input.file));
    }
    return stages;
  }

  /** A stage before the one at `before`, by its name or number. */
  #find(name: string, before: number): StageText | undefined {
    const earlier = this.#texts.slice(0, before);
    const named = earlier.findLast((stage) => stage.name === name.toLowerCase());
    return named ?? (/^\d+$/.test(name) ? earlier[Number(name)] : undefined);
  }

  #stage(text: StageText): Stage {
    const known = this.#done.get(text);
    if (known) return known;
    const stage = this.#begin(text);
    this.#done.set(text, stage);
    const index = this.#texts.indexOf(text);
    const world: CopyWorld = {
      context: this.#input.context,
      escaping: this.#input.escaping,
      file: this.#input.file,
      stageTree: (name) => {
        const other = this.#find(name, index);
        return other ? this.#stage(other) : null;
      },
    };
    for (const instruction of this.#inherited(text, stage)) this.#apply(instruction, stage, world);
    for (const instruction of text.body) this.#apply(instruction, stage, world);
    return stage;
  }

  #begin({ from, name, word, mistake: written }: StageText): Stage {
    const { file, buildArgs, escaping } = this.#input;
    const { text, needs, mistake } = this.#global.expand(word);
    const index = this.#texts.findIndex((stage) => stage.from === from);
    const other = text === null ? undefined : this.#find(text, index);
    const parent = other ? this.#stage(other) : null;
    const base = parent?.base ?? baseOf(text === "" ? null : text);
    const kind = base.name === "scratch" ? "scratch" : base.plain ? "plain" : "unknown";
    const stage: Stage = {
      name,
      base,
      root: parent ? parent.root.clone() : baseTree(base),
      scope: new Scope(buildArgs, escaping, parent?.scope ?? kind),
      workdir: parent?.workdir ?? workdirOf(base),
      shell: parent?.shell ?? ["/bin/sh", "-c"],
      entrypoint: parent ? parent.entrypoint : entrypointOf(base, from.line),
      cmd: parent?.cmd ?? null,
      copies: [],
      runs: [],
      ran: parent?.ran ?? false,
      findings: [],
      comparisons: this.#comparisons,
      onbuild: [],
    };
    if (written !== null) stage.findings.push(invalid(from.line, written, file));
    // AWS names its folder in the image (docs.aws.amazon.com/lambda, "Create a Lambda function using a container image").
    if (stage.workdir === "/var/task" && !parent) {
      stage.scope.env.set("LAMBDA_TASK_ROOT", { text: "/var/task", needs: [] });
      makeIn(stage, stage.workdir);
    }
    if (mistake !== null) stage.findings.push(invalid(from.line, `${word}: ${mistake}`, file));
    else if (text === null)
      stage.findings.push(undetermined(from.line, `what FROM ${word} is ${needsText(needs, [])}`, file, needs));
    else if (text === "") stage.findings.push(invalid(from.line, "FROM names no image", file));
    return stage;
  }

  /** Triggers that a stage left for those built on it. */
  #inherited({ from, word }: StageText, stage: Stage): Instruction[] {
    const index = this.#texts.findIndex((text) => text.from === from);
    const other = this.#find(this.#global.expand(word).text ?? "", index);
    const triggers = other ? (this.#done.get(other)?.onbuild ?? []) : [];
    return triggers.flatMap(({ text, line }) => {
      const { instructions, mistakes } = parseDockerfile(text);
      for (const { message } of mistakes) stage.findings.push(invalid(line, message, this.#input.file));
      return instructions.map((instruction) => ({ ...instruction, line }));
    });
  }

  #apply(instruction: Instruction, stage: Stage, world: CopyWorld): void {
    const { name, line, rest, words } = instruction;
    const { file, escaping } = this.#input;
    if (name === "COPY" || name === "ADD") copy(instruction, stage, world);
    else if (name === "RUN") run(instruction, stage);
    else if (name === "ARG") declare(instruction, stage.scope, this.#global, file, stage.findings);
    else if (name === "ENV") setEnv(instruction, stage, escaping, file);
    else if (name === "WORKDIR") changeDirectory(instruction, stage, file);
    else if (name === "SHELL" && words !== null) stage.shell = words;
    else if (name === "CMD") stage.cmd = commandOf(instruction, stage);
    else if (name === "ENTRYPOINT") {
      stage.entrypoint = commandOf(instruction, stage);
      // What an earlier stage or the base would have given it is gone.
      if (!ownsCmd(stage, line, this.#input.instructions)) stage.cmd = null;
    } else if (name === "ONBUILD" && /^(?:FROM|ONBUILD|MAINTAINER)\b/i.test(rest))
      stage.findings.push(invalid(line, `${rest.split(/\s/, 1)[0]} can't wait for ONBUILD`, file));
    else if (name === "ONBUILD") stage.onbuild.push({ line, text: rest });
  }
}

/** ENTRYPOINT takes away the CMD of what the stage is built on, and not one that stands in the stage itself. */
function ownsCmd(stage: Stage, line: number, instructions: readonly Instruction[]): boolean {
  const from = instructions.findLast((each) => each.name === "FROM" && each.line < line)?.line ?? 0;
  return stage.cmd !== null && stage.cmd.line > from;
}

function nothing(): Simulated {
  return {
    tree: viewOf(new DirectoryNode(true)),
    workdir: "/",
    env: {},
    needs: {},
    entrypoint: null,
    cmd: null,
    copies: [],
    runs: [],
    keptOutBy: () => null,
    base: null,
    plainBase: false,
    findings: [],
  };
}
