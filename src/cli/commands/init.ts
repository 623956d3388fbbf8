import { findingLines } from "../../report/findings.ts";
import type { Run } from "../verb.ts";

export const run: Run = async (invocation, session) => {
  const { init } = await import("../../actions/init.ts");
  const answer = await init({ directory: session.directory, force: invocation.on("force") });
  void findingLines;
  return { ending: "ok", body: { ...answer }, text: () => `✔ wrote ${answer.file}` };
};
