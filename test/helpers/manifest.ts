import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadedManifest, type LoadOptions, loadManifest } from "../../src/manifest/load.ts";
import { UserError } from "../../src/model/errors.ts";
import type { Finding } from "../../src/model/finding.ts";
import { providers } from "../../src/providers/index.ts";

/** A manifest without mistakes; tests change a line of it. */
export const soundManifest = `application: jobs-app
components:
  app:
    type: machine
    directory: /opt/jobs-app
    steps:
      migrate: { run: ./migrate, once: revision }
      restart: { run: "sudo systemctl restart \${target.unit}" }
    prove:
      service: \${target.unit}
environments:
  uat:
    branch: main
    targets:
      web: { host: web.internal, unit: jobs-web, after: [worker] }
      worker: { host: worker.internal, unit: jobs-worker }
`;

/** Runs a test with a temporary directory that counts as a repository's root; it is removed afterwards. */
export async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "landfall-manifest-"));
  try {
    mkdirSync(join(directory, ".git"));
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Loads a manifest from a text. */
export async function loadText(text: string | Buffer, more: Partial<LoadOptions> = {}): Promise<LoadedManifest> {
  return await inDirectory(async (directory) => {
    writeFileSync(join(directory, "landfall.yaml"), text);
    return await loadManifest({ directory, providers, ...more });
  });
}

/** What a call finds wrong with a manifest; empty when nothing is. Anything but a UserError is thrown on. */
export async function findingsOf(call: () => unknown): Promise<readonly Finding[]> {
  try {
    await call();
    return [];
  } catch (error) {
    if (error instanceof UserError && error.refusal === "invalid") return error.findings;
    throw error;
  }
}

/** `code line:column` of each finding: what most tests compare. */
export function places(findings: readonly Finding[]): string[] {
  return findings.map(({ code, line, column }) => `${code} ${line}:${column}`);
}
