import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { World } from "../actions/world.ts";
import { UserError } from "../model/errors.ts";
import type { Progress } from "../model/progress.ts";
import { painter } from "../report/paint.ts";
import type { Terminal } from "./terminal.ts";
import { usage } from "./usage.ts";
import type { Invocation, Session } from "./verb.ts";

/** Opens a session. `progress` is told of everything that happens, and stops when a question is asked. Throws a UserError `usage` when -C names no directory. */
export function openSession(
  invocation: Invocation,
  terminal: Terminal,
  { signal, force }: { signal: AbortSignal; force: AbortSignal },
  progress: { emit: (event: Progress) => void; stop: () => Promise<void> },
): Session {
  const directory = resolve(terminal.cwd, invocation.text("directory") ?? ".");
  if (!isDirectory(directory))
    throw new UserError("invalid", [usage(`${directory} is not a directory`, invocation.verb)]);
  const now = () => new Date();
  let world: Promise<World> | null = null;
  const open = async (providers: boolean) => {
    const { openWorld } = await import("./world.ts");
    const { emit } = progress;
    const given = { directory, manifestFile: invocation.text("file"), env: terminal.env, signal, force, emit, now };
    return await openWorld(given, providers);
  };
  return {
    directory,
    env: terminal.env,
    now,
    confirm: async (text, question) => {
      await progress.stop();
      await terminal.err(`${text(painter(!invocation.on("no-color") && terminal.colour("err")))}\n`);
      if (invocation.on("yes")) return true;
      return /^y(es)?$/i.test((await terminal.ask(`${question} [y/N] `, signal))?.trim() ?? "");
    },
    world: ({ providers } = { providers: true }) => {
      world ??= open(providers);
      return world;
    },
  };
}

/** What cannot be looked at (a circle of links, a name that is too long, no right to) is no directory to work in. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
