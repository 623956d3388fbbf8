import type { World } from "../actions/world.ts";

type Given = Pick<World, "directory" | "manifestFile" | "env" | "signal" | "force" | "emit" | "now">;

/** The real world: this machine's owner, the repository's git ledger, ssh, and every provider where they are needed. */
export async function openWorld(given: Given, needsProviders: boolean): Promise<World> {
  const [{ readOwner }, { openHosts }, { openGitLedger }, providers] = await Promise.all([
    import("../io/owner.ts"),
    import("../io/open-hosts.ts"),
    import("../ledger/git-store.ts"),
    needsProviders ? import("../providers/index.ts").then((all) => all.providers) : [],
  ]);
  return { ...given, owner: readOwner(given.env), providers, openHosts, openLedger: openGitLedger };
}
