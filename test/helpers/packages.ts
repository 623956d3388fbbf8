import { execFileSync } from "node:child_process";
import { buildPackage, type PackageRequest } from "../../src/build/package.ts";
import type { StoredArtifact } from "../../src/model/artifact.ts";
import { readSources } from "../../src/revision/source.ts";
import type { Stage } from "./stage.ts";

/** What a test says of a package; the rest is as a manifest would have it. */
export interface PackageTest {
  run?: string;
  timeoutSeconds?: number;
  shell?: "sh" | "bash";
  variables?: Record<string, string>;
  selection?: PackageRequest["package"];
  limits?: PackageRequest["limits"];
  source?: string[];
  onLine?: (line: string) => void;
  signal?: AbortSignal;
}

/** Lambda's limits. */
export const limits = { zipBytes: 262_144_000, unzippedBytes: 262_144_000 };

/** Builds the package of a layer in `layer/`, at a stage's commit. */
export async function packageOf(stage: Stage, commit: string, test: PackageTest = {}): Promise<StoredArtifact> {
  const { source = ["layer"], run, shell, timeoutSeconds = 60, variables = {} } = test;
  const { web } = await readSources(stage.directory, commit, { web: { source, exclude: [] } });
  if (web === undefined) throw new Error("no source was read");
  const request: PackageRequest = {
    component: "web",
    commit,
    source: web.digest,
    repository: web.repository,
    files: web.files,
    root: source[0] ?? ".",
    build: run === undefined ? undefined : { run, shell, timeoutSeconds, variables },
    package: test.selection,
    limits: test.limits ?? limits,
  };
  const signal = test.signal ?? new AbortController().signal;
  return await buildPackage(stage.directory, request, test.onLine ?? (() => {}), signal);
}

/** The names in a package, as Python's zipfile reads them. */
export function namesIn({ path }: StoredArtifact): string[] {
  const script = "import json, sys, zipfile; print(json.dumps(zipfile.ZipFile(sys.argv[1]).namelist()))";
  return JSON.parse(execFileSync("python3", ["-c", script, path], { encoding: "utf8" }));
}

/** A file of a package, as unzip gives it. */
export function textIn({ path }: StoredArtifact, name: string): string {
  return execFileSync("unzip", ["-p", path, name], { encoding: "utf8" });
}
