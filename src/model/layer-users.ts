import type { Asked } from "./asked.ts";

/** A function that has a layer version in it. */
export interface LayerUser {
  /** The function's name. */
  function: string;
  /** `$LATEST`, or the number of a published version: that one keeps its layers for ever. */
  version: string;
  /** The aliases that lead to that version; none where nobody calls it by an alias. */
  aliases: Asked<string[]>;
}

/** Who has one layer version in it. */
export interface LayerUsers {
  /** The version's ARN. */
  layer: string;
  /** Functions of the account and region, their published versions too. */
  functions: Asked<LayerUser[]>;
  /** Whom else the version is open to: accounts, organisations, or `*`. What they do with it cannot be seen from here. */
  outside: Asked<string[]>;
}

/** Whether nobody can be using the version: known, and not only not seen. */
export function isUnused({ functions, outside }: LayerUsers): boolean {
  return (
    functions.state === "read" && functions.value.length === 0 && outside.state === "read" && outside.value.length === 0
  );
}

/** Why the version must be kept, or that nobody uses it, in a few words. */
export function usersText(users: LayerUsers): string {
  const { functions, outside } = users;
  if (isUnused(users)) return "nobody uses it";
  const here = functions.state === "unknown" ? ["users unknown"] : functions.value.map(userText);
  if (outside.state === "unknown") return [...here, "open to others: unknown"].join(", ");
  return [...here, ...outside.value.map((whom) => `open to ${whom}`)].join(", ");
}

function userText({ function: name, version, aliases }: LayerUser): string {
  if (version === "$LATEST") return name;
  if (aliases.state === "unknown") return `${name}:${version} (aliases unknown)`;
  return aliases.value.length === 0 ? `${name}:${version}` : `${name}:${version} (${aliases.value.join(", ")})`;
}
