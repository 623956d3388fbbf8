import { posix } from "node:path";
import { type ShellCommand, shellCommands } from "../shell.ts";
import { isSystemPath } from "./base.ts";
import { hide } from "./copy.ts";
import { isPattern, matches } from "./glob.ts";
import type { Instruction } from "./parse.ts";
import { makeIn, type Stage } from "./stage.ts";
import { cloneNode, find, lay, type Node, NotPossible } from "./tree.ts";

/**
 * Follows what a RUN does to the tree, as far as that is simple: files touched, copied, moved, removed, written. Where a
 * command may do anything, anything may lie there from then on. Installers write to folders of their own.
 */
export function run(instruction: Instruction, stage: Stage): void {
  const { line, rest, words, heredocs } = instruction;
  const alone = heredocs.length > 0 && /^<<-?["']?\w+["']?$/.test(rest.trim());
  const text =
    words !== null ? words.map(quote).join(" ") : alone ? heredocs.map(({ content }) => content).join("\n") : rest;
  stage.runs.push({ line, text, workdir: stage.workdir });
  const exported = new Map<string, string | null>();
  const lookup = (name: string) => {
    if (exported.has(name)) return exported.get(name);
    const value = stage.scope.env.get(name) ?? stage.scope.argument(name);
    return value === null || value === undefined ? (stage.base.plain ? undefined : null) : value.text;
  };
  const state: Running = { stage, instruction, cwd: stage.workdir };
  for (const command of shellCommands(text, lookup)) {
    if (command.words.length === 0 || command.words[0] === "export")
      for (const { name, value } of assignmentsOf(command)) exported.set(name, command.sure ? value : null);
    follow(command, state);
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function assignmentsOf({ assignments, words }: ShellCommand) {
  const exported = words.slice(1).flatMap((word) => {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(word ?? "") ?? [];
    return name === undefined ? [] : [{ name, value: value ?? null }];
  });
  return [...assignments, ...exported];
}

interface Running {
  stage: Stage;
  instruction: Instruction;
  /** Null when a `cd` went where we don't know. */
  cwd: string;
}

function follow(command: ShellCommand, state: Running): void {
  const [name, ...args] = withoutPrefix(command.words);
  try {
    if (name === null) hide(state.stage, state.cwd);
    else if (name !== undefined) act(isSystemPath(name) ? posix.basename(name) : name, args, command.sure, state);
  } catch (error) {
    if (!(error instanceof NotPossible)) throw error;
    // The command would fail, or do something else than we think.
    hide(state.stage, state.cwd);
  }
  for (const output of command.outputs) write(output, command, state);
}

function act(name: string, written: readonly (string | null)[], sure: boolean, state: Running): void {
  const effect = effects[name];
  if (effect === undefined) {
    if (isHarmless(name, written)) return;
    // What is piped into a shell comes from the network: an installer, which keeps to the system and the home folder.
    const piped = !sure && /^(?:ba|da|z)?sh$|^python[\d.]*$/.test(name) && written.every((arg) => arg?.startsWith("-"));
    if (!piped) anything([name.includes("/") ? name : "", ...written], state);
  } else if (effect !== "none") {
    const known = written.flatMap((arg) => (arg === null ? [] : spread(arg, state)));
    const files = known.flatMap((arg) => (arg.startsWith("-") ? [] : [posix.resolve(state.cwd, arg)]));
    const clear = written.every((arg) => arg !== null && (name === "find" || !/[{~]/.test(arg)));
    if (clear && sure) effect(files, known, state);
    else if (/^rm(?:dir)?$/.test(name)) for (const file of files) mayLose(file, state.stage);
    // A folder that is entered in parentheses, or perhaps, is left again.
    else if (name !== "cd" || !written.every((arg) => arg !== null)) anything(written, state);
  }
}

/** What a pattern of the shell comes to. One that matches nothing stands for itself, as it does there. */
function spread(arg: string, { stage, cwd }: Running): string[] {
  if (arg.startsWith("-") || !isPattern(arg)) return [arg];
  const hidden = posix.basename(arg).startsWith(".");
  const found = matches(stage.root, posix.resolve(cwd, arg)) ?? [];
  const seen = found.filter((path) => hidden || !posix.basename(path).startsWith("."));
  return seen.length === 0 ? [arg] : seen;
}

const prefixes = new Set(["sudo", "exec", "command", "nice", "time", "env"]);

function withoutPrefix(words: readonly (string | null)[]): readonly (string | null)[] {
  const start = words.findIndex((word) => word === null || (!prefixes.has(word) && !/^\w+=/.test(word)));
  return start < 0 ? [] : words.slice(start);
}

type Effect = "none" | ((files: readonly string[], args: readonly string[], state: Running) => void);

/** Programs that write nothing, or only where the system keeps its own, and those that change what they name and no more. */
const quiet = [
  "pip pip3 uv poetry pipenv pdm conda mamba micromamba apt apt-get apk dnf yum microdnf zypper npm yarn pnpm corepack gem",
  "dpkg rpm playwright locale-gen locale dpkg-reconfigure update-alternatives update-ca-certificates ldconfig gpg apt-key",
  "echo printf cat true false : set unset export exit test [ [[ ] id whoami date sleep which umask hash type uname nproc",
  "chmod chown chgrp useradd adduser groupadd addgroup usermod ls du df env grep egrep head tail wc sort uniq cut tr awk",
  "sha256sum sha512sum md5sum setcap strip source . read return add-apt-repository sed tee install_packages apt-cache",
];

const effects: Readonly<Record<string, Effect | undefined>> = {
  ...Object.fromEntries(quiet.flatMap((names) => names.split(" ")).map((name) => [name, "none"] as const)),
  cd: (files, _args, state) => {
    state.cwd = files[0] ?? "/root";
  },
  mkdir: (files, _args, { stage }) => {
    for (const file of files) makeIn(stage, file);
  },
  touch: (files, _args, state) => {
    for (const file of files) if (find(state.stage.root, file).node === null) place(file, emptyFile(), state);
  },
  rm: (files, _args, { stage }) => {
    for (const file of files) remove(file, stage);
  },
  rmdir: (files, _args, { stage }) => {
    for (const file of files) remove(file, stage);
  },
  cp: (files, args, state) => copyOrMove(files, args, state),
  find: (_files, args, { stage, cwd }) => {
    const first = args.findIndex((arg) => /^[-(!\\]/.test(arg));
    const roots = first === 0 ? ["."] : first < 0 ? args : args.slice(0, first);
    const removes = args.includes("-delete") || args[args.findIndex((arg) => /^-(?:exec|ok)/.test(arg)) + 1] === "rm";
    if (!removes && !args.some((arg) => /^-(?:exec|ok)/.test(arg))) return;
    const names = args.flatMap((arg, at) => (/^-i?name$/.test(args[at - 1] ?? "") ? [arg] : []));
    for (const root of roots)
      if (removes && names.length > 0) loseBelow(posix.resolve(cwd, root), names, stage);
      else hide(stage, posix.resolve(cwd, root));
  },
  mv: (files, args, state) => {
    const sources = copyOrMove(files, args, state);
    for (const source of sources) remove(source, state.stage);
  },
  ln: (_files, args, state) => {
    const [target, at] = args.filter((arg) => !arg.startsWith("-"));
    if (!args.some((arg) => /^-\w*s|^--symbolic$/.test(arg)) || target === undefined)
      return void hide(state.stage, state.cwd);
    const path = posix.resolve(state.cwd, at ?? posix.basename(target));
    const inside =
      find(state.stage.root, path).node?.kind === "directory" ? posix.join(path, posix.basename(target)) : path;
    place(inside, { kind: "link", target }, state);
  },
};

/** Programs that do something else with each first argument. */
function isHarmless(name: string, args: readonly (string | null)[]): boolean {
  const words = args.filter((arg) => arg !== null);
  const base = posix.basename(name);
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

/** What lies there may be gone from here on. */
function mayLose(path: string, stage: Stage): void {
  const parent = find(stage.root, posix.dirname(path)).node;
  if (parent?.kind === "directory" && parent.entries.delete(posix.basename(path))) parent.hides = true;
}

/** The same for all below a folder whose names match. */
function loseBelow(folder: string, names: readonly string[], stage: Stage): void {
  const { node } = find(stage.root, folder);
  if (node?.kind !== "directory") return;
  for (const name of names)
    for (const path of matches(node, isPattern(name) ? name : `[${name.slice(0, 1)}]${name.slice(1)}`) ?? [])
      mayLose(posix.join(folder, path), stage);
  for (const [name, child] of node.entries)
    if (child.kind === "directory") loseBelow(posix.join(folder, name), names, stage);
}

function write(output: string | null, command: ShellCommand, state: Running): void {
  if (output === null) return void hide(state.stage, state.cwd);
  const path = posix.resolve(state.cwd, output);
  const there = find(state.stage.root, path).node;
  if (!command.sure && there === null) return void hide(state.stage, path);
  const heredoc = state.instruction.heredocs.find(({ name }) => command.inputs.some((input) => input === name));
  const known =
    command.words[0] === "cat" && there === null && heredoc && (!heredoc.expands || !/[$`\\]/.test(heredoc.content));
  const content = known ? Buffer.from(heredoc.content) : null;
  place(path, { kind: "file", origin: null, read: content ? () => content : null }, state);
}

function emptyFile(): Node {
  const nothing = new Uint8Array();
  return { kind: "file", origin: null, read: () => nothing };
}

function place(path: string, node: Node, { stage }: Running): void {
  const parent = find(stage.root, posix.dirname(path));
  if (parent.node?.kind !== "directory" || path === "/") return void hide(stage, posix.dirname(path));
  lay(parent.node, posix.basename(path), node, path);
}

function remove(path: string, stage: Stage): void {
  const parent = find(stage.root, posix.dirname(path)).node;
  if (parent?.kind === "directory") parent.entries.delete(posix.basename(path));
}

/** Gives the sources that were found. `-T`, `-t` and `--parents` are too rare to follow. */
function copyOrMove(files: readonly string[], args: readonly string[], state: Running): string[] {
  const target = files.at(-1);
  const odd = args.some((arg) => /^-\w*[tT]|^--(?:parents|target-directory|no-target-directory)/.test(arg));
  if (target === undefined || files.length < 2 || odd) {
    for (const file of [state.cwd, ...files]) hide(state.stage, file);
    return [];
  }
  const isFolder = find(state.stage.root, target).node?.kind === "directory";
  return files.slice(0, -1).filter((source) => {
    const written = args.filter((arg) => !arg.startsWith("-"))[files.indexOf(source)] ?? "";
    const found = find(state.stage.root, source);
    if (found.node === null) {
      hide(state.stage, target);
      return false;
    }
    const contents = isFolder && /(?:^|\/)\.$/.test(written);
    const at = isFolder && !contents ? posix.join(target, posix.basename(source)) : target;
    const parent = find(state.stage.root, posix.dirname(at)).node;
    if (parent?.kind !== "directory" || at === "/") hide(state.stage, posix.dirname(at));
    else if (contents && found.node.kind === "directory" && find(state.stage.root, at).node?.kind === "directory") {
      for (const [name, node] of found.node.entries) {
        const into = find(state.stage.root, at).node;
        if (into?.kind === "directory") lay(into, name, cloneNode(node), posix.join(at, name));
      }
    } else lay(parent, posix.basename(at), cloneNode(found.node), at);
    return true;
  });
}
