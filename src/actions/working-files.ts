import { join, relative, sep } from "node:path";
import type { LoadedManifest } from "../manifest/load.ts";
import { componentSources } from "../manifest/schema.ts";
import type { Finding } from "../model/finding.ts";
import { isGlob, plainPath } from "../revision/cover.ts";
import { coveredBy } from "../util/covered-by.ts";
import { readImageFiles } from "./image-files.ts";

/** Relative to the manifest's directory: what a commit of everything would hold. */
export async function workingFiles(root: string): Promise<string[]> {
  const around = await readImageFiles(root);
  const names = around.files.map((file) => relative(root, join(around.root, file)).split(sep).join("/"));
  return names.filter((name) => !name.startsWith("../"));
}

/** Sources that no file of the working copy is under: no commit of it could be deployed. */
export function emptySources({ manifest }: LoadedManifest, files: readonly string[]): Finding[] {
  // A repository of many components has many files: only a pattern is held against each of them.
  const known = new Set(files.flatMap(withFolders));
  const isEmpty = (entry: string) => {
    const plain = plainPath(entry);
    return isGlob(plain) ? !files.some((file) => coveredBy(plain, file)) : !known.has(plain);
  };
  return Object.entries(componentSources(manifest)).flatMap(([component, { source, from }]) =>
    (from === undefined ? source : []).filter(isEmpty).map((entry) => {
      const message = `no file is under \`${entry}\`, a source of ${component}`;
      return { code: "empty-source", level: "block", message, component } as const;
    }),
  );
}

/** A file and all folders that it lies in; the empty path is the folder of all. */
function withFolders(file: string): string[] {
  const parts = file.split("/");
  return ["", ...parts.map((_, index) => parts.slice(0, index + 1).join("/"))];
}
