import type { MachineSpec } from "../providers/machine/spec.ts";
import { commandsOfStep } from "../providers/machine/spec.ts";
import type { MachinePlace } from "../providers/machine/target.ts";

/**
 * The commands that a place's steps run by sudo, as far as they can be told from their text: words after `sudo` up to the
 * end of the command, its options left out, values filled in. What a script of the application runs is not seen.
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
  while (rest[0]?.startsWith("-")) rest.shift();
  const end = rest.findIndex((word) => /[$`"'*?<>\\]/.test(word));
  const plain = end < 0 ? rest : rest.slice(0, end);
  return plain.length === 0 ? [] : [plain.join(" ")];
}
