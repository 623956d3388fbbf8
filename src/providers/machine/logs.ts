import type { Context } from "../provider.ts";
import { hostOf, type MachinePlace } from "./target.ts";

// Reading the journal takes a right that a deploying user may lack; systemctl as root shows its last lines too.
const journal = `
journalctl -u "$1" -n 30 --no-pager -o cat 2>/dev/null | grep . ||
  sudo -n journalctl -u "$1" -n 30 --no-pager -o cat 2>/dev/null | grep . ||
  sudo -n systemctl status "$1" -n 30 --no-pager -o cat 2>/dev/null | sed '1,/^$/d'
`;

/** The unit's own last log lines. None where there is no unit, or its journal cannot be read. */
export async function logs(place: MachinePlace, context: Context): Promise<string[]> {
  const { service } = place.spec.prove;
  if (service === undefined) return [];
  const end = await hostOf(place, context).script(journal, [service], { signal: context.signal, timeoutSeconds: 20 });
  if (end.ended !== "exit") return [];
  return end.stdout
    .split("\n")
    .filter((line) => line !== "" && line !== "-- No entries --")
    .map(context.mask);
}
