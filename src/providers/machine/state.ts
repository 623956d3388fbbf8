import type { Answer } from "../answer.ts";

/** What the target says of its releases and its clock: the part that surveys and proofs both read. */
export interface TargetState {
  /** What `current` is. `elsewhere`: a link that leads to no release. `nolink`: something that is not a link. */
  current: { is: "release" | "none" | "elsewhere" | "nolink" | "unknown"; id: string | null; link: string | null };
  /** The real path of what `current` leads to. */
  home: string | null;
  /** What was noted when the current release was laid: our own note, so not a proof. */
  record: { commit: string; digest: string; recipe: string | null } | null;
  complete: boolean;
  switched: { id: string; boot: string; clock: string; time: number } | null;
  boot: string | null;
  clock: string | null;
  /** Now, by that clock. */
  now: number | null;
  /** Units of that clock per second. */
  hertz: number;
}

export function readState(answer: Answer): TargetState {
  const [clock, now] = words(answer, "now");
  const ticks = clock === "ticks" ? number(answer.get("hertz") ?? "") : 1;
  return {
    current: readCurrent(answer),
    home: answer.get("home") || null,
    record: readRecord(answer),
    complete: answer.get("complete") === "yes",
    switched: readSwitched(answer),
    boot: answer.get("boot"),
    clock: clock ?? null,
    now: number(now ?? ""),
    hertz: ticks || 100,
  };
}

/** A whole number that was written as one; null for everything else. */
export function number(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function readCurrent(answer: Answer): TargetState["current"] {
  const said = answer.get("current");
  const link = answer.get("link");
  if (said === "none" || said === "nolink" || said === "elsewhere") return { is: said, id: null, link };
  return said === null ? { is: "unknown", id: null, link } : { is: "release", id: said, link };
}

function readRecord(answer: Answer): TargetState["record"] {
  const [commit, digest, , recipe] = words(answer, "record");
  return commit && digest ? { commit, digest, recipe: recipe || null } : null;
}

function readSwitched(answer: Answer): TargetState["switched"] {
  const [id, boot, clock, text] = words(answer, "switched");
  const time = number(text ?? "");
  return id && boot && clock && time !== null ? { id, boot, clock, time } : null;
}

function words(answer: Answer, key: string): string[] {
  return answer.get(key)?.split(" ") ?? [];
}
