import type { Path } from "./document.ts";

/** Component types that the design has and this version does not. */
export const plannedTypes: readonly string[] = ["ecs-service", "cloud-run", "smus", "command"];

/** Keys that the design has and this version does not, by the kind of section. `*` stands for any name. */
const plannedKeys: readonly { section: string; keys: readonly string[] }[] = [
  { section: "", keys: ["tests", "accept"] },
  {
    section: "components.*",
    keys: ["checks", "cluster", "deploy", "health", "manifest", "project", "region", "service"],
  },
  { section: "components.*.prove", keys: ["run"] },
  { section: "environments.*", keys: ["approvals", "account"] },
];

/** Whether a key that the schema does not have is one that the design plans: it is then refused by name. */
export function isPlanned(section: Path, key: string): boolean {
  return plannedKeys.some((planned) => planned.keys.includes(key) && matches(planned.section, section));
}

function matches(pattern: string, section: Path): boolean {
  const parts = pattern === "" ? [] : pattern.split(".");
  return parts.length === section.length && parts.every((part, i) => part === "*" || part === section[i]);
}
