import type { Ledger } from "../ledger/ledger.ts";
import { UserError } from "../model/errors.ts";
import type { World } from "./world.ts";

/**
 * Throws `unknown-environment` for a name that neither the ledger nor the manifest knows: a misspelt name must not read as
 * an environment to which nothing was deployed yet. Without a manifest that can be read, the ledger alone decides.
 */
export async function mustBeKnown(environment: string, ledger: Ledger, world: World): Promise<void> {
  if ((await ledger.state(environment)) !== null) return;
  const [{ readManifest }, { knownEnvironment }] = await Promise.all([
    import("./open-scene.ts"),
    import("../manifest/resolve.ts"),
  ]);
  const loaded = await readManifest(world).catch((error: unknown) => {
    if (error instanceof UserError) return null;
    throw error;
  });
  if (loaded) knownEnvironment(loaded, environment);
}
