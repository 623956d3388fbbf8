/** Git's own default syncs less: an object or a ref that was reported written could be lost with the power. */
export const durable = ["-c", "core.fsync=objects,reference"];

/** Who writes the ledger's commits, in git's form. Always set, for a machine at boot has no user.name. */
export function identity(at: Date): string {
  return `Landfall <landfall@invalid> ${Math.floor(at.getTime() / 1000)} +0000`;
}
