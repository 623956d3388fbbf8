/** A part of the manifest that has keys, as it was written. */
export type Section = Readonly<Record<string, unknown>>;

/** A value as a section; what is not one counts as empty, because the schema already says that it is wrong. */
export function section(value: unknown): Section {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Section) : {};
}

/** The texts of a list with their places in it; everything else is left to the schema. */
export function texts(value: unknown): { text: string; index: number }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((text: unknown, index) => (typeof text === "string" ? [{ text, index }] : []));
}

/** A section's own value: names such as `constructor` find nothing that was not written. */
export function ownValue<T>(section: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(section, key) ? section[key] : undefined;
}

/** Whether a text is a command: what its expressions stand for reaches a shell as variables, and its text stays. */
export function isCommand(path: readonly (string | number)[]): boolean {
  const key = path.at(-1);
  if (key === "run" || (key === "build" && path.length === 3 && path[0] === "components")) return true;
  return (key === "pending" && path.at(-3) === "steps") || (key === "check" && path.at(-2) === "backup");
}
