import type { Context } from "../provider.ts";
import type { Sight, Socket } from "./causes.ts";
import { Container, parsed } from "./reading.ts";
import { type DockerPlace, portsOf } from "./spec.ts";
import { onEngine } from "./target.ts";

/** Lines of a container's log that are kept for the report. */
const keptLines = 40;

/**
 * Looks at a container that is not what it should be: its last log lines, and what it listens on. What can't be had is
 * left out: this helps, and proves nothing.
 *
 * @param container its id; null for the newest of the place.
 */
export async function lookInside(
  place: DockerPlace,
  container: string | null,
  asked: Sight["asked"],
  context: Context,
): Promise<Sight> {
  const lines: string[] = [];
  const onLine = (line: string) => {
    if (line.startsWith("|")) lines.push(context.mask(line.slice(1)));
  };
  const args = { container: container ?? undefined, lines: String(keptLines) };
  const end = await onEngine("logs", place, args, context, { onLine, timeoutSeconds: 30 });
  const answer = end.ended === "answer" ? end.answer : null;
  const shown = answer?.get("container") || null;
  return {
    lines: lines.filter((line) => line !== "").slice(-keptLines),
    container: shown === null ? null : parsed(shown, Container),
    sockets: readSockets(answer?.get("sockets") ?? null),
    ports: portsOf(place.spec).map((port) => port.container),
    asked,
  };
}

/** `0100007F:1F90 …`: addresses as the kernel prints them, each 32 bits with its bytes reversed. */
export function readSockets(text: string | null): Socket[] | null {
  if (text === null) return null;
  return text.split(" ").flatMap((word) => {
    const [address = "", port = ""] = word.split(":");
    if (!/^[0-9A-F]{4}$/.test(port)) return [];
    const loopback = /^[0-9A-F]{6}7F$/.test(address) || address === "00000000000000000000000001000000";
    return [{ port: Number.parseInt(port, 16), loopback }];
  });
}
