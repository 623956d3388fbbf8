import { relative, sep } from "node:path";
import type { ImageFinding } from "../model/image-finding.ts";
import { simulate } from "./dockerfile/simulate.ts";
import { type Entries, entriesOf } from "./entry.ts";
import type { Simulated } from "./image-tree.ts";
import type { Entry, Needed } from "./language.ts";
import { covered, withMounts } from "./mounts.ts";
import { python } from "./python/index.ts";

/** An image that is to be checked. */
export interface ImageRequest {
  /** The Dockerfile, absolute. */
  dockerfile: string;
  /** The folder that the build is given, absolute. */
  context: string;
  /** The root of the repository that both are of, where there is one besides the context. */
  repository?: string | undefined;
  buildArgs: Readonly<Record<string, string>>;
  /** The stage to build; the last one when it is not given. */
  target?: string | undefined;
  /** What the container is given in place of CMD. */
  command?: readonly string[] | undefined;
  /** Variables that the container is given over the image's own; null: a value that is not known here. */
  env?: Readonly<Record<string, string | null>> | undefined;
  /** Paths of the container over which something else is mounted. */
  mounts?: readonly string[] | undefined;
  /** What is started, in place of what the Dockerfile says: a command line. */
  entry?: string | undefined;
  /** Files of the repository, relative to the context (`../` for those outside of it): what counts as our own code. */
  repositoryFiles: readonly string[];
  /** Which of these paths, relative to the context, git ignores: something builds them before the image. */
  ignored?: ((paths: readonly string[]) => Promise<ReadonlySet<string>>) | undefined;
}

/** What is known of an image without building it. */
export interface ImageReport {
  /** What is started, as written. */
  entries: readonly string[];
  /** All that is wrong, or could not be told; in the order of the files. */
  findings: readonly ImageFinding[];
  /** Every module of our own that what is started needs, by its dotted name. */
  needed: ReadonlyMap<string, Needed>;
  /** Folders of the image in which modules are looked for. */
  path: readonly string[];
  /** Files and folders of the repository that are a module, relative to the context. */
  sourcesOf: (module: string) => readonly string[];
}

/**
 * Tells whether an image will hold all that its entry point imports, from its Dockerfile and build context alone.
 * Throws a UserError when the Dockerfile or the context can't be read.
 */
export async function checkImage(request: ImageRequest): Promise<ImageReport> {
  const { mounts = [] } = request;
  const image = withMounts(asStarted(await simulate(request), request), mounts);
  const { entries, findings } = started(image, request.entry);
  const closure = python.check(image, entries, request.repositoryFiles);
  const dockerfile = relative(request.context, request.dockerfile).split(sep).join("/");
  const placed = findings.map((finding) => ({ importer: dockerfile, ...finding }));
  const own = closure.findings.map((finding) =>
    finding.importer === undefined ? { ...finding, importer: dockerfile } : finding,
  );
  const unversioned = new Map(
    closure.findings.flatMap((finding, at) => {
      const path = closure.unversioned.get(finding);
      const shown = own[at];
      return path === undefined || !shown ? [] : [[shown, path] as const];
    }),
  );
  const open = [...untold(entries, own), ...covered(entries, closure.needed, mounts)].map((finding) => ({
    importer: dockerfile,
    ...finding,
  }));
  const found = await builtElsewhere([...image.findings, ...placed, ...own, ...open], unversioned, request);
  return {
    entries: entries.map((entry) => entry.label),
    findings: found,
    needed: closure.needed,
    path: closure.path,
    sourcesOf: closure.sourcesOf,
  };
}

/** The image with the command and the variables that its container is given. */
function asStarted(image: Simulated, { command, env = {} }: ImageRequest): Simulated {
  const needs = Object.entries(image.needs).filter(([name]) => !Object.hasOwn(env, name));
  const given: Simulated = { ...image, env: { ...image.env, ...env }, needs: Object.fromEntries(needs) };
  if (command === undefined) return given;
  return { ...given, cmd: { form: "exec", argv: command, line: image.cmd?.line ?? 1 } };
}

/** What it starts; of a Dockerfile that can't be built nobody asks what it would start. */
function started(image: Simulated, entry: string | undefined): Entries {
  const found = entriesOf(image, entry);
  const builds = image.findings.every(({ code }) => code !== "image-dockerfile-invalid");
  return builds || found.entries.length > 0 ? found : { entries: [], findings: [] };
}

/** Where nothing is started for sure, something that is missing may be missed by the one that is started. */
function untold(entries: readonly Entry[], findings: readonly ImageFinding[]): ImageFinding[] {
  const lacks = findings.some(({ code, level }) => level === "warning" && lacking.has(code));
  if (!lacks || entries.some(({ runs }) => runs === "surely")) return [];
  const message = `which of these it starts hangs on a condition: ${entries.map(({ label }) => label).join(", ")}`;
  return [{ code: "image-undetermined", level: "warning", message, fix: "say what is started with --entry" }];
}

const lacking: ReadonlySet<string> = new Set<ImageFinding["code"]>([
  ...(["image-module-missing", "image-name-missing", "image-entry-missing", "image-syntax-error"] as const),
]);

/** What git ignores is made by something before the image is: whether it was can't be told here. */
async function builtElsewhere(
  findings: readonly ImageFinding[],
  unversioned: ReadonlyMap<ImageFinding, string>,
  { ignored }: ImageRequest,
): Promise<readonly ImageFinding[]> {
  const pathOf = (finding: ImageFinding) =>
    finding.code === "image-copy-missing" ? finding.module?.replace(/^\/+/, "") : unversioned.get(finding);
  const paths = findings.flatMap((finding) => pathOf(finding) ?? []);
  if (paths.length === 0 || !ignored) return findings;
  const elsewhere = await ignored(paths);
  return findings.map((finding) => {
    const path = pathOf(finding);
    if (path === undefined || !elsewhere.has(path)) return finding;
    const { effect: _, fix: __, ...rest } = finding;
    const message = `${path} is not here, and git ignores it: it has to be built before the image`;
    return { ...rest, code: "image-copy-built-elsewhere", level: "warning", message };
  });
}
