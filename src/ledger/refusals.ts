import { userError } from "../model/errors.ts";
import type { Remote } from "./remote.ts";

/**
 * Is told what a ref named when a move of it was refused. Throws `ledger-write-failed` when that stays the same time and
 * again: to git at the remote it reads like losing to somebody who was faster, and here there is nobody.
 */
export function watchRefusals(ref: string, remote: Remote | null): (named: string | null) => void {
  let last: string | null | undefined;
  let refusals = 0;
  return (named) => {
    refusals = named === last ? refusals + 1 : 1;
    last = named;
    if (refusals < mostRefusals) return;
    const where = remote ? ` at ${remote.shown}` : "";
    const message = `${ref} could not be moved${where}: ${refusals} tries were refused, and nobody else moved it`;
    const fix = `look in that repository for a ${ref}.lock that a killed git left, and whether you may write there`;
    throw userError("blocked", "ledger-write-failed", message, { fix });
  };
}

const mostRefusals = 8;
