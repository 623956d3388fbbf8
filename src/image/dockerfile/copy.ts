import { posix } from "node:path";
import { nearest } from "../../util/nearest.ts";
import type { ImageFinding } from "../image-tree.ts";
import type { BuildContext } from "./context.ts";
import { type Comparisons, isPattern, matches } from "./glob.ts";
import { readIgnore } from "./ignore.ts";
import type { Instruction } from "./parse.ts";
import { invalid, makeIn, needsText, type Stage, undetermined } from "./stage.ts";
import { DirectoryNode, find, lay, layInto, type Node, NotPossible, namesOf } from "./tree.ts";
import { splitWords } from "./words.ts";

/** What COPY and ADD may copy from. */
export interface CopyWorld {
  context: BuildContext;
  /** The tree of a stage before this one; null: an image that we don't know. */
  stageTree(name: string): { root: DirectoryNode; ran: boolean } | null;
  escaping: string;
  /** The Dockerfile as messages name it. */
  file: string;
}

const flagNames: Readonly<Record<string, readonly string[]>> = {
  COPY: ["from", "chown", "chmod", "link", "parents", "exclude"],
  ADD: ["chown", "chmod", "link", "checksum", "keep-git-dir", "exclude", "unpack"],
};

/** Follows a COPY or an ADD as BuildKit does (solver/llbsolver/file, and tonistiigi/fsutil/copy). What it would refuse is a finding. */
export function copy(instruction: Instruction, stage: Stage, world: CopyWorld): void {
  const { line, name, flags } = instruction;
  const add = (finding: ImageFinding) => stage.findings.push(finding);
  const foreign = flags.find((flag) => !flagNames[name]?.includes(flag.name));
  if (foreign) return void add(invalid(line, `${name} has no flag --${foreign.name}`, world.file));
  const words = instruction.words ?? splitWords(instruction.rest, world.escaping);
  if (words.length < 2) return void add(invalid(line, `${name} needs a source and a destination`, world.file));
  const expanded = words.map((word) => ({ word, ...stage.scope.expand(word) }));
  const mistake = expanded.find((each) => each.mistake !== null);
  if (mistake) return void add(invalid(line, `${mistake.word}: ${mistake.mistake}`, world.file));
  const fromFlag = flags.find((flag) => flag.name === "from")?.value || null;
  if (fromFlag !== null && (/\$/.test(fromFlag) || (/^\d+$/.test(fromFlag) && world.stageTree(fromFlag) === null)))
    return void add(invalid(line, `--from=${fromFlag} is no earlier stage`, world.file));
  const destination = expanded.at(-1)?.text ?? null;
  const target = destination === null ? null : whole(destination, stage.workdir);
  if (target === null) {
    const { needs, variables, word } = expanded.at(-1) ?? { needs: [], variables: [], word: "" };
    return void hideAll(
      stage,
      undetermined(line, `where ${name} puts ${word} ${needsText(needs, variables)}`, world.file, needs),
    );
  }
  const texts = expanded.slice(0, -1);
  const sources = texts.flatMap(({ text }) => (text === null ? [] : [text]));
  stage.copies.push({ line, sources, destination: target.path, from: fromFlag });
  const origin = fromFlag === null ? world.context : world.stageTree(fromFlag);
  try {
    for (const { text, word, needs, variables } of texts) {
      if (text === null) {
        hide(stage, target.path);
        add(undetermined(line, `what ${name} takes for ${word} ${needsText(needs, variables)}`, world.file, needs));
      } else copySource({ instruction, text, target, origin, stage, world });
    }
  } catch (error) {
    if (!(error instanceof NotPossible)) throw error;
    add(invalid(line, `${name} to ${destination} can't be done: ${error.message}`, world.file));
  }
}

interface Target {
  path: string;
  /** Whether it names a directory in any case: a slash at its end, or `.`. */
  folder: boolean;
}

function whole(destination: string, workdir: string): Target {
  const folder = destination === "" || destination === "." || destination.endsWith("/");
  return { path: posix.resolve(workdir, destination), folder };
}

interface SourceCopy {
  instruction: Instruction;
  text: string;
  target: Target;
  origin: { root: DirectoryNode; ran?: boolean } | null;
  stage: Stage;
  world: CopyWorld;
}

function copySource(request: SourceCopy): void {
  const { instruction, text, target, origin, stage, world } = request;
  const heredoc = instruction.heredocs.find(
    ({ name }) => /^<<-?["']?/.test(text) && text.replace(/^<<-?|["']/g, "") === name,
  );
  if (heredoc) {
    const content = heredoc.expands
      ? stage.scope.expand(heredoc.content.replace(/["']/g, "\\$&")).text
      : heredoc.content;
    const read = content === null ? null : () => Buffer.from(content);
    return void put({ kind: "file", origin: null, read }, heredoc.name, target, stage);
  }
  if (instruction.name === "ADD" && /^(?:https?|ftp|git|ssh):\/\/|^git@|\.git(?:#|$)/.test(text)) {
    const name = posix.basename(text.replace(/[?#].*$/, ""));
    if (/\.git$/.test(name)) return void hide(stage, target.path);
    return void put({ kind: "file", origin: null, read: null }, name, target, stage);
  }
  if (origin === null) return void hide(stage, target.path);
  const path = posix.join("/", text);
  const paths = isPattern(text) ? matches(origin.root, path, stage.comparisons) : [path];
  if (paths === "unknown") return void hide(stage, target.path);
  if (paths === "absent") {
    if (!origin.ran) stage.findings.push(missing(instruction, text, world, origin.root, stage));
    return void hide(stage, target.path);
  }
  for (const each of paths) copyPath(each, request);
}

function copyPath(path: string, { instruction, text, target, origin, stage, world }: SourceCopy): void {
  if (!origin) return;
  const { node, hidden, path: real } = find(origin.root, path);
  if (node === null || node.kind === "link") {
    if (origin.ran) return void hide(stage, target.path);
    if (!hidden) stage.findings.push(missing(instruction, text, world, origin.root, stage));
    // A file of a name like that may yet be built; of a folder nobody knows what it would bring.
    if (!/\.\w+$/.test(path)) return void hide(stage, target.path);
    return void put({ kind: "file", origin: null, read: null }, posix.basename(path), target, stage);
  }
  if (node.kind === "file" && instruction.name === "ADD" && isArchive(real)) return void hide(stage, target.path);
  const kept = withoutExcluded(node, instruction);
  const parents = instruction.flags.some(({ name, value }) => name === "parents" && value !== "false");
  if (parents) {
    const [, before = "", after = path] = /^(.*\/)\.\/(.*)$/s.exec(text) ?? [];
    const relativePath = before === "" ? path : posix.join("/", after);
    const at = posix.join(target.path, relativePath);
    if (kept.kind === "directory") layInto(makeIn(stage, at), kept, at);
    else put(kept, posix.basename(at), { path: posix.dirname(at), folder: true }, stage);
  } else put(kept, posix.basename(path), target, stage);
}

/** A directory's content goes into the destination; a file becomes it, or goes into it when it is a directory. */
function put(node: Node, name: string, { path, folder }: Target, stage: Stage): void {
  if (node.kind === "directory") return void layInto(makeIn(stage, path), node, path);
  const there = find(stage.root, path);
  if (folder || there.node?.kind === "directory") {
    lay(makeIn(stage, there.path), name, node, posix.join(path, name));
  } else {
    const names = namesOf(there.path);
    const last = names.pop();
    if (last === undefined) throw new NotPossible("/ is a directory");
    lay(makeIn(stage, `/${names.join("/")}`), last, node, path);
  }
}

/** From here on anything may lie there: in it and below it, where it is a directory or looks like one, or else beside its neighbours. */
export function hide(stage: Stage, path: string): void {
  const { node, path: real } = find(stage.root, path);
  const looksLikeFile = node === null ? /\.\w+$/.test(posix.basename(real)) : node.kind !== "directory";
  const folder = looksLikeFile ? posix.dirname(real) : real;
  try {
    makeIn(stage, folder).hidesBelow = true;
  } catch (error) {
    if (!(error instanceof NotPossible)) throw error;
    stage.root.hidesBelow = true;
  }
}

function hideAll(stage: Stage, finding: ImageFinding): void {
  stage.root.hidesBelow = true;
  stage.findings.push(finding);
}

/** Local archives are unpacked by ADD; what comes out is not looked at. */
function isArchive(path: string): boolean {
  return /\.(?:tar|tar\.(?:gz|bz2|xz|zst)|tgz|tbz2?|txz)$/i.test(path);
}

function withoutExcluded(node: Node, { flags }: Instruction): Node {
  const patterns = flags.flatMap(({ name, value }) => (name === "exclude" && value !== null ? [value] : []));
  if (patterns.length === 0 || node.kind !== "directory") return node;
  const excluded = readIgnore(patterns.join("\n"));
  const strip = (directory: DirectoryNode, path: string): DirectoryNode => {
    const kept = new DirectoryNode(directory.hides);
    for (const [name, child] of directory.entries) {
      const at = path === "" ? name : `${path}/${name}`;
      if (excluded.keptOutBy(at) !== null) continue;
      kept.entries.set(name, child.kind === "directory" ? strip(child, at) : child);
    }
    return kept;
  };
  return strip(node, "");
}

function missing(
  { line, name, flags }: Instruction,
  source: string,
  { context, file }: CopyWorld,
  root: DirectoryNode,
  { comparisons }: Stage,
): ImageFinding {
  const from = flags.find((flag) => flag.name === "from")?.value;
  const path = namesOf(posix.join("/", source)).join("/");
  const by = from === undefined ? context.ignore.keptOutBy(path) : null;
  const keptOut = by !== null && context.exists(path);
  const near = by === null ? nearPath(root, path, comparisons) : null;
  const fix = keptOut
    ? `line ${by.line} of ${context.ignoreFile} (\`${by.text}\`) keeps it out: take it back with \`!${path}\``
    : near === null
      ? null
      : `did you mean ${near}?`;
  const where = from === undefined ? "the build context" : `the stage ${from}`;
  return {
    code: "image-copy-missing",
    level: "block",
    effect: "boot",
    message: `${name} takes ${source}, which ${keptOut ? `${context.ignoreFile} keeps out of ${where}` : `is not in ${where}`}`,
    module: source,
    importer: file,
    line,
    ...(fix === null ? {} : { fix }),
  };
}

/** The path that was probably meant, name by name. */
function nearPath(root: DirectoryNode, path: string, comparisons: Comparisons): string | null {
  const way: string[] = [];
  for (const name of namesOf(path)) {
    const folder = find(root, way.join("/")).node;
    if (folder?.kind !== "directory" || comparisons.left < 0) return null;
    if (!folder.entries.has(name)) comparisons.left -= folder.entries.size;
    const near = folder.entries.has(name) ? name : nearest(name, [...folder.entries.keys()]);
    if (near === null) return null;
    way.push(near);
  }
  return way.join("/");
}
