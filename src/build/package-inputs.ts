import { posix } from "node:path";
import type { Finding } from "../model/finding.ts";
import { type Install, installsOf, type Read } from "./package-installs.ts";

/**
 * What a build installs without the commit saying which version: one warning (`unlocked-inputs`) for each place that leaves it
 * open. Pure: it looks at the command, at the commit's own scripts that the command runs, and at requirement and lock files.
 *
 * @param read gives a committed file's text by its path relative to the folder that the command runs in
 * @param root that folder, relative to the manifest's directory: for naming files
 */
export function unlockedInputs(component: string, { run, root }: { run: string; root: string }, read: Read): Finding[] {
  const open = installsOf(run, read).flatMap((install) =>
    install.tool === "pip" ? openPip(install, read) : openOther(install, read),
  );
  return [...new Map(open.map((one) => [one.message, one])).values()].map(({ message, file, line }) => ({
    code: "unlocked-inputs",
    level: "warning",
    component,
    message,
    ...(file === undefined ? {} : { file: posix.join(root, file) }),
    ...(line === undefined ? {} : { line }),
  }));
}

interface Open {
  message: string;
  file?: string;
  line?: number;
}

function openPip(install: Install, read: Read): Open[] {
  if (install.flags.has("--require-hashes") || install.flags.has("--no-index")) return [];
  const constraints = install.constraints.flatMap((file) => requirementsIn(file, read));
  const pinned = new Set(constraints.filter(({ text }) => isPinned(text)).map(({ text }) => nameOf(text)));
  const isOpen = (text: string) => !isPinned(text) && !pinned.has(nameOf(text));
  const [local, named] = [install.packages.filter(isLocal), install.packages.filter((text) => !isLocal(text))];
  const needs = install.flags.has("--no-deps") || install.constraints.length > 0 ? [] : local.filter(isOpen);
  return [
    ...needs.map((text) => ({
      message: `the build installs ${text} with all that it needs, in whatever version is newest then`,
    })),
    ...named
      .filter(isOpen)
      .map((text) => ({ message: `the build installs ${text} in whatever version is newest then` })),
    ...install.requirements.flatMap((file) => openRequirements(file, read, isOpen)),
  ];
}

function openRequirements(file: string, read: Read, isOpen: (text: string) => boolean): Open[] {
  const requirements = requirementsIn(file, read);
  if (requirements.length === 0 && read(file) === undefined) {
    return [{ message: `the build installs what ${file} names, which is not in the commit` }];
  }
  // pip itself refuses a file of which only some requirements have hashes.
  if (requirements.some(({ text }) => /\s--hash=/.test(text))) return [];
  return requirements
    .filter(({ text }) => isOpen(text))
    .map(({ text, file, line }) => ({ message: `${file} leaves the version of ${text} open`, file, line }));
}

interface Requirement {
  text: string;
  file: string;
  line: number;
}

/**
 * The requirements of a file and of those that it names, without options, comments and markers:
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 */
function requirementsIn(file: string, read: Read, seen: ReadonlySet<string> = new Set()): Requirement[] {
  const text = read(file);
  if (text === undefined || seen.has(file)) return [];
  const within = new Set([...seen, file]);
  let line = 1;
  return text.split(/(?<!\\)\r?\n/).flatMap((logical) => {
    const at = line;
    line += logical.split("\n").length;
    const plain = logical
      .replace(/\\\r?\n/g, " ")
      .replace(/(^|\s)#.*$/, "")
      .trim();
    const [, nested] = /^(?:-r|--requirement)[\s=]*(\S+)/.exec(plain) ?? [];
    if (nested !== undefined) return requirementsIn(posix.join(posix.dirname(file), nested), read, within);
    const requirement = plain.replace(/^(-e|--editable)[\s=]*/, "").replace(/\s*;.*?(?=\s--hash=|$)/, "");
    return requirement === "" || requirement.startsWith("-") ? [] : [{ text: requirement, file, line: at }];
  });
}

/** Whether a requirement can only ever be one thing: an exact version, a hash, or a commit. */
function isPinned(requirement: string): boolean {
  const [, address] = /^(?:[^\s@]+\s*@\s*)?([a-z+]+:\/\/\S+)/i.exec(requirement) ?? [];
  if (address !== undefined) return /@[0-9a-f]{40}(?![0-9a-f])|[#&]sha256=/i.test(address);
  return /\s--hash=/.test(requirement) || /[^=!<>~]===?\s*[^*=\s]+$/.test(requirement);
}

/** A folder or a file of the commit. */
function isLocal(requirement: string): boolean {
  return /^\.|\/|\.(whl|zip|tar\.gz)$/.test(requirement) && !requirement.includes("://");
}

/** As pip compares names: https://packaging.python.org/en/latest/specifications/name-normalization/ */
function nameOf(requirement: string): string {
  const [name = ""] = /^[A-Za-z0-9._-]+/.exec(requirement) ?? [];
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

const lockFiles: Record<string, readonly string[]> = {
  npm: ["package-lock.json", "npm-shrinkwrap.json"],
  pnpm: ["pnpm-lock.yaml"],
  yarn: ["yarn.lock"],
  bun: ["bun.lock", "bun.lockb"],
  uv: ["uv.lock"],
  poetry: ["poetry.lock"],
  pipenv: ["Pipfile.lock"],
  pdm: ["pdm.lock"],
  bundle: ["Gemfile.lock"],
  composer: ["composer.lock"],
};

function openOther({ tool, folder, target, packages }: Install, read: Read): Open[] {
  const names = lockFiles[tool] ?? [];
  // npm's --prefix and pnpm's --dir say whose package.json and lock file are meant.
  const place = target ?? folder;
  const open = packages.filter((text) => !/^(@[^/]+\/)?[^@]+@\d+\.\d+\.\d+/.test(text));
  if (open.length > 0)
    return [{ message: `the build installs ${open.join(", ")} with ${tool} in whatever version is newest then` }];
  if (names.some((name) => read(posix.join(place, name)) !== undefined)) return [];
  return [{ message: `the build runs ${tool} without a committed ${names[0]}, so versions are chosen when it runs` }];
}
