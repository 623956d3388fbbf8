import { join, relative, sep } from "node:path";
import type { LoadedManifest } from "../manifest/load.ts";
import { componentSources } from "../manifest/schema.ts";
import type { Finding } from "../model/finding.ts";
import { isSource } from "../revision/cover.ts";
import { readImageFiles } from "./image-files.ts";

/** Relative to the manifest's directory: what a commit of everything would hold. */
export async function workingFiles(root: string): Promise<string[]> {
  const around = await readImageFiles(root);
  const names = around.files.map((file) => relative(root, join(around.root, file)).split(sep).join("/"));
  return names.filter((name) => !name.startsWith("../"));
}

/** Sources that no file of the working copy is under: no commit of it could be deployed. */
export function emptySources({ manifest }: LoadedManifest, files: readonly string[]): Finding[] {
  return Object.entries(componentSources(manifest)).flatMap(([component, { source, from }]) =>
    (from === undefined ? source : [])
      .filter((entry) => !files.some((file) => isSource(file, { source: [entry], exclude: [] })))
      .map((entry) => {
        const message = `no file is under \`${entry}\`, a source of ${component}`;
        return { code: "empty-source", level: "block", message, component } as const;
      }),
  );
}
