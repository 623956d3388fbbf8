import { posix } from "node:path";
import { type ShellCommand, shellCommands } from "../shell.ts";
import { isSystemPath } from "./base.ts";
import { effects, mayLose, mayLoseAll, place, type Running } from "./commands.ts";
import { hide } from "./copy.ts";
import { isPattern, matches } from "./glob.ts";
import type { Instruction } from "./parse.ts";
import type { Stage } from "./stage.ts";
import { find, NotPossible } from "./tree.ts";

/**
 * Follows what a RUN does to the tree, as far as that is simple: files touched, copied, moved, removed, written. Where a
 * command may do anything, anything may lie there from then on. Installers write to folders of their own.
 */
export function run(instruction: Instruction, stage: Stage): void {
  const { line, rest, words, heredocs } = instruction;
  const alone = heredocs.length > 0 && /^<<-?["']?\w+["']?$/.test(rest.trim());
  const text =
    words !== null ? words.map(quote).join(" ") : alone ? heredocs.map(({ content }) => content).join("\n") : rest;
  stage.ran = true;
  stage.runs.push({ line, text, workdir: stage.workdir });
  const exported = new Map<string, string | null>();
  const lookup = (name: string) => {
    // What a function is given.
    if (/^\d$/.test(name)) return null;
    if (exported.has(name)) return exported.get(name);
    const value = stage.scope.env.get(name) ?? stage.scope.argument(name);
    return value === null || value === undefined ? (stage.base.plain ? undefined : null) : value.text;
  };
  const state: Running = { stage, instruction, cwd: stage.workdir };
  for (const command of shellCommands(text, lookup)) {
    if (command.words.length === 0 || command.words[0] === "export")
      for (const { name, value } of command.assignments) exported.set(name, command.sure ? value : null);
    follow(command, state);
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function follow(command: ShellCommand, state: Running): void {
  const [name, ...args] = withoutPrefix(command.words);
  try {
    if (name === null) hide(state.stage, state.cwd);
    else if (name !== undefined) act(isSystemPath(name) ? posix.basename(name) : name, args, command.sure, state);
    for (const output of command.outputs) write(output, command, state);
  } catch (error) {
    if (!(error instanceof NotPossible)) throw error;
    // The command would fail, or do something else than we think.
    hide(state.stage, state.cwd);
  }
}

function act(name: string, written: readonly (string | null)[], sure: boolean, state: Running): void {
  const effect = Object.hasOwn(effects, name) ? effects[name] : undefined;
  const runs = /^(?:uv|poetry|pipenv|pdm|conda|mamba|micromamba)$/.test(name) && written.includes("run");
  if (effect === undefined || runs) {
    if (isHarmless(name, written)) return;
    // What is piped into a shell comes from the network: an installer, which keeps to the system and the home folder.
    const piped = !sure && /^(?:ba|da|z)?sh$|^python[\d.]*$/.test(name) && written.every((arg) => arg?.startsWith("-"));
    if (!piped) anything([name.includes("/") ? name : "", ...written], state);
  } else if (effect !== "none") {
    const spreads = written.map((arg) => (arg === null ? null : spread(arg, state)));
    const known = spreads.flatMap((words) => words ?? []);
    const files = known.flatMap((arg) => (arg.startsWith("-") ? [] : [posix.resolve(state.cwd, arg)]));
    const plain = written.every((arg) => arg !== null && (name === "find" || name === "sed" || !/[{~]/.test(arg)));
    // At the end of a pipe it writes what it names, and nothing else.
    if (plain && (sure || name === "tee") && !spreads.includes(null)) effect(files, known, state);
    else if (/^rm(?:dir)?$/.test(name)) {
      for (const file of files) mayLose(file, state.stage);
      for (const [at, arg] of written.entries())
        if (arg !== null && spreads[at] === null) mayLoseAll(posix.resolve(state.cwd, beforePattern(arg)), state.stage);
    }
    // A folder that is entered in parentheses, or perhaps, is left again.
    else if (name !== "cd" || !written.every((arg) => arg !== null)) anything(written, state);
  }
}

/** What a pattern of the shell comes to; null when that can't be told. One that matches nothing stands for itself, as it does there. */
function spread(arg: string, { stage, cwd }: Running): string[] | null {
  if (arg.startsWith("-") || !isPattern(arg)) return [arg];
  const hidden = posix.basename(arg).startsWith(".");
  const found = matches(stage.root, posix.resolve(cwd, arg), stage.comparisons);
  if (found === "unknown") return null;
  const seen = found === "absent" ? [] : found.filter((path) => hidden || !posix.basename(path).startsWith("."));
  return seen.length === 0 ? [arg] : seen;
}

/** The folder in which a pattern begins. */
function beforePattern(arg: string): string {
  const [before = ""] = /^[^*?[]*/.exec(arg) ?? [];
  return before.slice(0, before.lastIndexOf("/") + 1) || ".";
}

const prefixes = new Set(["sudo", "exec", "command", "nice", "time", "env"]);

function withoutPrefix(words: readonly (string | null)[]): readonly (string | null)[] {
  const start = words.findIndex((word) => word === null || (!prefixes.has(word) && !/^\w+=/.test(word)));
  return start < 0 ? [] : words.slice(start);
}

/** Programs that do something else with each first argument. */
function isHarmless(name: string, args: readonly (string | null)[]): boolean {
  const words = args.filter((arg) => arg !== null);
  const base = posix.basename(name);
  // Installing for the whole image leaves the folder alone; all else that they do may build something in it.
  if (/^(?:npm|yarn|pnpm)$/.test(base)) return words.some((word) => /^(?:-g|--global|cache|config|global)$/.test(word));
  if (/^python[\d.]*$/.test(base)) {
    const module = words[words.indexOf("-m") + 1];
    if (
      words.includes("-m") &&
      /^(?:pip|ensurepip|compileall|venv|uv|poetry|playwright|nltk\.downloader)$/.test(module ?? "")
    )
      return true;
    return (
      words.some((word) => /(?:^|\/)manage\.py$/.test(word)) &&
      words.some((word) => /^(?:collectstatic|migrate|compilemessages|check)$/.test(word))
    );
  }
  if (base === "django-admin") return words[0] !== "startproject" && words[0] !== "startapp";
  if (base === "curl") return !words.some((word) => /^-[a-zA-Z]*[oO]|^--(?:remote-name|output)/.test(word));
  return false;
}

/**
 * A command that we don't know, or that unpacks or makes something: it may write below where it runs and where it points.
 * In `/`, when it names nothing of ours and nothing of ours lies there, it is taken for a tool of the system.
 */
function anything(args: readonly (string | null)[], { stage, cwd }: Running): void {
  const named = args.flatMap((arg) => {
    if (arg === null || /^[a-z+]+:\/\/|^git@/.test(arg)) return [];
    const path = arg.replace(/^(?:--?[\w-]+|\w+)=/, "").replace(/^-\w+(?=\/)/, "");
    const [plain = ""] = /^[^*?[{~]*/.exec(path) ?? [];
    return plain === "" || plain.startsWith("-") ? [] : [posix.resolve(cwd, plain)];
  });
  const ours = [...stage.root.entries.values()].some(({ kind }) => kind === "file");
  const tool = cwd === "/" && stage.base.plain && !ours && !named.some((path) => find(stage.root, path).node !== null);
  if (!tool) hide(stage, cwd);
  for (const path of named)
    if (!isSystemPath(path) && (tool || !(path === cwd || path.startsWith(posix.join(cwd, "/"))))) hide(stage, path);
}

function write(output: string | null, command: ShellCommand, state: Running): void {
  if (output === null) return void hide(state.stage, state.cwd);
  const path = posix.resolve(state.cwd, output);
  const there = find(state.stage.root, path).node;
  if (!command.sure && there === null) return void hide(state.stage, path);
  const heredoc = state.instruction.heredocs.find(({ name }) => command.inputs.some((input) => input === name));
  const known =
    command.words[0] === "cat" && there === null && heredoc && (!heredoc.expands || !/[$`\\]/.test(heredoc.content));
  const text = known ? heredoc.content : there === null ? echoed(command.words) : null;
  const content = text === null ? null : Buffer.from(text);
  place(path, { kind: "file", origin: null, read: content ? () => content : null }, state);
}

/** What echo prints, where every shell's prints the same. */
function echoed([name, ...words]: readonly (string | null)[]): string | null {
  const [first] = words;
  if (name !== "echo" || first?.startsWith("-") || words.some((word) => word === null || /[\\*?[{~]/.test(word)))
    return null;
  return `${words.join(" ")}\n`;
}
