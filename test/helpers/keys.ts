import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key pair of SSH. `path` is that of the private key. */
export interface Key {
  path: string;
  secret: string;
  public: string;
}

let directory: string | null = null;

/** A private directory for the keys and ssh configurations of this test run, removed when it ends. */
export function keyDirectory(): string {
  if (directory === null) {
    const made = mkdtempSync(join(tmpdir(), "landfall-keys-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    directory = made;
  }
  return directory;
}

/** Makes a key pair in the directory of this run. */
export function makeKey(name: string): Key {
  const path = join(keyDirectory(), name);
  rmSync(path, { force: true });
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path]);
  return { path, secret: readFileSync(path, "utf8"), public: readFileSync(`${path}.pub`, "utf8") };
}
