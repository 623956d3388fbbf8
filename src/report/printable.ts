/**
 * Makes control characters visible, in every text of a value: what a step prints must not move the cursor, clear the screen
 * or set the title of the terminal that shows it. Newlines stay, and a tab becomes a blank.
 * Direction overrides go too, since they can make a line read as another one.
 */
export function printable<T>(value: T): T;
export function printable(value: unknown): unknown {
  if (typeof value === "string") return printableText(value);
  if (Array.isArray(value)) return value.map((item) => printable(item));
  if (value instanceof Date || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [printableText(key), printable(item)]));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find.
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
// Colours and cursor moves say nothing without a terminal: the whole sequence goes, not only its first character.
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const sequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

function printableText(text: string): string {
  return text.replace(sequence, "").replace(control, (found) => {
    if (found === "\t") return " ";
    if (found === "\r") return "";
    return `\\x${found.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
