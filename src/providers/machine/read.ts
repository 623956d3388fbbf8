import type { Artifact } from "../../model/artifact.ts";
import type { Answer } from "../answer.ts";
import type { TargetEnd } from "../on-target.ts";
import type { Context } from "../provider.ts";
import { claimArguments } from "./claim-arguments.ts";
import { filesList } from "./files-list.ts";
import { type Processes, readProcesses } from "./process.ts";
import { number, readState, type TargetState } from "./state.ts";
import { type MachinePlace, onTarget } from "./target.ts";

/** One look at a running machine. */
export interface MachineReading {
  /** When it was taken, by the clock of the reader. */
  at: string;
  state: TargetState;
  processes: Processes;
  /** Null when the files were not asked for or could not be read. Lines as check_files of target.sh gives them. */
  files: { checked: number; differs: string[]; changed: string[] } | null;
}

/**
 * Reads the machine once.
 *
 * @param artifact when given, its files are compared: with our own list, not with what the target remembers.
 */
export async function readMachine(
  place: MachinePlace,
  artifact: Artifact | null,
  context: Context,
): Promise<MachineReading | Exclude<TargetEnd, { ended: "answer" }>> {
  const end = await onTarget(
    "read",
    place,
    { ...claimArguments(place), files: artifact ? "yes" : undefined },
    context,
    {
      payload: { text: artifact ? filesList(artifact.files) : "" },
      timeoutSeconds: 300,
    },
  );
  if (end.ended !== "answer") return end;
  return readingOf(end.answer);
}

/** What an answer tells of the machine. */
export function readingOf(answer: Answer): MachineReading {
  const checked = number(answer.get("checked") ?? "");
  return {
    at: new Date().toISOString(),
    state: readState(answer),
    processes: readProcesses(answer),
    files: checked === null ? null : { checked, differs: answer.all("differs"), changed: answer.all("changed") },
  };
}
