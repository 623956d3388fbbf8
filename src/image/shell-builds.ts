import { posix } from "node:path";

/** One way in which a repository builds an image. */
export interface ImageBuild {
  /** The Dockerfile, relative to the repository's root. */
  dockerfile: string;
  /** The build context, relative to the repository's root; `.` for the root itself. */
  context: string;
  /** Only those whose values are written down. */
  buildArgs: Readonly<Record<string, string>>;
  target: string | null;
  /** Where that is written: `compose.yaml:4`. */
  from: string;
}

/**
 * The image builds in a shell text: `docker build`, `docker buildx build`, `podman build`, `buildah bud`. `cd` to a plain
 * folder is followed.
 *
 * @param directory where the text is run, relative to the repository's root.
 * @param from what the builds are said to come from.
 */
export function shellBuilds(text: string, directory: string, from: string): ImageBuild[] {
  const builds: ImageBuild[] = [];
  let here = directory;
  for (const command of commandsOf(text)) {
    const words = wordsOf(command);
    if (words[0] === "cd" && words[1] && !words[1].includes("$") && !words[1].startsWith("/") && here.length <= 4096)
      here = posix.join(here, words[1]);
    const start = buildStart(words);
    const build = start === null ? null : readBuild(words.slice(start), here, from);
    if (build) builds.push(build);
  }
  return builds;
}

/** One command per line, with continued lines put together; `&&` and `;` part them too. */
function commandsOf(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n|&&|;|\|\|/)
    .map((command) => command.trim())
    .filter((command) => command !== "" && !command.startsWith("#"));
}

function wordsOf(command: string): string[] {
  const words = command.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) =>
    word.replace(/^@/, "").replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single ?? ""),
  );
}

const starts = [
  ["docker", "build"],
  ["docker", "image", "build"],
  ["docker", "buildx", "build"],
  ["podman", "build"],
  ["buildah", "bud"],
  ["buildah", "build"],
];

/** Where a builder's own arguments begin; null when the words start none. */
function buildStart(words: readonly string[]): number | null {
  for (const start of starts)
    for (const [at] of words.entries())
      if (start.every((word, offset) => words[at + offset] === word)) return at + start.length;
  return null;
}

const switches = new Set([
  "--no-cache",
  "--pull",
  "--push",
  "--load",
  "--quiet",
  "-q",
  "--rm",
  "--force-rm",
  "--squash",
]);

function readBuild(words: readonly string[], here: string, from: string): ImageBuild | null {
  const buildArgs: Record<string, string> = {};
  let file: string | null = null;
  let target: string | null = null;
  let context: string | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const [, name = word, inline] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
    if (!word.startsWith("-") || word === "-") {
      context ??= word;
      continue;
    }
    if (switches.has(name)) continue;
    const value = inline ?? words[++at] ?? "";
    if (name === "-f" || name === "--file") file = value;
    else if (name === "--target") target = value;
    else if (name === "--build-arg") {
      const [key = "", ...rest] = value.split("=");
      if (rest.length > 0 && !value.includes("$")) buildArgs[key] = rest.join("=");
    }
  }
  if (context === null || context === "-" || /[$]|^\/|:\/\//.test(context + (file ?? "") + (target ?? ""))) return null;
  const directory = posix.join(here, context).replace(/(.)\/$/, "$1");
  return {
    dockerfile: file === null ? posix.join(directory, "Dockerfile") : posix.join(here, file),
    context: directory,
    buildArgs,
    target,
    from,
  };
}
