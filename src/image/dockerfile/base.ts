import type { ImageCommand } from "../image-tree.ts";
import { DirectoryNode } from "./tree.ts";

/** What is known of an image that a stage begins with. */
export interface Base {
  /** As written, expanded; null when it hangs on a build argument that was not given. */
  name: string | null;
  /** Whether it is one whose content is common knowledge: its own files lie in the system's folders, and nowhere else. */
  plain: boolean;
}

/** Images that hold a system or a language and no application, by the last part of their name, which mirrors keep. */
const plainNames = new Set(
  [
    "alpine amazonlinux archlinux busybox debian fedora rockylinux almalinux ubuntu ubi8 ubi9 ubi-minimal minideb",
    "wolfi-base chainguard-base python python3 pypy node golang rust ruby openjdk eclipse-temurin nginx",
    "python3-debian11 python3-debian12 cuda pytorch tensorflow miniconda3 micromamba uv lambda-python",
  ].flatMap((names) => names.split(" ")),
);

/** Names that say so little that only the whole of them counts. */
const plainPaths = /(?:^|\/)(?:lambda\/python|distroless\/(?:base|static|cc|python3)(?:-.*)?)$/;

export function baseOf(name: string | null): Base {
  if (name === null) return { name, plain: false };
  const path = name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const last = path.split("/").at(-1) ?? "";
  return { name, plain: plainNames.has(last) || plainPaths.test(path) };
}

/** What an image starts that says nothing of it: of those that are known, only distroless ones of Python have an ENTRYPOINT. */
export function entrypointOf({ name }: Base, line: number): ImageCommand | null {
  return /(?:^|\/)distroless\/python3(?:-|:|@|$)/.test(name ?? "")
    ? { form: "exec", argv: ["/usr/bin/python3"], line }
    : null;
}

/** The folder that an image works in which says nothing of it, as those that are known to have one name it. */
export function workdirOf({ name }: Base): string {
  const path = (name ?? "").replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return workdirs.find(([image]) => image.test(path))?.[1] ?? "/";
}

const workdirs: readonly [image: RegExp, folder: string][] = [
  // docs.aws.amazon.com/lambda, "Create a Lambda function using a container image".
  [/lambda\/python/, "/var/task"],
  // github.com/pytorch/pytorch, Dockerfile; NVIDIA's own has the same.
  [/(?:^|\/)pytorch$/, "/workspace"],
  // github.com/bitnami/containers, bitnami/python.
  [/(?:^|\/)bitnami(?:legacy)?\/python$/, "/app"],
];

/** The file system that a stage begins with. */
export function baseTree({ name, plain }: Base): DirectoryNode {
  if (name === "scratch") return new DirectoryNode(false);
  if (!plain) return new DirectoryNode(true);
  const root = new DirectoryNode(false);
  for (const folder of systemFolders) root.entries.set(folder, new DirectoryNode(true));
  for (const folder of emptyFolders) root.entries.set(folder, new DirectoryNode(false));
  return root;
}

const systemFolders = "bin boot dev etc lib lib32 lib64 libx32 proc run sbin sys usr var".split(" ");
const emptyFolders = "home media mnt opt root srv tmp".split(" ");

/**
 * Folders inside those of the system in which applications are put, and which plain images leave empty: `/usr/src`,
 * `/var/www`, and whatever stands in `/usr`, `/usr/local` and `/var` and is none of the Filesystem Hierarchy Standard.
 */
const applicationFolders = new RegExp(
  [
    "^/usr/src(?:/|$)",
    "^/usr/(?!(?:bin|etc|games|include|lib\\w*|local|sbin|share)(?:/|$))[^/]+",
    "^/usr/local/(?!(?:bin|cuda.*|etc|games|go|cargo|rustup|include|lib\\w*|man|sbin|share|src)(?:/|$))[^/]+",
    "^/var/opt(?:/|$)",
    "^/var/(?!(?:adm|backups|cache|db|empty|lib|local|lock|log|mail|nis|run|spool|tmp|yp|runtime|lang)(?:/|$))[^/]+",
    "^/run/secrets(?:/|$)",
  ].join("|"),
);

/** Whether a directory that an instruction makes may have been there before, with files that we cannot see. */
export function mayHaveBeen(path: string, parent: DirectoryNode, { plain }: Base): boolean {
  return parent.hides && !(plain && applicationFolders.test(path));
}

/** Whether a path is the system's own, where nobody puts an application: what is written there is none of our business. */
export function isSystemPath(path: string): boolean {
  const [, first = ""] = path.split("/");
  return (systemFolders.includes(first) || first === "tmp") && !applicationFolders.test(path);
}
