import type { MachineSpec } from "../providers/machine/spec.ts";
import { commandsOfStep } from "../providers/machine/spec.ts";
import type { MachinePlace } from "../providers/machine/target.ts";

/**
 * The commands that a place's steps run by sudo, as far as they can be told from their text: words after `sudo` up to the
 * end of the command, values filled in, without its options but for the user that it names: `-u app systemctl …`. What a
 * script of the application runs is not seen.
 */
export function sudoCommands({ spec, values, target }: MachinePlace): string[] {
  const steps = Object.values(spec.steps).filter((step) => runsOn(step, target));
  const commands = steps.flatMap(commandsOfStep).map((command) => filledIn(command, values));
  const found = commands.flatMap((command) => command.split(/[;&|\n()]+/)).flatMap(afterSudo);
  return [...new Set(found)];
}

function runsOn({ only, except }: MachineSpec["steps"][string], target: string): boolean {
  return (only?.includes(target) ?? true) && !except?.includes(target);
}

function filledIn(command: string, values: Readonly<Record<string, string>>): string {
  return command.replace(
    /\$\{([a-z]+(?:\.[A-Za-z0-9_-]+)?)(?::-([^}]*))?\}/g,
    (all, name: string, fallback?: string) => {
      return values[name] ?? fallback ?? all;
    },
  );
}

/** Of one simple command. What the shell would still expand cannot be asked for, so only the part before it is. */
function afterSudo(command: string): string[] {
  const words = command.trim().split(/\s+/);
  const at = words.indexOf("sudo");
  if (at < 0) return [];
  const rest = words.slice(at + 1);
  const user = withoutOptions(rest);
  const end = rest.findIndex(isExpanded);
  const plain = end < 0 ? rest : rest.slice(0, end);
  if (plain.length === 0 || isExpanded(user)) return [];
  return [(user === "" ? plain : ["-u", user, ...plain]).join(" ")];
}

function isExpanded(word: string): boolean {
  return /[$`"'*?<>\\]/.test(word);
}

/** Options that take a word, which may be a part of the same or the next one: sudo(8). */
const short = /^-[ABbEeHiKklNnPSsVv]*([CDghpRrTtUu])(.*)$/;
const long = /^--(user|group|host|prompt|role|type|command-timeout|other-user|close-from|chdir|chroot)(?:=(.*))?$/;

/** Takes sudo's own options, and the variables that it is to set, off the front. Gives the user that is named, or nothing. */
function withoutOptions(words: string[]): string {
  let user = "";
  while (/^-|^[A-Za-z_]\w*=/.test(words[0] ?? "")) {
    const word = words.shift() ?? "";
    if (word === "--") break;
    const [, option, value] = short.exec(word) ?? long.exec(word) ?? [];
    if (option === undefined) continue;
    const given = value || (words.shift() ?? "");
    if (option === "u" || option === "user") user = given;
  }
  return user;
}
