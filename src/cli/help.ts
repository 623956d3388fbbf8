import { columns } from "../report/table.ts";
import { endings } from "./exit-codes.ts";
import type { Option, Verb } from "./verb.ts";
import { globalOptions, verbs } from "./verbs.ts";

/** What `landfall --help` prints. */
export function generalHelp(): string {
  return [
    "landfall VERB [ENV] [COMPONENT…]",
    "",
    "Deploys from one manifest, landfall.yaml. A deployment is done only when the intended revision",
    "is proven to be running; nothing fails silently.",
    "",
    "Verbs",
    ...columns(
      verbs.map((verb) => [verb.name, verb.summary]),
      "  ",
    ),
    "",
    "Options of every verb",
    ...optionLines(globalOptions),
    "",
    "Exit codes",
    ...columns(exitCodeRows(), "  "),
    "",
    "landfall VERB --help shows a verb's own options. New here? Try: landfall demo",
  ].join("\n");
}

/** What `landfall VERB --help` prints. */
export function verbHelp(verb: Verb): string {
  return [
    ...verb.usage.map((usage) => `landfall ${usage}`),
    "",
    `${verb.summary.charAt(0).toUpperCase()}${verb.summary.slice(1)}.`,
    ...(verb.details ? [verb.details] : []),
    ...(verb.options.length > 0 ? ["", "Options", ...optionLines(verb.options)] : []),
    "",
    "Options of every verb",
    ...optionLines(globalOptions),
  ].join("\n");
}

/** What `--help --json` tells: of one verb, or of all. */
export function helpBody(verb: Verb | null): Record<string, unknown> {
  return {
    verbs: (verb ? [verb] : verbs).map(({ name, summary, usage, details, options }) => ({
      name,
      summary,
      usage,
      ...(details === undefined ? {} : { details }),
      options,
    })),
    options: globalOptions,
    exitCodes: endings,
  };
}

/** One row per outcome: exit code, outcome, meaning. */
export function exitCodeRows(): string[][] {
  return Object.entries(endings).map(([outcome, { code, meaning }]) => [String(code), outcome, meaning]);
}

export function optionName(option: Option): string {
  const long = `--${option.name}${option.value ? ` ${option.value}` : ""}`;
  return option.short ? `-${option.short}, ${long}` : long;
}

function optionLines(options: readonly Option[]): string[] {
  return columns(
    options.map((option) => [optionName(option), option.help]),
    "  ",
  );
}
