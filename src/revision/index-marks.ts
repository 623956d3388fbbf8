import { readFile } from "node:fs/promises";

/**
 * Whether git's index surely marks no entry `assume-unchanged` or `skip-worktree`: read from the file itself, because to ask git
 * costs as much as to list every path. False also means "cannot tell": an index that is split, or of a form that is not known.
 * The form is that of gitformat-index(5).
 *
 * @param path the index file
 * @param idLength bytes of an object's id: 20, or 32 in a SHA-256 repository
 */
export async function surelyUnmarked(path: string, idLength: number): Promise<boolean> {
  const index = await readFile(path).catch(() => null);
  if (index === null || index.length < headerLength + idLength || index.toString("latin1", 0, 4) !== "DIRC")
    return false;
  const version = index.readUInt32BE(4);
  if (version < 2 || version > 4) return false;
  const flagsAt = statLength + idLength;
  let at = headerLength;
  for (let left = index.readUInt32BE(8); left > 0; left -= 1) {
    if (at + flagsAt + 2 > index.length) return false;
    const flags = index.readUInt16BE(at + flagsAt);
    if (flags & assumeValid) return false;
    // Only entries of versions 3 and 4 have more flags: `skip-worktree`, and that a path is only intended to be added.
    if (flags & extended && (version === 2 || index.readUInt16BE(at + flagsAt + 2) & skipWorktree)) return false;
    const nameAt = at + flagsAt + (flags & extended ? 4 : 2);
    const end = index.indexOf(0, version === 4 ? afterNumber(index, nameAt) : nameAt);
    if (end < 0) return false;
    // Up to version 3 entries are padded to a multiple of eight bytes.
    at = version === 4 ? end + 1 : at + ((end - at + 8) & ~7);
  }
  return isWhole(index, at, idLength);
}

const headerLength = 12;
/** Times, device, inode, mode, owner and size, four bytes each and times eight. */
const statLength = 40;
const assumeValid = 0x8000;
const extended = 0x4000;
const skipWorktree = 0x4000;

/** How much of the name before is dropped stands in front of a name of version 4, in bytes of which the last has no high bit. */
function afterNumber(index: Buffer, at: number): number {
  let next = at;
  while ((index[next] ?? 0) & 0x80) next += 1;
  return next + 1;
}

/** Whether what follows the entries is what must: extensions, then the checksum. A split index has its entries elsewhere. */
function isWhole(index: Buffer, from: number, idLength: number): boolean {
  let at = from;
  while (at + idLength + 8 <= index.length) {
    if (index.toString("latin1", at, at + 4) === "link") return false;
    at += 8 + index.readUInt32BE(at + 4);
  }
  return at + idLength === index.length;
}
