import type { Hosts } from "../io/hosts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Owner, RolloutEvent } from "../model/rollout.ts";
import type { Provider } from "../providers/provider.ts";

/** What happens while a verb works, beyond the rollout's own events: for progress, never recorded. */
export type Progress =
  | RolloutEvent
  | { event: "waiting"; at: string; for: string; message: string }
  | { event: "interrupted-found"; at: string; rollout: string; message: string };

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
  /** Opens the ledger of the repository at this path. */
  openLedger: (repository: string) => Promise<Ledger>;
  openHosts: (directory: string) => Hosts;
  /** Called for everything that happens, in order. Texts in it are masked. */
  emit: (event: Progress) => void;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  now: () => Date;
}
