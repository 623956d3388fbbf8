import { closest, distance } from "fastest-levenshtein";

/** The known word that was probably meant, or null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const best = closest(word.toLowerCase(), known);
  const prefix = word.length >= 2 && best.startsWith(word.toLowerCase());
  return prefix || distance(word.toLowerCase(), best) <= Math.max(1, Math.floor(best.length / 3)) ? best : null;
}
