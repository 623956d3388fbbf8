import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { git } from "../../io/git.ts";
import { readFiles } from "../../io/git-blobs.ts";
import type { Finding } from "../../model/finding.ts";
import type { ImageFinding } from "../../model/image-finding.ts";
import type { ImageSource } from "../../providers/provider.ts";
import { staysBelow } from "../../util/stays-below.ts";
import type { Guard, GuardInput, GuardSource } from "../guard.ts";

/** Whether each image that is to be built holds all that it starts. It is checked from the commit's files, before anything is built. */
export const imageGuard: Guard = async (input) => {
  const images = imagesToBuild(input);
  const found = await Promise.all(
    images.map(async ({ component, image }) => await findingsOf(component, image, input.sourceOf(component))),
  );
  return found.flat();
};

/** Each once: what a component's image is built from and started with is mostly the same on all its targets. */
function imagesToBuild({ surveyed, places }: GuardInput): { component: string; image: ImageSource }[] {
  const images = surveyed.flatMap(({ place, provider }) => {
    const steps = places.find((other) => other.place === place)?.planned.steps ?? [];
    const image = steps.length === 0 ? null : provider.image?.(place);
    return image ? [{ component: place.component, image }] : [];
  });
  return [...new Map(images.map((each) => [JSON.stringify(each), each])).values()];
}

async function findingsOf(component: string, image: ImageSource, source: GuardSource): Promise<Finding[]> {
  if (!image.checked) return [unchecked(component)];
  const stray = source.files.find(({ path }) => !staysBelow(path));
  if (stray !== undefined) return [strayFile(component, stray.path)];
  const context = await mkdtemp(join(tmpdir(), "landfall-image-"));
  try {
    await layFiles(context, source);
    const names = await git(source.repository, ["ls-tree", "-r", "-z", "--name-only", source.commit]);
    return await imageFindings(component, image, context, names.split("\0").filter(Boolean));
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** Nothing of such a component is laid down: the file would be written wherever its path leads. */
function strayFile(component: string, path: string): Finding {
  const message = `the commit has a file at ${path}, outside of the component`;
  return { code: "path-escapes", level: "block", component, message };
}

/** What is said of an image that the manifest takes out of the check. */
export function unchecked(component: string): Finding {
  const message = "the image check is switched off in the manifest: what the image lacks will show when it runs";
  return { code: "image-unchecked", level: "warning", component, message };
}

/**
 * What is wrong with the image that a component is built to.
 *
 * @param context the folder that holds the component's files and nothing else
 * @param repositoryFiles what counts as our own code, relative to the context
 */
export async function imageFindings(
  component: string,
  image: ImageSource,
  context: string,
  repositoryFiles: readonly string[],
): Promise<Finding[]> {
  if (!existsSync(join(context, image.dockerfile))) return [withoutDockerfile(component, image)];
  // Loaded here: most rollouts build no image.
  const { checkImage } = await import("../../image/check.ts");
  const { findings } = await checkImage({
    dockerfile: join(context, image.dockerfile),
    context,
    buildArgs: image.buildArgs,
    target: image.target,
    command: image.command,
    env: image.env,
    mounts: image.mounts,
    repositoryFiles,
  });
  return findings.map((finding) => asFinding(finding, component));
}

function withoutDockerfile(component: string, { dockerfile }: ImageSource): Finding {
  const message = `there is no ${dockerfile} among the component's files`;
  const fix = "put it under `source`, or name another with `image: { dockerfile: … }`";
  return { code: "image-dockerfile-invalid", level: "block", component, message, fix };
}

/** Lays a component's files down as they are in git. Links are laid as links; what they lead to is never written through. */
async function layFiles(context: string, { repository, files }: GuardSource): Promise<void> {
  const blobs = files.filter(({ mode }) => mode !== "160000");
  await Promise.all(
    [...new Set(blobs.map(({ path }) => dirname(path)))].map((folder) =>
      mkdir(join(context, folder), { recursive: true }),
    ),
  );
  const contents = readFiles(repository, blobs);
  for (const { path, mode } of blobs) {
    const next = await contents.next();
    if (next.done) throw new Error(`git did not give the content of ${path}`);
    const at = join(context, path);
    if (mode === "120000") await symlink(next.value.toString("utf8"), at);
    else await writeFile(at, next.value);
    if (mode === "100755") await chmod(at, 0o755);
  }
}

function asFinding(
  { code, level, message, importer, line, chain = [], fix }: ImageFinding,
  component: string,
): Finding {
  const way = chain.length > 1 ? `; needed by ${chain.join(" → ")}` : "";
  return {
    code,
    level,
    component,
    message: message + way,
    ...(importer === undefined ? {} : { file: importer }),
    ...(line === undefined ? {} : { line }),
    // What could not be told is cured by options of `check image`, which a manifest's component has no use for.
    ...(fix === undefined || code === "image-undetermined" ? {} : { fix }),
  };
}
