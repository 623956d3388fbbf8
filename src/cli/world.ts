import type { World } from "../actions/world.ts";

/** The real world: this machine's owner, the repository's git ledger, ssh, and every provider. */
export async function openWorld(
  given: Pick<World, "directory" | "manifestFile" | "env" | "signal" | "force" | "emit" | "now">,
): Promise<World> {
  const [{ readOwner }, { openHosts }, { providers }] = await Promise.all([
    import("../io/owner.ts"),
    import("../io/open-hosts.ts"),
    import("../providers/index.ts"),
  ]);
  return {
    ...given,
    owner: readOwner(given.env),
    providers,
    openHosts,
    openLedger: async (repository) => {
      const { openGitLedger } = await import("../ledger/git-store.ts");
      return await openGitLedger(repository);
    },
  };
}
