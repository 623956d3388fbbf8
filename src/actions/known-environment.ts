import type { Ledger } from "../ledger/ledger.ts";
import type { World } from "./world.ts";

/**
 * Throws `unknown-environment` for a name that neither the ledger nor the manifest knows: a misspelt name must not read as
 * an environment to which nothing was deployed yet. Where no manifest says which there are, every name passes.
 */
export async function mustBeKnown(environment: string, ledger: Ledger, world: World): Promise<void> {
  if ((await ledger.state(environment)) !== null) return;
  const named = await environmentsOf(world);
  if (named === null || named.names.includes(environment)) return;
  const { unknownEnvironment } = await import("../manifest/resolve.ts");
  throw unknownEnvironment(environment, named.names, named.shownFile);
}

/** Whether the ledger or the manifest has an environment of this name. */
export async function isKnown(environment: string, ledger: Ledger, world: World): Promise<boolean> {
  if ((await ledger.state(environment)) !== null) return true;
  return (await environmentsOf(world))?.names.includes(environment) ?? false;
}

async function environmentsOf({ directory, manifestFile }: World) {
  const { namedEnvironments } = await import("../manifest/environment-names.ts");
  return await namedEnvironments(directory, manifestFile);
}
