/** Quotes a text as one word of a POSIX shell. Throws on NUL, which no argument can hold. */
export function shellQuote(text: string): string {
  if (text.includes("\0")) throw new Error("a shell word cannot hold a NUL character");
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
