import { dirname, relative, resolve } from "node:path";
import { imageBuilds, type Repository } from "./builds.ts";
import { simulate } from "./dockerfile/simulate.ts";
import type { ImageBuild } from "./shell-builds.ts";

/** One way of building a Dockerfile. Paths are absolute. */
export interface Way {
  dockerfile: string;
  context: string;
  /** Where the repository says so: `compose.yaml:4`; null when nothing does. */
  from: string | null;
  buildArgs: Readonly<Record<string, string>>;
  target?: string | undefined;
}

/** What is known of a build before the repository is looked at. */
export interface GivenWay {
  context?: string | undefined;
  buildArgs: Readonly<Record<string, string>>;
  target?: string | undefined;
}

/**
 * The ways in which a Dockerfile is built: with the context that was given, or else each that the repository writes down, or
 * else with the folder, from the Dockerfile's own up to the root, that holds the most of what the Dockerfile copies.
 *
 * @param root the repository's, absolute.
 */
export async function waysToBuild(
  dockerfile: string,
  given: GivenWay,
  repository: Repository & { root: string },
): Promise<Way[]> {
  const { context, buildArgs, target } = given;
  if (context !== undefined) return [{ dockerfile, context, from: null, buildArgs, target }];
  const written = distinct(imageBuilds(repository)).filter(
    (build) => resolve(repository.root, build.dockerfile) === dockerfile,
  );
  const ways = written.map((build) => ({
    dockerfile,
    context: resolve(repository.root, build.context),
    from: build.from,
    buildArgs: { ...build.buildArgs, ...buildArgs },
    target: target ?? build.target ?? undefined,
  }));
  if (ways.length > 0) return ways;
  return [
    { dockerfile, context: await likelyContext(dockerfile, given, repository.root), from: null, buildArgs, target },
  ];
}

/** The same build may be written down in a compose file and in a workflow. */
function distinct(builds: readonly ImageBuild[]): ImageBuild[] {
  const byMeaning = new Map<string, ImageBuild>();
  for (const build of builds) {
    const { from: _, ...meaning } = build;
    const key = JSON.stringify(meaning);
    if (!byMeaning.has(key)) byMeaning.set(key, build);
  }
  return [...byMeaning.values()];
}

async function likelyContext(dockerfile: string, { buildArgs, target }: GivenWay, root: string): Promise<string> {
  const folders = foldersUp(dirname(dockerfile), root);
  const missing = await Promise.all(
    folders.map(async (context) => {
      const image = await simulate({ dockerfile, context, repository: root, buildArgs, target });
      return image.findings.filter(({ code }) => code === "image-copy-missing").length;
    }),
  );
  // The nearest of equals.
  return folders[missing.indexOf(Math.min(...missing))] ?? dirname(dockerfile);
}

function foldersUp(folder: string, root: string): string[] {
  const folders = [folder];
  for (let here = folder; here !== root && !relative(root, here).startsWith(".."); here = dirname(here))
    folders.push(dirname(here));
  return folders;
}
