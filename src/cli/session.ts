import { resolve } from "node:path";
import type { World } from "../actions/world.ts";
import type { Progress } from "../model/progress.ts";
import type { Terminal } from "./terminal.ts";
import type { Invocation, Session } from "./verb.ts";

/** Opens a session. `emit` is called for everything that happens. */
export function openSession(
  invocation: Invocation,
  terminal: Terminal,
  stop: { signal: AbortSignal; force: AbortSignal },
  emit: (event: Progress) => void,
): Session {
  const directory = resolve(terminal.cwd, invocation.text("directory") ?? ".");
  const now = () => new Date();
  let world: Promise<World> | null = null;
  const open = async () => {
    const { openWorld } = await import("./world.ts");
    return await openWorld({ directory, manifestFile: invocation.text("file"), env: terminal.env, ...stop, emit, now });
  };
  return {
    directory,
    env: terminal.env,
    now,
    world: () => {
      world ??= open();
      return world;
    },
  };
}
