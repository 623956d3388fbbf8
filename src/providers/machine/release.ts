/** The name of a release's folder: the commit that it was made of, and its source digest. */
export function releaseId(commit: string, digest: string): string {
  return `${commit.slice(0, 12)}-${digestMark(digest)}`;
}

/** The part of a release's name that tells its source: the first eight hexadecimal digits of the digest. */
export function digestMark(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 8);
}

/** The key of a digest in the target's journal of steps that run once. */
export function onceKey(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 16);
}
