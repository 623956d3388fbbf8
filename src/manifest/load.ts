import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { UserError, userError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import type { Provider } from "../providers/provider.ts";
import { type Path, type Position, readYaml, type YamlFile } from "./document.ts";
import { unsetMistakes } from "./expressions.ts";
import { findManifest } from "./find.ts";
import type { Mistake } from "./issues.ts";
import { ruleMistakes } from "./rules.ts";
import { Manifest, manifestSchema } from "./schema.ts";
import { validate } from "./validate.ts";
import { type Section, section } from "./written.ts";

export interface LoadedManifest {
  /** Absolute path of the file. */
  file: string;
  /** The file as findings name it: relative to the directory that was looked in. */
  shownFile: string;
  /** Absolute path of the directory that holds it. */
  root: string;
  /** `sha256:` + hex of the file's bytes. */
  digest: string;
  manifest: Manifest;
  /** Where a part of the manifest stands in the file. */
  locate(path: Path, part?: "key" | "value"): Position;
}

export interface LoadOptions {
  /** Where to look. Absolute. */
  directory: string;
  /** The manifest's file, when it was named. Relative to `directory` or absolute. */
  file?: string | undefined;
  providers: readonly Provider[];
  /** What the manifest will be resolved with: when something else is wrong, the variables that are not set are told with it. */
  resolvedWith?: { env: Readonly<Record<string, string | undefined>>; environment: string } | undefined;
}

const mostBytes = 1024 * 1024;

/**
 * Finds, reads and checks the manifest. Throws a UserError (`invalid`) with everything that is wrong at once,
 * each with file, line and column.
 */
export async function loadManifest(options: LoadOptions): Promise<LoadedManifest> {
  const { directory, file } = options;
  const path = findManifest(directory, file);
  const shownFile = relative(directory, path);
  const bytes = readBytes(path, shownFile);
  const yaml = readYaml(bytes.toString("utf8"));
  const written = check(yaml, shownFile, options);
  return {
    file: path,
    shownFile,
    root: dirname(path),
    digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    manifest: Manifest.parse(written),
    locate: yaml.locate,
  };
}

function readBytes(path: string, shownFile: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw userError("invalid", "no-manifest", `${shownFile} cannot be read: ${(error as Error).message}`);
  }
  if (bytes.length > mostBytes)
    throw userError("invalid", "bad-yaml", "the manifest is larger than 1 MiB", {
      file: shownFile,
      line: 1,
      column: 1,
    });
  if (!isUtf8(bytes))
    // Read all the same, what cannot be read would become another character, and a command another command.
    throw userError("invalid", "bad-yaml", "the manifest is not UTF-8", {
      file: shownFile,
      line: firstLineNotUtf8(bytes),
      column: 1,
      fix: "save it as UTF-8",
    });
  return bytes;
}

function firstLineNotUtf8(bytes: Buffer): number {
  let line = 1;
  for (let from = 0, end = bytes.indexOf(10); end >= 0 && isUtf8(bytes.subarray(from, end)); line++) {
    from = end + 1;
    end = bytes.indexOf(10, from);
  }
  return line;
}

/** The manifest's value without its `x-` keys, when nothing is wrong with it. */
function check(yaml: YamlFile, file: string, { providers, resolvedWith }: LoadOptions): unknown {
  const unread = yaml.mistakes.map((mistake): Finding => ({ code: "bad-yaml", level: "block", file, ...mistake }));
  if (yaml.value === undefined) throw new UserError("invalid", unread.sort(byPlace));
  if (section(yaml.value) !== yaml.value)
    throw userError("invalid", "bad-yaml", "the manifest must be a section with keys such as `application:`", {
      file,
      line: 1,
      column: 1,
    });
  const { mistakes, value } = validate(manifestSchema(providers), yaml.value);
  const found = [...mistakes, ...ruleMistakes(value, providers)];
  if (found.length === 0 && unread.length === 0) return value;
  const unset = resolvedWith ? unsetVariables(section(value), resolvedWith) : [];
  const findings = findingsOf([...found, ...unset], { shownFile: file, locate: yaml.locate });
  throw new UserError("invalid", [...unread, ...findings].sort(byPlace));
}

function unsetVariables(manifest: Section, { env, environment }: NonNullable<LoadOptions["resolvedWith"]>): Mistake[] {
  return [
    ...unsetMistakes(manifest.components, env, ["components"]),
    ...unsetMistakes(section(manifest.environments)[environment], env, ["environments", environment]),
  ];
}

/** More than anyone reads, and few enough to find the places of. */
const mostFindings = 200;

/**
 * Mistakes as findings with their places, in the order of the file, each once. Of more than 200, those that block come
 * first, and a last finding says how many were left out.
 */
export function findingsOf(
  mistakes: readonly Mistake[],
  { shownFile: file, locate }: Pick<LoadedManifest, "shownFile" | "locate">,
): Finding[] {
  // The schema and the rules may both see that something is missing; the first to say so has said it.
  const once = [
    ...new Map(mistakes.map((mistake) => [`${mistake.path.join("\0")}\0${mistake.message}`, mistake])).values(),
  ];
  const blocksFirst = [
    ...once.filter((one) => one.level !== "warning"),
    ...once.filter((one) => one.level === "warning"),
  ];
  const told = blocksFirst.slice(0, mostFindings).map((mistake) => findingOf(mistake, file, locate));
  const inOrder = told.sort(byPlace);
  const [next, ...others] = blocksFirst.slice(mostFindings);
  if (next === undefined) return inOrder;
  return [
    ...inOrder,
    { ...findingOf(next, file, locate), message: `${next.message}; and ${others.length} more like this` },
  ];
}

function byPlace(a: Finding, b: Finding): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function findingOf(mistake: Mistake, file: string, locate: LoadedManifest["locate"]): Finding {
  const { code, level = "block", message, path, part } = mistake;
  return { code, level, message, file, ...locate(path, part) };
}
