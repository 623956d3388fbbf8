import type { World } from "../actions/world.ts";

type Given = Pick<World, "directory" | "manifestFile" | "env" | "signal" | "force" | "emit" | "now">;

/** The real world: this machine's owner, the repository's git ledger, ssh, and every provider where they are needed. */
export async function openWorld(given: Given, needsProviders: boolean): Promise<World> {
  const [{ readOwner }, { openHosts }, openLedger, providers] = await Promise.all([
    import("../io/owner.ts"),
    import("../io/open-hosts.ts"),
    ledgerOpener(given),
    needsProviders ? import("../providers/index.ts").then((all) => all.providers) : [],
  ]);
  return { ...given, owner: readOwner(given.env), providers, openHosts, openLedger };
}

/** Opens ledgers where the manifest says that they are shared. It is read each time: a boot checks another one out. */
async function ledgerOpener(given: Given): Promise<World["openLedger"]> {
  const [{ openGitLedger }, { ledgerSetting }] = await Promise.all([
    import("../ledger/git-store.ts"),
    import("../manifest/ledger-setting.ts"),
  ]);
  const { directory, manifestFile, signal, emit, now } = given;
  const onSlow = (message: string) => emit({ event: "waiting", at: now().toISOString(), for: "ledger", message });
  return async (repository) =>
    await openGitLedger(repository, { shared: await ledgerSetting(directory, manifestFile), signal, onSlow });
}
