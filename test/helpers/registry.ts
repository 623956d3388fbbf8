import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./port.ts";

/** A registry of images on the loopback address, without a login. */
export interface Registry {
  /** `127.0.0.1:port` */
  address: string;
  stop(): Promise<void>;
}

/** Starts Debian's docker-registry, which scripts/test-env installs. */
export async function startRegistry(): Promise<Registry> {
  const root = mkdtempSync(join(tmpdir(), "landfall-registry-"));
  const address = `127.0.0.1:${await freePort()}`;
  const settings = [
    "version: 0.1",
    "log: { level: error }",
    "storage:",
    `  filesystem: { rootdirectory: ${root}/data }`,
  ];
  writeFileSync(join(root, "registry.yml"), [...settings, "http:", `  addr: ${address}`, ""].join("\n"));
  const child = spawn("docker-registry", ["serve", join(root, "registry.yml")], { stdio: "ignore" });
  await answers(address, child);
  return {
    address,
    stop: async () => {
      child.kill("SIGKILL");
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function answers(address: string, child: ChildProcess): Promise<void> {
  let problem = "";
  child.once("error", (error) => {
    problem = error.message;
  });
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await fetch(`http://${address}/v2/`).catch(() => null))?.ok) return;
    await sleep(100);
  }
  throw new Error(`docker-registry did not answer on ${address}; scripts/test-env installs it. ${problem}`);
}
