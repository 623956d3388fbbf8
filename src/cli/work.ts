import type { Progress } from "../model/progress.ts";
import type { Stage } from "../model/rollout.ts";
import { painter } from "../report/paint.ts";
import { openInterrupt } from "./interrupt.ts";
import { openProgress } from "./progress.ts";
import { refusal } from "./refusal.ts";
import { openSession } from "./session.ts";
import type { Terminal } from "./terminal.ts";
import type { Invocation, Reply, Verb } from "./verb.ts";

/** Runs the verb, with progress and the way to stop it. Never throws: what goes wrong is a reply too. */
export async function work(verb: Verb, invocation: Invocation, terminal: Terminal): Promise<Reply> {
  const progress = openProgress(terminal, painter(!invocation.on("no-color") && terminal.colour("err")));
  let stage: Stage | null = null;
  const interrupt = openInterrupt(terminal, progress.note, () => stage);
  const written: Promise<void>[] = [];
  const show = invocation.on("events")
    ? (event: Progress) => void written.push(terminal.out(`${JSON.stringify(event)}\n`))
    : progress.show;
  const emit = (event: Progress) => {
    if (event.event === "stage") stage = event.stage;
    show(event);
  };
  try {
    const session = openSession(invocation, terminal, interrupt, { emit, stop: progress.stop });
    return await (await verb.load()).run(invocation, session);
  } catch (error) {
    return refusal(error, { cancelled: interrupt.signal.aborted, debug: Boolean(terminal.env.LANDFALL_DEBUG) });
  } finally {
    interrupt.close();
    await progress.stop();
    await Promise.all(written);
  }
}
