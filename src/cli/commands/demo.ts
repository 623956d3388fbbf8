import type { Act, DemoAnswer } from "../../actions/demo.ts";
import { conclusion } from "../../report/conclusion.ts";
import { rolloutBody } from "../../report/json.ts";
import type { Paint } from "../../report/paint.ts";
import { printable } from "../../report/printable.ts";
import type { Run } from "../verb.ts";

export const run: Run = async (invocation, session) => {
  const { demo } = await import("../../actions/demo.ts");
  const answer = await demo({ keep: invocation.on("keep") }, await session.world());
  return {
    ending: answer.kept ? "ok" : answer.stopped ? "cancelled" : "failed",
    body: {
      acts: answer.acts.map(({ title, expected, answer: own }) => ({ title, expected, ...rolloutBody(own) })),
      directory: answer.directory,
      pid: answer.pid,
    },
    text: (paint) => demoText(answer, paint),
  };
};

function demoText({ acts, kept, stopped, directory, pid }: DemoAnswer, paint: Paint): string {
  const parts = acts.map((act, index) => actLines(act, index + 1, paint).join("\n"));
  const end = kept
    ? "Each ended as it was read to be: proven, refuted with the cause, proven again. Begin with your own: landfall init"
    : stopped
      ? "The demo was stopped before its end."
      : "The demo did not end as it should: please report it with the lines above.";
  const where = directory === null ? [] : [`Left in place: ${directory}`];
  const running = pid === null ? [] : [`Its server still runs, with process id ${pid}. To end it: kill ${pid}`];
  return [...parts, [end, ...where, ...running].join("\n")].join("\n\n");
}

function actLines({ title, answer }: Act, number: number, paint: Paint): string[] {
  return [paint("bold", `${number}. ${title}`), ...conclusion(printable(answer), null, paint)];
}
