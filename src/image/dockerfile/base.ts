import { DirectoryNode } from "./tree.ts";

/** What is known of an image that a stage begins with. */
export interface Base {
  /** As written, expanded; null when it hangs on a build argument that was not given. */
  name: string | null;
  /** Whether it is one whose content is common knowledge: its own files lie in the system's folders, and nowhere else. */
  plain: boolean;
}

/** Images that hold a system or a language and no application. The last part of the name counts: mirrors keep it. */
const plainNames = new Set([
  ...[
    "alpine",
    "amazonlinux",
    "archlinux",
    "busybox",
    "debian",
    "fedora",
    "rockylinux",
    "almalinux",
    "ubuntu",
    "ubi8",
    "ubi9",
  ],
  ...[
    "ubi-minimal",
    "python",
    "python3",
    "pypy",
    "node",
    "golang",
    "rust",
    "ruby",
    "openjdk",
    "eclipse-temurin",
    "nginx",
  ],
  ...[
    "python3-debian11",
    "python3-debian12",
    "base",
    "static",
    "cc",
    "cuda",
    "pytorch",
    "tensorflow",
    "miniconda3",
    "micromamba",
  ],
  ...["uv", "minideb", "wolfi-base", "chainguard-base", "lambda-python"],
]);

export function baseOf(name: string | null): Base {
  if (name === null) return { name, plain: false };
  const path = name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const last = path.split("/").at(-1) ?? "";
  return { name, plain: plainNames.has(last) || /(?:^|\/)lambda\/python$/.test(path) };
}

/** The file system that a stage begins with. */
export function baseTree({ name, plain }: Base): DirectoryNode {
  if (name === "scratch") return new DirectoryNode(false);
  if (!plain) return new DirectoryNode(true);
  const root = new DirectoryNode(false);
  for (const folder of systemFolders) root.entries.set(folder, new DirectoryNode(true));
  for (const folder of emptyFolders) root.entries.set(folder, new DirectoryNode(false));
  return root;
}

const systemFolders = [
  "bin",
  "boot",
  "dev",
  "etc",
  "lib",
  "lib32",
  "lib64",
  "libx32",
  "proc",
  "run",
  "sbin",
  "sys",
  "usr",
  "var",
];
const emptyFolders = ["home", "media", "mnt", "opt", "root", "srv", "tmp"];

/** Folders inside those of the system in which applications are put, and which plain images leave empty. */
const applicationFolders =
  /^\/(?:usr\/src|usr\/app|var\/www|var\/task|var\/app|var\/apps|var\/opt|run\/secrets)(?:\/|$)/;

/** Whether a directory that an instruction makes may have been there before, with files that we cannot see. */
export function mayHaveBeen(path: string, parent: DirectoryNode, { plain }: Base): boolean {
  return parent.hides && !(plain && applicationFolders.test(path));
}
