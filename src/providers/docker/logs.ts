import type { Context } from "../provider.ts";
import { causeLines, likelyCauses } from "./causes.ts";
import { lookInside } from "./sight.ts";
import type { DockerPlace } from "./spec.ts";

/** The container's own last log lines, and behind them what they and its state make likely. */
export async function logs(place: DockerPlace, context: Context): Promise<string[]> {
  const sight = await lookInside(place, null, [], context);
  return [...sight.lines, ...causeLines(likelyCauses(sight))];
}
