/**
 * Where the entries of a listing begin that start with a mark, in order. Entries are text that each ends with a NUL: looking
 * for the mark behind a NUL leaves all other entries unread.
 */
export function markedEntries(listing: Buffer, mark: string): number[] {
  const first = Buffer.from(mark);
  const later = Buffer.from(`\0${mark}`);
  const found = listing.subarray(0, first.length).equals(first) ? [0] : [];
  for (let at = listing.indexOf(later); at >= 0; at = listing.indexOf(later, at + 1)) found.push(at + 1);
  return found;
}
