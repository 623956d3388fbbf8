import { posix } from "node:path";
import type { Simulated } from "../image-tree.ts";
import { shellCommands } from "../shell.ts";
import { providersOf } from "./distributions.ts";
import { projectFolders } from "./project-folders.ts";

/** What a Dockerfile installs, as far as that can be told. */
export interface Installed {
  /** Whether an installed package brings that top-level module. */
  brings(module: string): boolean;
  /** Whether all that is installed is known by name: only then is anything known to be missing. */
  known: boolean;
  /** Whether it is known that nothing is installed at all: then a package that is not ours is not there. */
  nothing: boolean;
  /** Folders of the image whose own project is installed. */
  projects: readonly string[];
  /** Folders in which packages of these projects lie, or lay: another stage's may be gone. */
  folders: readonly string[];
  /** Whether one of these projects, where it was installed from, has that top-level module: another stage's may be gone. */
  inProject(module: string): boolean;
}

/** Reads the installers' commands, and the lists that they are given: pip, uv, poetry, pipenv, pdm, conda. */
export function installedBy({ runs, plainBase }: Simulated): Installed {
  const names = new Set<string>();
  const projects: { folder: string; tree: Place["tree"] }[] = [];
  let known = plainBase;
  for (const { text, workdir, tree } of runs) {
    let cwd = workdir;
    for (const { words } of shellCommands(text.replace(/--mount=\S+/g, ""), () => null)) {
      const [name, ...args] = programOf(words);
      if (name === "cd" && args[0] && cwd.length <= 4096) cwd = posix.resolve(cwd, args[0]);
      const found = name === undefined || name === null ? null : read(posix.basename(name), args, { cwd, tree });
      if (!found) continue;
      for (const each of found.names) names.add(normal(each));
      projects.push(...found.projects.map((folder) => ({ folder, tree })));
      known &&= found.known;
    }
  }
  const places = projects.flatMap(({ folder, tree }) =>
    projectFolders(folder, tree).map((each) => ({ folder: each, tree })),
  );
  const beside = projects.flatMap(({ folder, tree }) =>
    ["lib", "python"].map((each) => ({ folder: posix.join(folder, each), tree })),
  );
  return {
    brings: (module) => providersOf(module).some((each) => names.has(each)),
    known,
    nothing: known && names.size === 0,
    projects: projects.map(({ folder }) => folder),
    folders: [...new Set(places.map(({ folder }) => folder))],
    inProject: (module) =>
      [...places, ...beside].some(
        ({ folder, tree }) =>
          tree.kind(posix.join(folder, module)) !== null || tree.kind(posix.join(folder, `${module}.py`)) !== null,
      ),
  };
}

/** Without what only leads to the program: `sudo`, `env A=b`, `python -m`. */
function programOf(words: readonly (string | null)[]): readonly (string | null)[] {
  const start = words.findIndex(
    (word) => word === null || (!/^(?:sudo|exec|env|nice|time|command)$/.test(word) && !/^\w+=/.test(word)),
  );
  const rest = start < 0 ? [] : words.slice(start);
  const module = /(?:^|\/)python[\d.]*$/.test(rest[0] ?? "") ? rest.indexOf("-m") : -1;
  return module > 0 ? rest.slice(module + 1) : rest;
}

interface Read {
  names: string[];
  projects: string[];
  known: boolean;
}

interface Place {
  cwd: string;
  tree: Simulated["runs"][number]["tree"];
}

function read(program: string, args: readonly (string | null)[], place: Place): Read | null {
  const words = args.filter((arg) => arg !== null);
  const sure = words.length === args.length;
  if (/^pip[\d.]*$/.test(program) && (words[0] === "install" || words[0] === "wheel"))
    return pipInstall(words.slice(1), place, sure);
  // What is built is installed later, perhaps by another stage.
  if (program === "build" || (/^(?:poetry|uv|pdm|hatch|flit)$/.test(program) && words[0] === "build"))
    return { names: [], projects: [place.cwd], known: false };
  if (program === "uv" && words[0] === "pip" && (words[1] === "install" || words[1] === "sync"))
    return pipInstall(words[1] === "sync" ? ["-r", ...words.slice(2)] : words.slice(2), place, sure);
  if (program === "uv" && words[0] === "sync")
    return locked("uv.lock", place, words.includes("--no-install-project") ? [] : [place.cwd]);
  if (program === "poetry" && (words[0] === "install" || words[0] === "sync"))
    return locked("poetry.lock", place, words.includes("--no-root") || words.includes("--only") ? [] : [place.cwd]);
  if (program === "pdm" && /^(?:install|sync)$/.test(words[0] ?? "")) return locked("pdm.lock", place, [place.cwd]);
  if (program === "setup.py" || (/^python/.test(program) && words.some((word) => /setup\.py$/.test(word))))
    return { names: [], projects: [place.cwd], known: false };
  if (/^(?:pipenv|conda|mamba|micromamba|pixi|hatch|flit|easy_install)$/.test(program))
    return { names: [], projects: [place.cwd], known: false };
  // Python packages of a distribution, as Debian and Alpine name them.
  if (/^(?:apt|apt-get|apk|dnf|yum|microdnf)$/.test(program)) {
    const python = words.flatMap((word) => /^(?:python3?|py3)-(.+)$/.exec(word)?.[1] ?? []);
    return { names: python, projects: [], known: true };
  }
  return null;
}

const withValue =
  /^(?:-i|--index-url|--extra-index-url|-f|--find-links|--trusted-host|--timeout|--retries|--cache-dir|--platform|--python-version|--prefix|--root|-t|--target|--proxy|--python|-p|--implementation|--abi|--only-binary|--no-binary|--progress-bar|--upgrade-strategy|--src|--cert|--log|-w|--wheel-dir)$/;

function pipInstall(args: readonly string[], place: Place, sure: boolean): Read {
  const found: Read = { names: [], projects: [], known: sure };
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    const list = /^(?:-r|--requirement)(?:=(.+))?$/.exec(word) ?? /^-r(.+)$/.exec(word);
    if (list) addList(list[1] ?? args[++at] ?? "", place, found, new Set());
    else if (/^(?:-c|--constraint)$/.test(word) || withValue.test(word)) at += 1;
    else if (word === "-e" || word === "--editable") addRequirement(args[++at] ?? "", place, found, true);
    else if (!word.startsWith("-")) addRequirement(word, place, found);
  }
  return found;
}

/**
 * What a list names: other lists lie beside it, and projects where pip runs.
 *
 * @param seen lists that were read, for they may name each other.
 */
function addList(file: string, place: Place, found: Read, seen: Set<string>): void {
  const { cwd, tree } = place;
  const path = posix.resolve(cwd, file);
  if (seen.has(path)) return;
  seen.add(path);
  const bytes = tree.read(path);
  if (bytes === null) {
    found.known = false;
    return;
  }
  for (const line of Buffer.from(bytes)
    .toString("utf8")
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n/)) {
    const plain = line.replace(/(?:^|\s)#.*$/, "").trim();
    const [, nested] = /^(?:-r|--requirement)[\s=]*(.+)$/.exec(plain) ?? [];
    const [, editable] = /^(?:-e|--editable)[\s=]*(.+)$/.exec(plain) ?? [];
    if (plain === "") continue;
    if (nested !== undefined) addList(posix.join(posix.dirname(path), nested.trim()), place, found, seen);
    else if (editable !== undefined) addRequirement(editable.trim(), place, found, true);
    else if (!plain.startsWith("-")) addRequirement(plain, place, found);
  }
}

function addRequirement(written: string, { cwd, tree }: Place, found: Read, editable = false): void {
  const [, egg] = /[#&]egg=([\w.-]+)/.exec(written) ?? [];
  const [, wheel] = /(?:^|\/)([\w.]+)-\d[^/]*\.(?:whl|tar\.gz|zip)$/.exec(written) ?? [];
  const [, direct] = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*@/.exec(written) ?? [];
  const name = egg ?? wheel ?? direct;
  if (name !== undefined) found.names.push(name);
  else if (/^(?:[a-z+]+:\/\/|git@)/.test(written)) found.known = false;
  else if (editable || written.includes("/") || /^\.{1,2}(?:\[|$)/.test(written)) {
    const [place = "", extras] = written.replace(/^file:(?:\/\/)?/, "").split("[");
    const folder = posix.resolve(cwd, place.trim() || ".");
    found.projects.push(folder);
    addProject(folder, tree, found);
    if (extras !== undefined) found.known = false;
  } else {
    const [, plain] = /^([A-Za-z0-9][\w.-]*)/.exec(written) ?? [];
    if (plain !== undefined) found.names.push(plain);
  }
}

/** What a project says that it needs; a form that is not read makes everything possible. */
function addProject(folder: string, tree: Place["tree"], found: Read): void {
  const bytes = tree.read(posix.join(folder, "pyproject.toml"));
  const text = bytes ? Buffer.from(bytes).toString("utf8") : "";
  const [start] = /^dependencies\s*=\s*\[/m.exec(text) ?? [];
  if (start === undefined) {
    found.known = false;
    return;
  }
  const item = /[\s,]*(?:#[^\n]*\n[\s,]*)*(["'])([A-Za-z0-9][\w.-]*)[^"']*(?:(?!\1)["'][^"']*)*\1/y;
  item.lastIndex = text.indexOf(start) + start.length;
  for (let next = item.exec(text); next; next = item.exec(text)) found.names.push(next[2] ?? "");
}

/** A lock file names every package, those that others bring too. */
function locked(name: string, { cwd, tree }: Place, projects: string[]): Read {
  const bytes = tree.read(posix.join(cwd, name));
  if (bytes === null) return { names: [], projects: [...projects, ...localProjects({ cwd, tree })], known: false };
  const local: string[] = [];
  const names: string[] = [];
  for (const part of Buffer.from(bytes).toString("utf8").split("[[package]]").slice(1)) {
    const [, each] = /^name = "([^"]+)"/m.exec(part) ?? [];
    const [source, ...folders] = localSource.exec(part) ?? [];
    const folder = folders.find((found) => found !== undefined);
    if (source === undefined) names.push(...(each === undefined ? [] : [each]));
    else if (folder !== undefined && folder !== ".") local.push(posix.resolve(cwd, folder));
  }
  return { names, projects: [...new Set([...projects, ...local])], known: true };
}

/** What a project says of folders that it takes packages from: members of uv's workspace, and paths. */
function localProjects({ cwd, tree }: Place): string[] {
  const bytes = tree.read(posix.join(cwd, "pyproject.toml"));
  const text = bytes === null ? "" : Buffer.from(bytes).toString("utf8");
  const [, members = ""] = /^\[tool\.uv\.workspace\][^[]*?^members\s*=\s*\[([^\]]*)\]/ms.exec(text) ?? [];
  const written = [...members.matchAll(/["']([^"']+)["']/g)].map(([, member = ""]) => member);
  const paths = [...text.matchAll(/\{[^{}\n]*\bpath\s*=\s*["']([^"']+)["']/g)].map(([, path = ""]) => path);
  return [
    ...written.flatMap((member) => foldersOf(member, cwd, tree)),
    ...paths.map((path) => posix.resolve(cwd, path)),
  ];
}

/** `packages/*` */
function foldersOf(member: string, cwd: string, tree: Place["tree"]): string[] {
  const [before = "", rest] = member.split("*", 2);
  if (rest === undefined) return [posix.resolve(cwd, member)];
  const folder = posix.resolve(cwd, posix.dirname(`${before}x`));
  return tree.list(folder).map((name) => posix.join(folder, name));
}

/** A folder that a package comes from, as uv, poetry and pdm write it. A virtual one is none that is installed. */
const localSource =
  /^source = \{ (?:virtual|(?:editable|directory) = "([^"]+)")|^type = "directory"\nurl = "([^"]+)"|^path = "([^"]+)"/m;

/** Names of distributions are compared without case, and `-`, `_` and `.` are one (PEP 503). */
function normal(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}
