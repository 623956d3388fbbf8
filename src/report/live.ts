import type { Progress } from "../model/progress.ts";
import type { StepResult } from "../model/step.ts";
import { placeName } from "./findings.ts";
import type { Paint } from "./paint.ts";
import { cut } from "./table.ts";
import { span } from "./time.ts";

/** What is under way at one place, as the task list shows it. */
interface LivePlace {
  component: string;
  target: string;
  planned: number;
  ended: readonly StepResult[];
  current: { name: string; startedAt: number } | null;
  line: string;
  state: "waiting" | "working" | "proving" | "proven" | "refuted" | "unknown" | "failed" | "left";
  word: string;
}

export interface Live {
  stage: string;
  since: number;
  note: string;
  /** What the whole is about, where a verb does several things. */
  title: string;
  places: readonly LivePlace[];
  /** Whether it ended otherwise than proven. */
  wrong: boolean;
}

export const liveStart: Live = { stage: "", since: 0, note: "", title: "", places: [], wrong: false };

/** The task list after an event. Pure. */
export function advance(live: Live, event: Progress): Live {
  const now = Date.parse(event.at);
  switch (event.event) {
    case "rollout-opened":
      return { ...live, since: live.since || now };
    case "act":
      return { ...liveStart, since: now, title: event.message };
    case "waiting":
      return { ...live, since: live.since || now, note: event.message };
    case "awaiting":
      return change(live, event, { current: null, line: event.message, ...(isSettled(live, event) ? {} : proving) });
    case "stage":
      return { ...live, since: live.since || now, stage: event.stage, note: "" };
    case "surveyed":
      return change(live, event, { word: event.summary });
    case "planned":
      return event.plan.targets.reduce(
        (next, target) =>
          change(next, target, {
            planned: target.steps.length,
            word: target.steps.length === 0 ? "left alone" : "",
            state: target.steps.length === 0 ? "left" : "waiting",
          }),
        live,
      );
    case "step-started":
      return change(live, event, { state: "working", line: "", current: { name: event.name, startedAt: now } });
    case "step-output":
      return change(live, event, { line: event.line });
    case "step-ended": {
      const place = find(live, event.step);
      const ended = [...(place?.ended ?? []), event.step];
      return change(live, event.step, {
        ended,
        current: null,
        line: "",
        ...afterStep(event.step, ended.length, place),
      });
    }
    case "evidence":
      return change(live, event.evidence, { current: null, line: "", ...verdictAt(live, event.evidence) });
    case "rollout-closed":
      return { ...live, wrong: event.outcome.outcome !== "proven" };
    default:
      return live;
  }
}

function afterStep(step: StepResult, ended: number, place: LivePlace | undefined): Partial<LivePlace> {
  if (step.result === "failed") return { state: "failed", word: `${step.name} failed` };
  if (step.result === "not-reached" && place?.state !== "failed") return { state: "left", word: "not reached" };
  return place?.state === "working" && ended >= place.planned ? proving : {};
}

const proving = { state: "proving", word: "proving" } as const;

/** Whether a place has its verdict, which no waiting changes. */
function isSettled(live: Live, key: PlaceKey): boolean {
  return /^(failed|refuted|unknown|proven)$/.test(find(live, key)?.state ?? "");
}

/** The worst verdict of a place stands; a failed step is not made good by a proof. */
function verdictAt(
  live: Live,
  evidence: { component: string; target: string; claim: string; verdict: "proven" | "refuted" | "unknown" },
): Partial<LivePlace> {
  const before = find(live, evidence)?.state;
  if (before === "failed" || before === "refuted") return {};
  if (before === "unknown" && evidence.verdict === "proven") return {};
  return { state: evidence.verdict, word: `${evidence.claim} ${evidence.verdict}` };
}

type PlaceKey = { component: string; target: string };

function find(live: Live, key: PlaceKey): LivePlace | undefined {
  return live.places.find((place) => place.component === key.component && place.target === key.target);
}

function change(live: Live, key: PlaceKey, changes: Partial<LivePlace>): Live {
  const { component, target } = key;
  if (find(live, key))
    return {
      ...live,
      places: live.places.map((place) =>
        place.component === component && place.target === target ? { ...place, ...changes } : place,
      ),
    };
  const fresh: LivePlace = {
    component,
    target,
    planned: 0,
    ended: [],
    current: null,
    line: "",
    state: "waiting",
    word: "",
    ...changes,
  };
  return { ...live, places: [...live.places, fresh] };
}

const marks = {
  waiting: ["dim", "·"],
  left: ["dim", "·"],
  working: ["cyan", "▸"],
  proving: ["cyan", "▸"],
  proven: ["green", "✔"],
  refuted: ["red", "✘"],
  failed: ["red", "✘"],
  unknown: ["yellow", "?"],
} as const;

/** The task list as lines, none wider than the terminal. */
export function draw(live: Live, now: Date, width: number, paint: Paint): string[] {
  const names = live.places.map((place) => placeName(place.component, place.target));
  const widest = Math.max(0, ...names.map((name) => name.length));
  const lines = live.places.flatMap((place, index) => {
    const [colour, mark] = marks[place.state];
    const text = ` ${(names[index] ?? "").padEnd(widest)}  ${placeText(place, now)}`;
    const output = place.line.trim() !== "" ? [paint("dim", cut(`    │ ${place.line}`, width))] : [];
    return [paint(colour, mark) + cut(text, width - 1), ...output];
  });
  const elapsed = live.since === 0 ? "" : ` ${span((now.getTime() - live.since) / 1000)}`;
  const foot = [live.title, live.note || live.stage].filter(Boolean).join(": ");
  return foot === "" ? lines : [...lines, paint("dim", cut(`${foot}${elapsed}`, width))];
}

/** What stays on the screen of a rollout that did not end well: each place with how its steps ended. None where it had none. */
export function drawEnd({ places, wrong }: Live, width: number, paint: Paint): string[] {
  if (!wrong) return [];
  return places
    .filter(({ ended }) => ended.length > 0)
    .flatMap(({ component, target, ended, state, word }) => {
      const [colour, mark] = marks[state];
      const widest = Math.max(...ended.map(({ name }) => name.length));
      const head = paint(colour, mark) + cut(` ${placeName(component, target)}  ${word}`, width - 1);
      return [head.trimEnd(), ...ended.map((step) => stepLine(step, widest, width, paint))];
    });
}

function stepLine(step: StepResult, widest: number, width: number, paint: Paint): string {
  const { name, result, startedAt, endedAt } = step;
  const took = startedAt && endedAt ? span((Date.parse(endedAt) - Date.parse(startedAt)) / 1000) : "";
  const words = { done: took, unchanged: "unchanged", failed: took, "not-reached": "not reached" };
  const text = result in words ? words[result as keyof typeof words] : result;
  const [colour, mark] = marks[result === "failed" ? "failed" : result === "done" ? "proven" : "waiting"];
  return `    ${paint(colour, mark)}${cut(` ${name.padEnd(widest)}  ${text}`, width - 5)}`.trimEnd();
}

function placeText(place: LivePlace, now: Date): string {
  if (!place.current) return place.word;
  const count = place.planned === 0 ? "" : `${Math.min(place.ended.length + 1, place.planned)}/${place.planned} `;
  return `${count}${place.current.name}  ${span((now.getTime() - place.current.startedAt) / 1000)}`;
}
