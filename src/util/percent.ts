/** A text with its %-signs read, as they stand in addresses; the text itself where they mean nothing. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
