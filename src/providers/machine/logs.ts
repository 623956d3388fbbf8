import type { Context } from "../provider.ts";
import { readMachine } from "./read.ts";
import { hostOf, type MachinePlace } from "./target.ts";

/**
 * What the unit said last: the end of its journal. Of a process that no unit runs and that is dead, the end of what the steps
 * and what they started printed. Where that can't be read, how a person can; none where there is neither.
 */
export async function logs(place: MachinePlace, context: Context): Promise<string[]> {
  const { directory, steps, prove } = place.spec;
  if (prove.service !== undefined) return await linesOf(journal, [prove.service], place, context);
  if (prove.process === undefined || !(await isDead(place, context))) return [];
  return await linesOf(stepLog, [`${directory}/.landfall/logs`, ...Object.keys(steps)], place, context);
}

// Reading the journal takes a right that a deploying user may lack; systemctl as root shows its last lines too.
const journal = `
said() { grep -v -e '^$' -e '^-- No entries --$'; }
command -v journalctl >/dev/null || exit 0
journalctl -u "$1" -n 30 --no-pager -o cat 2>/dev/null | said ||
  sudo -n journalctl -u "$1" -n 30 --no-pager -o cat 2>/dev/null | said ||
  sudo -n systemctl status "$1" -n 30 --no-pager -o cat 2>/dev/null | sed '1,/^$/d' | said ||
  printf '%s reads no line of its journal: see journalctl -u %s -n 30, as root\\n' "$(id -un)" "$1"
`;

// What a process prints that a step started and that sends it nowhere else goes to the log of that step. The newest counts.
const stepLog = `
cd "$1" 2>/dev/null || exit 0
folder=$1
shift
for file in $(ls -1t); do
  for step in "$@"; do
    case $file in *-"$step".log) ;; *) continue ;; esac
    [ -s "$file" ] || continue
    printf 'the end of %s/%s:\\n' "$folder" "$file"
    tail -n 30 "$file"
    exit 0
  done
done
echo 'nothing was printed by the steps, and nothing by what they started: see where they send its output'
`;

/** A process that lives speaks for itself, and the log of a step of long ago does not. */
async function isDead(place: MachinePlace, context: Context): Promise<boolean> {
  const reading = await readMachine(place, null, context);
  if ("ended" in reading) return false;
  return reading.processes.hidden === null && reading.processes.list.every(({ alive }) => !alive);
}

async function linesOf(
  script: string,
  args: readonly string[],
  place: MachinePlace,
  context: Context,
): Promise<string[]> {
  const end = await hostOf(place, context).script(script, args, { signal: context.signal, timeoutSeconds: 20 });
  if (end.ended !== "exit") return [];
  return end.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map(context.mask);
}
