import type { Artifact } from "../../model/artifact.ts";
import type { Reading } from "../../model/evidence.ts";
import { shortCommit } from "../../model/revision.ts";
import type { Judged } from "../judged.ts";
import type { Wanted } from "../provider.ts";
import { unescapePath } from "./files-list.ts";
import type { Process } from "./process.ts";
import type { MachineReading } from "./read.ts";
import { releaseOf } from "./release.ts";
import { runningVerdict } from "./running.ts";
import type { MachinePlace } from "./target.ts";

/** `current` leads to the release, or to one made of another commit with the very same source. */
export function releaseClaim(place: MachinePlace, wanted: Wanted, { state, at }: MachineReading): Judged {
  const expected = releaseOf(place, wanted);
  const { current, record } = state;
  const link = `${place.spec.directory}/current`;
  const readings: Reading[] = [{ unit: link, identity: current.id ?? current.link, source: `readlink ${link}`, at }];
  const claim = { claim: "release", expected, readings };
  if (current.is === "unknown")
    return { ...claim, verdict: "unknown", code: "no-evidence", reason: `what ${link} is was not readable` };
  if (current.id === null) {
    const is = { none: "does not exist", nolink: "is not a link", elsewhere: `leads to ${current.link}`, release: "" };
    return { ...claim, verdict: "refuted", code: "wrong-release", reason: `${link} ${is[current.is]}` };
  }
  const commit = record?.digest === wanted.digest && wanted.accepts.includes(record.commit) ? record.commit : null;
  if (record !== null)
    readings.push({ unit: `releases/${current.id}`, identity: record.commit, source: ".landfall/releases", at });
  if (current.id !== expected && commit === null) {
    const has = record === null ? "" : ` (${shortCommit(record.commit)})`;
    const reason = `${link} leads to releases/${current.id}${has}, not to releases/${expected}`;
    return { ...claim, verdict: "refuted", code: "wrong-release", reason };
  }
  return { ...claim, verdict: "proven", reason: `current is releases/${current.id}` };
}

/** Every file of the artifact is on the target as it was sent, or as a step of this release left it. */
export function filesClaim(artifact: Artifact, reading: MachineReading): Judged {
  const total = artifact.files.length;
  const { files, at } = reading;
  const count = `${total} ${total === 1 ? "file" : "files"}`;
  const expected = `${count} as in ${artifact.digest.slice(0, 19)}`;
  const unit = `releases/${reading.state.current.id}`;
  if (files === null || files.checked !== total) {
    const reason = files === null ? "the files were not read" : `${files.checked} of ${total} files were read`;
    return { claim: "files", expected, readings: [], verdict: "unknown", code: "no-evidence", reason };
  }
  const ours = new Map(files.changed.map((line) => [afterSpace(line), line.split(" ")[0] ?? ""]));
  const strange = strangeFiles(files);
  const identity = `${total - files.differs.length} of ${total} as sent`;
  const claim = {
    claim: "files",
    expected,
    readings: [{ unit, identity, source: "sha256 and mode of each file", at }],
  };
  if (strange.length > 0) {
    const named = strange.slice(0, 5).map(fileInWords).join(", ");
    const more = strange.length > 5 ? ` and ${strange.length - 5} more` : "";
    return { ...claim, verdict: "refuted", code: "file-changed", reason: `not as sent: ${named}${more}` };
  }
  const notes = files.differs.slice(0, 5).map((line) => `${fileName(line)} was changed by step ${ours.get(line)}`);
  const more = files.differs.length > 5 ? [`${files.differs.length - 5} more by steps`] : [];
  return { ...claim, verdict: "proven", reason: [`${count} as sent`, ...notes, ...more].join("; ") };
}

/** Of the files that differ those that no step of ours left so. */
export function strangeFiles({ differs, changed }: NonNullable<MachineReading["files"]>): string[] {
  const ours = new Set(changed.map(afterSpace));
  return differs.filter((line) => !ours.has(line));
}

/** The unit or the process runs from the release and was started after the switch. */
export function runningClaim(place: MachinePlace, wanted: Wanted, { state, processes, at }: MachineReading): Judged {
  const { service, process } = place.spec.prove;
  const found = process?.port === undefined ? `pid file ${process?.pidFile}` : `port ${process.port}`;
  const verdict = runningVerdict(service ?? null, processes, state);
  const readings: Reading[] = processes.list.flatMap((item) => processReadings(item, at));
  if (service !== undefined && processes.unit !== null)
    readings.unshift({ unit: service, identity: processes.unit.ActiveState || null, source: "systemctl show", at });
  const claim = {
    claim: service === undefined ? "process" : "service",
    expected: `${service ?? found} runs from releases/${releaseOf(place, wanted)}, started after the switch`,
    readings,
  };
  if (verdict.verdict !== "proven") return { ...claim, ...verdict };
  const commit = shortCommit(state.record?.commit ?? wanted.commit);
  const pids = `pid ${verdict.pids.join(", ")}`;
  return {
    ...claim,
    verdict: "proven",
    reason: `${commit} (${pids}, from ${verdict.from}, up ${Math.floor(verdict.upSeconds)} s)`,
  };
}

function processReadings(process: Process, at: string): Reading[] {
  const unit = `pid ${process.pid}`;
  if (!process.alive) return [{ unit, identity: "not alive", source: `/proc/${process.pid}`, at }];
  return [
    { unit, identity: process.cwd, source: `/proc/${process.pid}/cwd`, at },
    { unit, identity: process.exe, source: `/proc/${process.pid}/exe`, at },
  ];
}

function fileInWords(line: string): string {
  const [state = ""] = line.split(" ");
  const name = fileName(line);
  if (state === "missing") return `${name} (missing)`;
  if (state === "type") return `${name} (not the kind of file that was sent)`;
  if (state === "unreadable") return `${name} (not readable)`;
  return state.startsWith("mode-") ? `${name} (mode ${state.slice(5)})` : name;
}

function fileName(line: string): string {
  return JSON.stringify(fileOf(line)).slice(1, -1);
}

/** The path in a line of files that differ. */
export function fileOf(line: string): string {
  return unescapePath(afterSpace(line));
}

function afterSpace(line: string): string {
  return line.slice(line.indexOf(" ") + 1);
}
