import { compileCommand } from "../model/command.ts";
import type { Place } from "../model/place.ts";
import type { Context, Reach } from "../providers/provider.ts";
import type { Try } from "./try.ts";

/** Values come as arguments and become variables; the command ends with its time, where the target has `timeout`. */
const script = `
cd -- "$1" || exit 1
limit=$2 text=$3
shift 3
for pair; do export "$pair"; done
exec 2>&1 </dev/null
if command -v timeout >/dev/null; then exec timeout -k 2 "$limit" sh -eu -c "$text"; fi
exec sh -eu -c "$text"
`;

/** Runs a command once on the target. */
export async function tryCommand(
  run: string,
  { values, target, environment }: Pick<Place, "values" | "target" | "environment">,
  commit: string,
  { host, directory }: Reach,
  limitSeconds: number,
  { signal, mask }: Context,
): Promise<Try> {
  const { text, variables } = compileCommand(run, values);
  const limit = Math.ceil(limitSeconds);
  const given = { LANDFALL_COMMIT: commit, LANDFALL_TARGET: target, LANDFALL_ENVIRONMENT: environment };
  const pairs = Object.entries({ ...variables, ...given }).map(([name, value]) => `${name}=${value}`);
  const end = await host.script(script, [directory, String(limit), text, ...pairs], {
    signal,
    timeoutSeconds: limit + 10,
  });
  if (end.ended === "cancelled") return { ended: "lost", seen: "cancelled" };
  if (end.ended !== "exit") return { ended: "lost", seen: end.message };
  if (end.status === 0) return { ended: "held", seen: "exit status 0" };
  const said = mask(end.stdout.trim()).slice(-300);
  const how = end.status === 124 ? "it did not end in its time" : `exit status ${end.status}`;
  return { ended: "failed", seen: said === "" ? how : `${how}: ${said}` };
}
