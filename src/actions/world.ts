import type { Hosts } from "../io/hosts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Progress } from "../model/progress.ts";
import type { Owner } from "../model/rollout.ts";
import type { Provider } from "../providers/provider.ts";

export type { Progress };

/** Everything that a verb takes from outside: passed in, so that a test, an agent or a server can give its own. */
export interface World {
  /** Where to look for the manifest: the working directory or -C. Absolute. */
  directory: string;
  /** -f. Relative to `directory` or absolute. */
  manifestFile?: string | undefined;
  /** What `${env.NAME}` reads. */
  env: Readonly<Record<string, string | undefined>>;
  owner: Owner;
  providers: readonly Provider[];
  /** Opens the ledger of the repository at this path, shared where the manifest says. */
  openLedger: (repository: string) => Promise<Ledger>;
  openHosts: (directory: string) => Hosts;
  /** Called for everything that happens, in order. Texts in it are masked. */
  emit: (event: Progress) => void;
  /** Aborted by the first Ctrl-C: what is under way is finished, nothing further is begun. */
  signal: AbortSignal;
  /** Aborted by the second Ctrl-C: nothing is waited for any more. */
  force: AbortSignal;
  now: () => Date;
}
