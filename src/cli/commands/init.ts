import { printable } from "../../report/printable.ts";
import type { Run } from "../verb.ts";

export const run: Run = async (invocation, session) => {
  const { init } = await import("../../actions/init.ts");
  const answer = await init({ directory: session.directory, force: invocation.on("force") });
  const { file, notes } = printable(answer);
  return {
    ending: "ok",
    body: { ...answer },
    text: (paint) => [paint("green", `✔ wrote ${file}`), ...notes.map((note) => `  ${note}`)].join("\n"),
  };
};
