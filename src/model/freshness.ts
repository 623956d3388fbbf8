/** How new what is shown of a shared ledger is. */
export interface Freshness {
  /** The remote as git names it, without a password. */
  remote: string;
  /** When this clone last heard from it; null: never. */
  fetchedAt: string | null;
  /** Why it could not be asked now; what is shown is then what this clone knew. */
  error?: string;
}
