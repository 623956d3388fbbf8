import type { Finding } from "../model/finding.ts";
import type { Verb } from "./verb.ts";

/** A mistake in the command line, as a finding. */
export function usage(message: string, verb: Verb | null): Finding {
  return {
    code: "usage",
    level: "block",
    message,
    fix: verb
      ? `${verb.usage.map((line) => `landfall ${line}`).join(" or ")} (landfall ${verb.name} --help)`
      : "landfall --help lists the verbs",
  };
}
