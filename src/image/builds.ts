import { posix } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { type ImageBuild, shellBuilds } from "./shell-builds.ts";

/** A repository to look through: its files relative to the root, and how to read one as text. */
export interface Repository {
  files: readonly string[];
  read(path: string): string;
}

/**
 * Every image build that the repository's compose files, workflows and build scripts write down. What hangs on a variable
 * is left out, and so is a file that can't be read: this only helps to guess.
 */
export function imageBuilds(repository: Repository): ImageBuild[] {
  return repository.files.flatMap((file) => {
    const read = readers.find(({ names }) => names.test(file))?.read;
    if (!read) return [];
    try {
      return read(file, repository.read(file));
    } catch {
      return [];
    }
  });
}

const readers: readonly { names: RegExp; read: (file: string, text: string) => ImageBuild[] }[] = [
  { names: /(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/, read: composeBuilds },
  { names: /^\.github\/workflows\/[^/]+\.ya?ml$/, read: workflowBuilds },
  { names: /(?:^|\/)(?:Makefile|[^/]+\.sh|[^/]+\.mk)$/, read: scriptBuilds },
];

/** `services.NAME.build`, see the Compose specification, "build". */
function composeBuilds(file: string, text: string): ImageBuild[] {
  const { value, lineOf } = readYaml(text);
  return Object.entries(section(section(value).services)).flatMap(([service, settings]) => {
    const written = section(settings).build;
    const build = typeof written === "string" ? { context: written } : section(written);
    const context = plain(build.context);
    const dockerfile = plain(build.dockerfile) ?? "Dockerfile";
    if (context === null || isElsewhere(context)) return [];
    const directory = posix.join(posix.dirname(file), context);
    return [
      {
        dockerfile: posix.join(directory, dockerfile),
        context: directory.replace(/(.)\/$/, "$1"),
        buildArgs: argumentsOf(build.args),
        target: plain(build.target),
        from: `${file}:${lineOf(["services", service, "build"])}`,
      },
    ];
  });
}

/** Steps that use docker/build-push-action, and those that run a builder themselves. */
function workflowBuilds(file: string, text: string): ImageBuild[] {
  const { value, lineOf } = readYaml(text);
  return Object.entries(section(section(value).jobs)).flatMap(([job, settings]) => {
    const { steps, defaults } = section(settings);
    const usual = plain(section(section(defaults).run)["working-directory"]);
    return (Array.isArray(steps) ? steps : []).flatMap((step: unknown, index): ImageBuild[] => {
      const { uses, run, with: given, "working-directory": directory } = section(step);
      const from = `${file}:${lineOf(["jobs", job, "steps", index])}`;
      if (typeof run === "string") return shellBuilds(run, plain(directory) ?? usual ?? ".", from);
      if (typeof uses !== "string" || !/^docker\/build-push-action@/.test(uses)) return [];
      return actionBuild(section(given), from);
    });
  });
}

function actionBuild(given: Readonly<Record<string, unknown>>, from: string): ImageBuild[] {
  const context = given.context === undefined ? "." : plain(given.context);
  if (context === null || isElsewhere(context)) return [];
  const file = given.file === undefined ? posix.join(context, "Dockerfile") : plain(given.file);
  if (file === null) return [];
  const lines = typeof given["build-args"] === "string" ? given["build-args"].split("\n") : [];
  return [
    {
      dockerfile: posix.normalize(file),
      context: posix.normalize(context).replace(/(.)\/$/, "$1"),
      buildArgs: argumentsOf(lines),
      target: plain(given.target),
      from,
    },
  ];
}

/** A script is run from the root, or from its own folder. */
function scriptBuilds(file: string, text: string): ImageBuild[] {
  const folder = posix.dirname(file);
  const directories = folder === "." ? ["."] : [".", folder];
  return directories.flatMap((directory) => shellBuilds(text, directory, file));
}

/** `K: V`, or `K=V` in a list. */
function argumentsOf(written: unknown): Record<string, string> {
  const pairs: [string, unknown][] = Array.isArray(written)
    ? written.flatMap((item): [string, unknown][] => {
        const [, name = "", value] = /^\s*([^=\s]+)=(.*?)\s*$/s.exec(String(item)) ?? [];
        return value === undefined ? [] : [[name, value]];
      })
    : Object.entries(section(written));
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => {
      const known = plain(value);
      return known === null ? [] : [[name, known]];
    }),
  );
}

/** A text without variables; null for what is none, or has them. */
function plain(value: unknown): string | null {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && !value.includes("$") ? value : null;
}

function isElsewhere(context: string): boolean {
  return /^(?:[a-z+]+:\/\/|git@|github\.com\/)|^\//.test(context);
}

function section(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function readYaml(text: string): { value: unknown; lineOf: (path: readonly (string | number)[]) => number } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, logLevel: "silent" });
  const lineOf = (path: readonly (string | number)[]) => {
    const node = document.getIn(path, true);
    const offset =
      typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range) ? node.range[0] : 0;
    return lineCounter.linePos(Number(offset)).line || 1;
  };
  return { value: document.toJS({ maxAliasCount: 100 }), lineOf };
}
