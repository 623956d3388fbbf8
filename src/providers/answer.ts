/**
 * What target.sh answers: lines `lf1 KEY =plain` or `lf1 KEY %hex`, closed by `lf1 end =VERB`. A value that is missing,
 * malformed or given twice reads as null, never as empty: what was not read is not known.
 */
export interface Answer {
  /** Whether the answer came to its end. What is absent from an answer that was cut off may still be there. */
  readonly whole: boolean;
  /** The one value of a key, or null. */
  get(key: string): string | null;
  /** Every well-formed value of a key, in order. */
  all(key: string): string[];
}

const line = /^lf1 ([A-Za-z.]+) (?:=([ -~]+)|%((?:[0-9a-f]{2})*))$/;

/** Reads an answer. Lines that are not of it (a login shell's greeting, a step's output) are passed over. */
export function parseAnswer(stdout: string, verb: string): Answer {
  const values = new Map<string, (string | null)[]>();
  let end: string | null = null;
  for (const text of stdout.split("\n")) {
    if (!text.startsWith("lf1 ")) continue;
    const match = line.exec(text);
    const key = match?.[1] ?? text.split(" ")[1] ?? "";
    const value = match?.[2] ?? decodeHex(match?.[3]);
    if (key === "end" && value !== null) end = value;
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return {
    whole: end === verb,
    get: (key) => {
      const given = values.get(key);
      return given?.length === 1 ? (given[0] ?? null) : null;
    },
    all: (key) => (values.get(key) ?? []).filter((value) => value !== null),
  };
}

/** Text of hexadecimal bytes; null when there is none, or the bytes are not UTF-8. */
export function decodeHex(hex: string | undefined): string | null {
  if (hex === undefined) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(hex, "hex"));
  } catch {
    return null;
  }
}
