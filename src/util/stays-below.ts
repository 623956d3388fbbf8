/**
 * Whether a path of a commit stays below the folder that it is laid in. git's own commands make no other, but a commit may be
 * made by others, and is fetched unless `fetch.fsckObjects` says that it is to be looked at.
 */
export function staysBelow(path: string): boolean {
  return path.split("/").every((part) => part !== ".." && part !== "." && part !== "");
}
