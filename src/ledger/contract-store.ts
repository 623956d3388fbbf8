import { test } from "node:test";
import type { Ledger } from "./ledger.ts";

/** A store under test. Leases in it last `leaseSeconds`, a fraction of a second, and are renewed five times as often. */
export interface StoreUnderTest {
  /** Opens the same store again, as another process would. */
  open(): Promise<Ledger>;
  /** The same record from elsewhere: for a shared one, from another clone. */
  openElsewhere(): Promise<Ledger>;
  /** A handle elsewhere whose leases are never renewed, as if its process slept. */
  openAsleep(): Promise<Ledger>;
  leaseSeconds: number;
  remove(): Promise<void>;
}

export type Claim = (title: string, check: (ledger: Ledger, store: StoreUnderTest) => Promise<void>) => void;

/** Each claim is checked on a store of its own. */
export function claims(create: () => Promise<StoreUnderTest>): Claim {
  return (title, check) => {
    test(title, async () => {
      const store = await create();
      try {
        await check(await store.open(), store);
      } finally {
        await store.remove();
      }
    });
  };
}
