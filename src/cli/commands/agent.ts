import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../../model/errors.ts";
import { agentText } from "../../report/agent.ts";
import { printable } from "../../report/printable.ts";
import { usage } from "../usage.ts";
import type { Run } from "../verb.ts";
import { targetOf } from "./arguments.ts";

export const run: Run = async (invocation, session) => {
  const [word = "", environment = ""] = invocation.args;
  if (word !== "install" && word !== "uninstall")
    throw new UserError("invalid", [usage(`agent takes install or uninstall, not "${word}"`, invocation.verb)]);
  const option = (name: string) => invocation.text(name);
  const request = {
    environment,
    target: targetOf(invocation),
    login: option("login"),
    user: option("user"),
    remote: option("remote"),
  };
  const { installAgent, uninstallAgent } = await import("../../agent/install.ts");
  const world = await session.world();
  const answer =
    word === "install" ? await installAgent(request, programRoot(), world) : await uninstallAgent(request, world);
  return { ending: "ok", body: { agent: answer }, text: (paint) => agentText(printable(answer), paint) };
};

/** The folder that holds dist/cli.js, or src/cli/main.ts. */
function programRoot(): string {
  const main = realpathSync.native(process.argv[1] ?? "");
  return main.endsWith(join("src", "cli", "main.ts")) ? dirname(dirname(dirname(main))) : dirname(dirname(main));
}
