import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../../scripts/test-env", import.meta.url));
let found: string | null = null;

/** The Python that has moto, cfn-lint and the SAM translator, in the versions of test/aws/requirements.txt. */
export function motoPython(): string {
  found ??= execFileSync("sh", [script, "--moto"], { encoding: "utf8" }).trim();
  if (!existsSync(found)) throw new Error(`there is no Python with moto at ${found}: run sh scripts/test-env`);
  return found;
}

/** The folder of an installed Python package, such as `botocore`. */
export function packageFolder(name: string): string {
  const find = `import importlib.util as u; print(u.find_spec(${JSON.stringify(name)}).submodule_search_locations[0])`;
  return execFileSync(motoPython(), ["-c", find], { encoding: "utf8" }).trim();
}
