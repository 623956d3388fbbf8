import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Recorder } from "../src/ledger/ledger.ts";
import { closing, evidence, opening, surveyed } from "../src/ledger/scenes.ts";

/** One figure for a ledger with a single rollout and for one with thousands. */
export interface Pair {
  small: number;
  large: number;
}

const surveys = 16;

/** Appends in each measured rollout, its opening and closing included. */
export const appends = surveys + 3;

/** Records a whole rollout, each event awaited before the next. Gives the wall time of each in milliseconds. */
export async function appendAll(recorder: Recorder): Promise<number[]> {
  const { rollout } = recorder;
  const surveyedOften = Array.from({ length: surveys }, (_, index) => surveyed(`${index}`));
  const walls: number[] = [];
  for (const event of [opening("uat", 9999, rollout), ...surveyedOften, evidence(), closing(rollout, "proven")]) {
    const begun = performance.now();
    await recorder.append(event);
    walls.push(performance.now() - begun);
  }
  await recorder.close();
  return walls;
}

/** The arguments of every git process that some work starts. Git itself says so: one trace file each. */
export async function gitStarts(folder: string, work: () => Promise<unknown>): Promise<string[][]> {
  const traces = await mkdtemp(join(folder, "traces-"));
  const config = join(folder, "config");
  await writeFile(config, `[trace2]\n\teventTarget = ${traces}\n`);
  const before = process.env.GIT_CONFIG_GLOBAL;
  process.env.GIT_CONFIG_GLOBAL = config;
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL;
    else process.env.GIT_CONFIG_GLOBAL = before;
  }
  return await Promise.all((await readdir(traces)).map((name) => argumentsIn(join(traces, name))));
}

async function argumentsIn(trace: string): Promise<string[]> {
  const lines = (await readFile(trace, "utf8")).split("\n").filter(Boolean);
  const started = lines.map((line) => JSON.parse(line)).find(({ event }) => event === "start");
  return started?.argv ?? [];
}
