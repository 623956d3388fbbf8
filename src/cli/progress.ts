import type { Progress } from "../model/progress.ts";
import type { Live } from "../report/live.ts";
import type { Paint } from "../report/paint.ts";
import type { Terminal } from "./terminal.ts";

/** Shows what happens while a verb works, on stderr. */
interface View {
  show(event: Progress): void;
  /** A line that stays. */
  note(text: string): void;
  /** Clears what was drawn, but the steps of a rollout that did not end well: the answer comes next. */
  stop(): void;
}

/**
 * Progress for any verb: nothing is loaded before the first event, so a verb without events pays nothing.
 * Events that come while the view is being opened are shown in order.
 */
export function openProgress(terminal: Terminal, paint: Paint) {
  let opening: Promise<View> | null = null;
  let view: View | null = null;
  const waiting: Progress[] = [];
  const open = async () => {
    view = terminal.interactive() ? await openTaskList(terminal, paint) : await openPlainLines(terminal);
    for (const event of waiting) view.show(event);
    return view;
  };
  return {
    show: (event: Progress) => {
      if (view) return view.show(event);
      waiting.push(event);
      opening ??= open();
    },
    note: (text: string) => (view ? view.note(text) : void terminal.err(`${text}\n`)),
    stop: async () => (await opening)?.stop(),
  };
}

/** Plain timed lines, for logs. */
async function openPlainLines(terminal: Terminal): Promise<View> {
  const [{ plainLine }, { printable }] = await Promise.all([
    import("../report/plain.ts"),
    import("../report/printable.ts"),
  ]);
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

const redrawEvery = 120;

/** A task list that is redrawn in place. */
async function openTaskList(terminal: Terminal, paint: Paint): Promise<View> {
  const [{ createLogUpdate }, { advance, draw, drawEnd, liveStart }, { standing }, { printable }] = await Promise.all([
    import("log-update"),
    import("../report/live.ts"),
    import("../report/plain.ts"),
    import("../report/printable.ts"),
  ]);
  const screen = createLogUpdate(terminal.stderr());
  let live: Live = liveStart;
  const columns = () => terminal.stderr().columns ?? 80;
  const redraw = () => {
    const lines = draw(live, new Date(), columns(), paint);
    // A list taller than the screen could not be redrawn in place: the last lines are those that move.
    if (lines.length > 0) screen(lines.slice(-Math.max(3, (terminal.stderr().rows ?? 24) - 1)).join("\n"));
  };
  const timer = setInterval(redraw, redrawEvery);
  timer.unref();
  const note = (text: string) => {
    screen.clear();
    void terminal.err(`${text}\n`);
  };
  return {
    show: (event) => {
      const harmless = printable(event);
      live = advance(live, harmless);
      const line = standing(harmless);
      if (line !== null) note(line);
    },
    note,
    stop: () => {
      clearInterval(timer);
      screen.clear();
      screen.done();
      const lines = drawEnd(live, columns(), paint);
      live = liveStart;
      if (lines.length > 0) void terminal.err(`${lines.join("\n")}\n\n`);
    },
  };
}
