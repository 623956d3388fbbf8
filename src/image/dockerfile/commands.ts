import { posix } from "node:path";
import { hide } from "./copy.ts";
import { isPattern, matches } from "./glob.ts";
import type { Instruction } from "./parse.ts";
import { makeIn, type Stage } from "./stage.ts";
import { cloneNode, find, lay, type Node } from "./tree.ts";

/** A RUN while its commands are followed. */
export interface Running {
  stage: Stage;
  instruction: Instruction;
  /** Null when a `cd` went where we don't know. */
  cwd: string;
}

type Effect = "none" | ((files: readonly string[], args: readonly string[], state: Running) => void);

/** Programs that write nothing, or only where the system keeps its own, and those that change what they name and no more. */
const quiet = [
  "pip pip3 uv poetry pipenv pdm conda mamba micromamba apt apt-get apk dnf yum microdnf zypper corepack gem",
  "dpkg rpm playwright locale-gen locale dpkg-reconfigure update-alternatives update-ca-certificates ldconfig gpg apt-key",
  "echo printf cat true false : set unset export exit test [ [[ ] id whoami date sleep which umask hash type uname nproc",
  "chmod chown chgrp useradd adduser groupadd addgroup usermod ls du df env grep egrep head tail wc sort uniq cut tr awk",
  "sha256sum sha512sum md5sum setcap strip source . read return add-apt-repository install_packages apt-cache",
];

/** What commands do to the files that they name. */
export const effects: Readonly<Record<string, Effect | undefined>> = {
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
  sed: (files, args, state) => {
    if (!args.some((arg) => /^-\w*i|^--in-place/.test(arg))) return;
    // Scripts that were written on Windows are made ones of Unix.
    const endings = args.some((arg) => /^s(.)\\r\$?\1\1g?$/.test(arg));
    for (const file of files) {
      const { node, path } = find(state.stage.root, file);
      if (node?.kind !== "file") continue;
      const { read } = node;
      const known = endings && read !== null ? () => read().filter((byte) => byte !== 13) : null;
      place(path, { ...node, read: known }, state);
    }
  },
  tee: (files, _args, state) => {
    for (const file of files)
      if (find(state.stage.root, file).node === null) hide(state.stage, file);
      else place(file, { kind: "file", origin: null, read: null }, state);
  },
  rmdir: (files, _args, { stage }) => {
    for (const file of files) remove(file, stage);
  },
  cp: (files, args, state) => copyOrMove(files, args, state),
  find: (_files, args, { stage, cwd }) => {
    const first = args.findIndex((arg) => /^[-(!\\]/.test(arg));
    const roots = first === 0 ? ["."] : first < 0 ? args : args.slice(0, first);
    const at = args.findIndex((arg) => /^-(?:exec|ok)/.test(arg));
    const [program = "", ...given] = at < 0 ? [] : args.slice(at + 1);
    const loses = args.includes("-delete") || program === "rm" || program === "mv";
    if (!loses && (at < 0 || effects[program] === "none")) return;
    const names = args.flatMap((arg, at) => (/^-i?name$/.test(args[at - 1] ?? "") ? [arg] : []));
    for (const root of roots)
      if (loses && names.length > 0) loseBelow(posix.resolve(cwd, root), names, stage);
      else hide(stage, posix.resolve(cwd, root));
    if (at < 0 || program === "rm" || program === "sed") return;
    // Where it puts them may be any of its words; a program that we don't know may put something where it runs.
    if (effects[program] === undefined) hide(stage, cwd);
    for (const word of given) if (!/^[-+;{]/.test(word)) hide(stage, posix.resolve(cwd, word));
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

function emptyFile(): Node {
  const nothing = new Uint8Array();
  return { kind: "file", origin: null, read: () => nothing };
}

export function place(path: string, node: Node, { stage }: Running): void {
  const { node: there, hidden } = find(stage.root, posix.dirname(path));
  // A folder of the system that we can't see is there, or the command would fail.
  const parent = there === null && hidden ? makeIn(stage, posix.dirname(path)) : there;
  if (parent?.kind !== "directory" || path === "/") return void hide(stage, posix.dirname(path));
  lay(parent, posix.basename(path), node, path);
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
  const words = args.filter((arg) => !arg.startsWith("-"));
  return files.slice(0, -1).filter((source, at) => {
    const written = words[at] ?? "";
    const found = find(state.stage.root, source);
    if (found.node === null) {
      hide(state.stage, target);
      return false;
    }
    const contents = isFolder && /(?:^|\/)\.$/.test(written);
    const goesTo = isFolder && !contents ? posix.join(target, posix.basename(source)) : target;
    const parent = find(state.stage.root, posix.dirname(goesTo)).node;
    if (parent?.kind !== "directory" || goesTo === "/") hide(state.stage, posix.dirname(goesTo));
    else if (contents && found.node.kind === "directory" && find(state.stage.root, goesTo).node?.kind === "directory") {
      for (const [name, node] of found.node.entries) {
        const into = find(state.stage.root, goesTo).node;
        if (into?.kind === "directory") lay(into, name, cloneNode(node), posix.join(goesTo, name));
      }
    } else lay(parent, posix.basename(goesTo), cloneNode(found.node), goesTo);
    return true;
  });
}

/** What lies there may be gone from here on. */
export function mayLose(path: string, stage: Stage): void {
  const parent = find(stage.root, posix.dirname(path)).node;
  if (parent?.kind === "directory" && parent.entries.delete(posix.basename(path))) parent.hides = true;
}

/** The same for all that lies in a folder. */
export function mayLoseAll(folder: string, stage: Stage): void {
  const { node } = find(stage.root, folder);
  if (node?.kind !== "directory") return;
  node.entries.clear();
  node.hides = true;
  node.hidesBelow = true;
}

/** The same for all below a folder whose names match. */
function loseBelow(folder: string, names: readonly string[], stage: Stage): void {
  const { node } = find(stage.root, folder);
  if (node?.kind !== "directory") return;
  for (const name of names) {
    const pattern = isPattern(name) ? name : `[${name.slice(0, 1)}]${name.slice(1)}`;
    const found = matches(node, pattern, stage.comparisons);
    if (found === "unknown") return void mayLoseAll(folder, stage);
    for (const path of found === "absent" ? [] : found) mayLose(posix.join(folder, path), stage);
  }
  for (const [name, child] of node.entries)
    if (child.kind === "directory") loseBelow(posix.join(folder, name), names, stage);
}
