import type { Json } from "../util/json.ts";

/**
 * The manifest's keys that shape what is built of a component's files, as the text that becomes part of its digest. The
 * order in which keys are written does not matter, so a manifest may be tidied up.
 */
export function buildInputs(keys: Json): string {
  return JSON.stringify(keys, (_, value: Json) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
