import type { Progress } from "../model/progress.ts";
import type { Live } from "../report/live.ts";
import type { Paint } from "../report/paint.ts";
import type { Terminal } from "./terminal.ts";

/** Shows what happens while a verb works, on stderr. */
export interface ProgressView {
  show(event: Progress): void;
  /** A line that stays. */
  note(text: string): void;
  /** Clears what was drawn: the answer comes next. */
  stop(): void;
}

/** Nothing is shown: `--events` tells it all. */
export const silent: ProgressView = { show: () => {}, note: () => {}, stop: () => {} };

/** A task list that is redrawn where the terminal can, plain timed lines elsewhere. */
export async function openProgress(terminal: Terminal, paint: Paint): Promise<ProgressView> {
  const { printable } = await import("../report/printable.ts");
  if (!terminal.interactive) {
    const { plainLine } = await import("../report/plain.ts");
    const write = (text: string) => void terminal.err(`${text}\n`);
    return {
      show: (event) => {
        const line = plainLine(printable(event));
        if (line !== null) write(line);
      },
      note: write,
      stop: () => {},
    };
  }
  const [{ createLogUpdate }, report] = await Promise.all([import("log-update"), import("../report/live.ts")]);
  const draw = createLogUpdate(terminal.stderr);
  let live: Live = report.liveStart;
  const redraw = () => {
    const lines = report.draw(live, new Date(), terminal.stderr.columns ?? 80, paint);
    // A list taller than the screen could not be redrawn: the last lines are those that move.
    if (lines.length > 0) draw(lines.slice(-Math.max(3, (terminal.stderr.rows ?? 24) - 1)).join("\n"));
  };
  const timer = setInterval(redraw, 120);
  timer.unref();
  return {
    show: (event) => {
      live = report.advance(live, printable(event));
    },
    note: (text) => {
      draw.clear();
      void terminal.err(`${text}\n`);
    },
    stop: () => {
      clearInterval(timer);
      draw.clear();
      draw.done();
    },
  };
}
