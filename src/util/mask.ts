/** Hides known secret values in texts. */
export interface Mask {
  /** Adds values to hide. Values of fewer than four characters are not hidden: they would garble everything. */
  add(values: Iterable<string>): void;
  text(text: string): string;
  /** The same value with every text in it masked, but for those under the keys of facts, and the keys themselves. */
  deep<T>(value: T): T;
}

const shortest = 4;
const cover = "***";

/**
 * A mask that hides a value as it is, each of its lines, and its base64, JSON and URL forms.
 *
 * @param facts keys whose texts `deep` leaves as they are. `.` behind one stands for the texts right in an object under it.
 */
export function createMask(facts: ReadonlySet<string> = new Set()): Mask {
  const hidden = new Set<string>();
  let longestFirst: string[] = [];
  const text = (given: string) => {
    let masked = given;
    for (const value of longestFirst) if (masked.includes(value)) masked = masked.replaceAll(value, cover);
    return masked;
  };
  return {
    add(values) {
      for (const value of values) for (const form of formsOf(value)) if (form.length >= shortest) hidden.add(form);
      longestFirst = [...hidden].sort((a, b) => b.length - a.length);
    },
    text,
    deep: <T>(value: T): T => (longestFirst.length === 0 ? value : (deepMap(value, text, facts) as T)),
  };
}

function formsOf(value: string): string[] {
  const base64 = Buffer.from(value, "utf8").toString("base64");
  return [
    value,
    ...value.split("\n"),
    base64.replace(/=+$/, ""),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
  ];
}

function deepMap(value: unknown, text: (text: string) => string, facts: ReadonlySet<string>, key = ""): unknown {
  if (typeof value === "string") return facts.has(key) ? value : text(value);
  if (Array.isArray(value)) return value.map((item) => deepMap(item, text, facts, key));
  if (value === null || typeof value !== "object") return value;
  const all = facts.has(`${key}.`);
  return Object.fromEntries(
    Object.entries(value).map(([own, item]) => [
      own,
      all && typeof item === "string" ? item : deepMap(item, text, facts, own),
    ]),
  );
}
