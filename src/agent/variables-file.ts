import { userError } from "../model/errors.ts";

/**
 * The text of a systemd EnvironmentFile with these variables, by systemd.exec(5): in double quotes a backslash, a quote, a
 * dollar and a backtick are escaped by a backslash, and nothing is expanded. Throws for a value that the file cannot hold.
 */
export function variablesFile(names: readonly string[], env: Readonly<Record<string, string | undefined>>): string {
  return names.map((name) => `${name}="${quoted(name, env[name] ?? "")}"\n`).join("");
}

function quoted(name: string, value: string): string {
  if (value.includes("\0"))
    throw userError("invalid", "bad-value", `the value of ${name} holds a NUL character, which no variable can`);
  return value.replace(/["\\$`]/g, "\\$&");
}
