import { statSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { checkImage } from "../image/check.ts";
import { explainModule } from "../image/explain.ts";
import { verdictOf } from "../image/verdict.ts";
import { type Way, waysToBuild } from "../image/ways.ts";
import { userError } from "../model/errors.ts";
import type { CheckedImage, ImageAnswer } from "../model/image-answer.ts";
import type { ImageFinding } from "../model/image-finding.ts";
import { type ImageFiles, readImageFiles } from "./image-files.ts";

/** What to check. Paths are relative to `directory`. */
export interface CheckImageRequest {
  directory: string;
  /** All that the repository has when empty. */
  dockerfiles: readonly string[];
  /** The build context; found out when it is not given. */
  context?: string | undefined;
  buildArgs: Readonly<Record<string, string>>;
  target?: string | undefined;
  entry?: string | undefined;
  /** A module to tell about, by its dotted name. */
  explain?: string | undefined;
}

/**
 * Tells of each Dockerfile whether its image will hold all that it starts. A Dockerfile that is built in several ways is
 * checked in each of them. Reads only; needs no manifest and no engine.
 * Throws a UserError for a Dockerfile or context that can't be read.
 */
export async function checkImages(request: CheckImageRequest): Promise<ImageAnswer> {
  const { directory, context, buildArgs, target } = request;
  const around = await readImageFiles(directory);
  if (context !== undefined && !isThere(resolve(directory, context), "folder"))
    throw userError("invalid", "usage", `there is no folder ${context}`);
  const given = { context: context === undefined ? undefined : resolve(directory, context), buildArgs, target };
  const images: CheckedImage[] = [];
  for (const dockerfile of dockerfilesOf(request, around))
    for (const way of await waysToBuild(dockerfile, given, around)) images.push(await checkWay(way, request, around));
  return { images };
}

function dockerfilesOf({ directory, dockerfiles }: CheckImageRequest, { root, files }: ImageFiles): string[] {
  const named = dockerfiles.map((dockerfile) => fileNamed(dockerfile, directory));
  const here = files.map((file) => resolve(root, file)).filter((file) => isWithin(directory, file));
  const chosen =
    named.length > 0 ? named : here.filter((file) => dockerfileName.test(basename(file)) && isThere(file, "file"));
  if (chosen.length > 0) return [...new Set(chosen)];
  const fix = "landfall check image DOCKERFILE";
  throw userError("invalid", "usage", "there is no Dockerfile here", { fix });
}

function fileNamed(dockerfile: string, directory: string): string {
  const file = resolve(directory, dockerfile);
  if (isThere(file, "file")) return file;
  if (!isThere(file, "folder")) throw userError("invalid", "usage", `there is no file ${dockerfile}`);
  const fix = `name the Dockerfile in it, or take all of them: landfall -C ${dockerfile} check image`;
  throw userError("invalid", "usage", `${dockerfile} is a folder`, { fix });
}

function isThere(path: string, kind: "file" | "folder"): boolean {
  try {
    const found = statSync(path);
    return kind === "file" ? found.isFile() : found.isDirectory();
  } catch {
    return false;
  }
}

const dockerfileName = /^(?:Docker|Container)file(?:\.(?!dockerignore$)[^/]+)?$|\.(?:Docker|Container)file$/i;

function isWithin(directory: string, file: string): boolean {
  return !relative(directory, file).startsWith("..");
}

async function checkWay(
  way: Way,
  { directory, entry, explain }: CheckImageRequest,
  around: ImageFiles,
): Promise<CheckedImage> {
  const { dockerfile, context, buildArgs, target } = way;
  const report = await checkImage({
    dockerfile,
    context,
    repository: around.root,
    buildArgs,
    target,
    entry,
    repositoryFiles: around.files.map((file) => relative(context, resolve(around.root, file))),
    ignored: async (paths) => {
      const fromRoot = new Map(paths.map((path) => [relative(around.root, resolve(context, path)), path]));
      const found = await around.ignored([...fromRoot.keys()]);
      return new Set([...fromRoot].flatMap(([name, path]) => (found.has(name) ? [path] : [])));
    },
  });
  const shown = (path: string) => relative(directory, resolve(context, path)) || ".";
  return {
    dockerfile: relative(directory, dockerfile),
    context: shown("."),
    contextFrom: way.from,
    target: target ?? null,
    entries: [...report.entries],
    modules: report.needed.size,
    verdict: verdictOf(report),
    findings: report.findings.map((finding) => placed(finding, shown)),
    ...(explain === undefined ? {} : { explained: explainModule(explain, report) }),
  };
}

/** The finding with its paths as the person who asked sees them. */
function placed(finding: ImageFinding, shown: (path: string) => string): ImageFinding {
  return {
    ...finding,
    ...(finding.importer === undefined ? {} : { importer: shown(finding.importer) }),
    ...(finding.chain === undefined ? {} : { chain: finding.chain.map((link) => placedLink(link, shown)) }),
  };
}

/** `module (file:line)` */
function placedLink(link: string, shown: (path: string) => string): string {
  return link.replace(/\(([^()]+):(\d+)\)$/, (_, path: string, line: string) => `(${shown(path)}:${line})`);
}
