import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { git } from "../io/git.ts";
import { type ImageSights, imageOf, installsOf, type Sights } from "../manifest/draft.ts";

/** What a repository tells of what it is and how it is run. Reads only. */
export async function lookAtRepository(directory: string): Promise<Sights & { root: string; notes: string[] }> {
  const root = rootOf(directory);
  const isRepository = existsSync(join(root, ".git"));
  const files = isRepository ? await trackedFiles(root) : readdirSync(root);
  const application = slug(isRepository ? await remoteName(root) : null) ?? slug(basename(root)) ?? "app";
  const units = unitsOf(files);
  // What runs as a unit already goes on as one.
  const image = units.length > 0 ? null : imageAt(root, files);
  const unit = units[0]?.name ?? application;
  return {
    root,
    application,
    branch: (isRepository ? await mainBranch(root) : null) ?? "main",
    unit,
    installs: installsOf(files),
    buildScript: hasBuildScript(root, files),
    django: files.includes("manage.py"),
    image,
    notes: notesOf(files, units, unit, image, isRepository),
  };
}

function rootOf(directory: string): string {
  for (let here = resolve(directory); ; here = dirname(here)) {
    if (existsSync(join(here, ".git"))) return here;
    if (here === dirname(here)) return resolve(directory);
  }
}

async function trackedFiles(root: string): Promise<string[]> {
  const listed = await git(root, ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  return listed.split("\0").filter((file) => file !== "");
}

async function remoteName(root: string): Promise<string | null> {
  const remote = (await git(root, ["config", "--get", "remote.origin.url"], { allowStatus: [1] })).trim();
  return remote === ""
    ? null
    : (remote
        .replace(/\/+$/, "")
        .replace(/\.git$/, "")
        .split(/[/:\\]/)
        .at(-1) ?? null);
}

/** The remote's own main branch, or else what is checked out. */
async function mainBranch(root: string): Promise<string | null> {
  const symbolic = async (ref: string) =>
    (await git(root, ["symbolic-ref", "--quiet", "--short", ref], { allowStatus: [1, 128] })).trim();
  const branch = (await symbolic("refs/remotes/origin/HEAD")).replace(/^origin\//, "") || (await symbolic("HEAD"));
  return /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(branch) ? branch : null;
}

function slug(text: string | null): string | null {
  const plain = (text ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return plain === "" ? null : plain;
}

/** systemd units that the repository carries. Templates (`name@.service`) are no units by themselves. */
function unitsOf(files: readonly string[]): { name: string; file: string }[] {
  return files
    .map((file) => ({ name: basename(file, ".service"), file }))
    .filter(({ name, file }) => file.endsWith(".service") && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name));
}

function hasBuildScript(root: string, files: readonly string[]): boolean {
  if (!files.includes("package.json")) return false;
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    return typeof (parsed as { scripts?: { build?: unknown } } | null)?.scripts?.build === "string";
  } catch {
    return false;
  }
}

/** The Dockerfile at the root, which takes what lies there as its context; `Dockerfile` before any other. */
function imageAt(root: string, files: readonly string[]): ImageSights | null {
  const plain = dockerfilesOf(files).filter((file) => /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(file));
  const dockerfile = plain.find((file) => file === "Dockerfile") ?? plain[0];
  if (dockerfile === undefined) return null;
  try {
    return imageOf(dockerfile, readFileSync(join(root, dockerfile), "utf8"));
  } catch {
    return null;
  }
}

function dockerfilesOf(files: readonly string[]): string[] {
  return files.filter((file) => /(^|\/)(Dockerfile(\.(?!dockerignore$)[^/]*)?|[^/]+\.Dockerfile)$/i.test(file));
}

function notesOf(
  files: readonly string[],
  units: readonly { file: string }[],
  unit: string,
  image: ImageSights | null,
  isRepository: boolean,
): string[] {
  const images = dockerfilesOf(files).filter((file) => file !== image?.dockerfile);
  const templates = files.filter((file) =>
    /(^|\/)(template\.(ya?ml|json)|[^/]+\.(cfn|cloudformation)\.(ya?ml|json)|[^/]+\.template)$/.test(file),
  );
  const workflows = files.filter((file) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(file));
  const unused = "which the manifest does not use";
  const only = images.length === 1 ? images[0] : undefined;
  return [
    ...(isRepository ? [] : ["this is not a git repository yet: Landfall deploys commits, so make it one"]),
    componentNote(units, unit, image),
    ...(images.length > 0
      ? [
          `found ${listed(images)}, ${unused}: a component with \`type: docker\` and \`image: { dockerfile: ${only ?? "…"} }\` would run its image`,
        ]
      : []),
    ...(templates.length > 0
      ? [
          `found ${listed(templates)}, ${unused}: a component with \`type: cloudformation\` or \`type: lambda-layer\` would ship to an AWS account`,
        ]
      : []),
    ...(workflows.length > 0 ? [`found ${listed(workflows)}: look there for steps that deploy now`] : []),
  ];
}

/** What the draft makes of the application, and why. */
function componentNote(units: readonly { file: string }[], unit: string, image: ImageSights | null): string {
  if (image) return `found ${image.dockerfile}: the component is a container of its image`;
  const [first] = units;
  if (units.length > 1)
    return `the repository has several units, the first was taken: ${listed(units.map(({ file }) => file))}`;
  return first
    ? `found ${first.file}: the component runs as this systemd unit`
    : `found no systemd unit, and no Dockerfile at the root: the component is to run as a unit called \`${unit}\`, which the machine must have`;
}

function listed(files: readonly string[]): string {
  const more = files.length > 5 ? ` and ${files.length - 5} more` : "";
  return `${files.slice(0, 5).join(", ")}${more}`;
}
