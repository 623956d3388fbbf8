import type { Owner } from "./rollout.ts";

/** Who holds an environment's lock, as readers see it. */
export interface Holder {
  owner: Owner;
  rollout: string;
  token: number;
  since: string;
  /** Grows with each renewal; observers compare counters, never clocks. */
  heartbeat: number;
  /** True when the process is known to be gone: same host and boot, no such pid. */
  dead: boolean;
}
