import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A git process that stored objects, and how often it waited for the disk. */
export interface StoringGit {
  name: string;
  flushes: number;
}

/**
 * The gits that stored objects while some work was done: git tells it itself (api-trace2(7), `fsync/hardware-flush`). Fails
 * where there was none.
 */
export async function storingGits(folder: string, work: () => Promise<unknown>): Promise<StoringGit[]> {
  const [settings, target] = [join(folder, "trace.config"), join(folder, "trace")];
  const before = process.env.GIT_CONFIG_GLOBAL;
  await writeFile(settings, `[trace2]\n\teventTarget = ${target}\n`);
  process.env.GIT_CONFIG_GLOBAL = settings;
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL;
    else process.env.GIT_CONFIG_GLOBAL = before;
    await rm(settings);
  }
  const told = (await readFile(target, "utf8")).split("\n").filter(Boolean);
  const events = told.map((line) => JSON.parse(line) as Record<string, unknown>);
  const gits = events
    .filter(({ event, name }) => event === "cmd_name" && (name === "unpack-objects" || name === "index-pack"))
    .map(({ sid, name }) => ({
      name: String(name),
      flushes: Number(events.find((each) => each.sid === sid && each.key === "fsync/hardware-flush")?.value ?? 0),
    }));
  assert.notDeepEqual(gits, []);
  return gits;
}
