import { existsSync } from "node:fs";
import { copyFile, lstat, mkdir, mkdtemp, readlink, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import type { LoadedManifest } from "../manifest/load.ts";
import { componentSources } from "../manifest/schema.ts";
import type { Finding } from "../model/finding.ts";
import type { ResolvedPlace } from "../model/place.ts";
import { imageFindings, unchecked } from "../preflight/guards/image.ts";
import type { ImageSource, Provider } from "../providers/provider.ts";
import { isSource, type SourcePaths } from "../revision/cover.ts";

/**
 * Whether the images that are built of components will hold all that they start, as the files lie in the working copy now.
 * An image that is built alike for several targets or environments is checked once.
 *
 * @param files of the working copy, as `workingFiles` gives them.
 */
export async function checkComponentImages(
  { root, manifest }: LoadedManifest,
  places: readonly ResolvedPlace[],
  providers: readonly Provider[],
  files: readonly string[],
): Promise<Finding[]> {
  const images = imagesOf(places, providers);
  if (images.length === 0) return [];
  const sources = componentSources(manifest);
  const found: Finding[] = [];
  for (const { component, image } of images) {
    const source = sources[component];
    if (!image.checked) found.push(unchecked(component));
    else if (source?.from) found.push(elsewhere(component, source.from.git));
    else if (source) found.push(...(await checkOne(component, image, { root, files, source })));
  }
  return found;
}

function imagesOf(places: readonly ResolvedPlace[], providers: readonly Provider[]) {
  const images = places.flatMap((place) => {
    const image = providers.find(({ type }) => type === place.type)?.image?.(place);
    return image ? [{ component: place.component, image: { ...image, buildArgs: known(image.buildArgs) } }] : [];
  });
  return [...new Map(images.map((each) => [JSON.stringify(each), each])).values()];
}

/** Without those that hang on the commit, or on a variable that is not set here. */
function known(buildArgs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(buildArgs).filter(([, value]) => !value.includes("${")));
}

function elsewhere(component: string, repository: string): Finding {
  const message = `its files are in ${repository}: the image is checked when a deploy is planned`;
  return { code: "image-unchecked", level: "note", component, message };
}

interface Sources {
  root: string;
  files: readonly string[];
  source: SourcePaths;
}

async function checkOne(component: string, image: ImageSource, { root, files, source }: Sources): Promise<Finding[]> {
  const context = await mkdtemp(join(tmpdir(), "landfall-image-"));
  try {
    const own = files.filter((file) => isSource(file, source));
    for (const file of own) await lay(join(root, file), join(context, file));
    for (const file of own) await layLinked(root, file, files, context);
    return await imageFindings(component, image, context, files);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** A link that leads out of the component is shipped as what it leads to: here too, where that is one of the files. */
async function layLinked(root: string, file: string, files: readonly string[], context: string): Promise<void> {
  const link = join(context, file);
  const isLink = (await lstat(link).catch(() => null))?.isSymbolicLink();
  if (!isLink || existsSync(link)) return;
  const real = await realpath(join(root, file)).catch(() => root);
  const target = relative(await realpath(root), real)
    .split(sep)
    .join("/");
  const led = files.filter((other) => other === target || other.startsWith(`${target}/`));
  if (led.length > 0) await rm(link);
  for (const other of led) await lay(join(root, other), join(link, other.slice(target.length)));
}

/** Copies a file or a link. What is listed and gone, and the folder of a submodule, is left out. */
async function lay(from: string, to: string): Promise<void> {
  const found = await lstat(from).catch(() => null);
  if (!found?.isFile() && !found?.isSymbolicLink()) return;
  await mkdir(dirname(to), { recursive: true });
  if (found.isSymbolicLink()) await symlink(await readlink(from), to);
  else await copyFile(from, to);
}
