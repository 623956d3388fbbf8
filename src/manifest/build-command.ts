import { expressionsInCommand } from "../model/command.ts";
import type { Mistake } from "./issues.ts";
import { type Section, section } from "./written.ts";

/** A build makes what every environment gets unchanged, so its command cannot name what differs between them. */
export function buildMistakes(components: Section): Mistake[] {
  return Object.entries(components).flatMap(([name, component]) => {
    const { build } = section(component);
    if (typeof build !== "string") return [];
    const own = expressionsInCommand(build).filter((found) => !found.name.startsWith("env."));
    return own.map((found) => ({
      code: "bad-value",
      message: `components.${name}.build: \${${found.name}} is not the same for every environment, and what is built is`,
      path: ["components", name, "build"],
      part: "value",
    }));
  });
}
