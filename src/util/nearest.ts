import { closest, distance } from "fastest-levenshtein";

/** The known word that a misspelt one was probably meant to be, or null when none is near: at most half of its letters differ, and never more than three. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > 64 || known.length === 0) return null;
  const found = closest(word.toLowerCase(), known);
  return distance(word.toLowerCase(), found.toLowerCase()) <= Math.min(3, Math.max(1, Math.floor(word.length / 2)))
    ? found
    : null;
}

/** The end of a message: what was probably meant, or else all that is known, or nothing when nothing is. */
export function hint(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== null) return `; did you mean \`${near}\`?`;
  return known.length === 0 ? "" : `; known: ${[...known].sort().join(", ")}`;
}
