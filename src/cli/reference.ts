import { exitCodeRows, optionName } from "./help.ts";
import type { Option } from "./verb.ts";
import { globalOptions, verbs } from "./verbs.ts";

/** The command line's reference page, from the definitions that help and the parser use. */
export function cliReference(): string {
  return `${[
    "# The command line",
    "Generated from `src/cli/verbs.ts` and `src/cli/exit-codes.ts` by `npm run generate`.",
    "`landfall VERB [ENV] [COMPONENT…]`: progress goes to stderr, the answer to stdout. Progress is a task list on a terminal and plain timed lines elsewhere; under GitHub Actions there are annotations and a job summary too.",
    "## Options of every verb",
    optionTable(globalOptions),
    "## Verbs",
    ...verbs.flatMap((verb) => [
      `### ${verb.name}`,
      `${verb.summary.charAt(0).toUpperCase()}${verb.summary.slice(1)}.${verb.details ? ` ${verb.details.replaceAll("\n", " ")}` : ""}`,
      `\`\`\`\n${verb.usage.map((usage) => `landfall ${usage}`).join("\n")}\n\`\`\``,
      ...(verb.options.length > 0 ? [optionTable(verb.options)] : []),
    ]),
    "## Exit codes",
    table(["code", "outcome", "meaning"], exitCodeRows()),
    "## JSON",
    "With `--json` a command writes one document, which begins with `schemaVersion`, `command`, `outcome` (a word of the table above) and `exitCode`. Deploy, rollback, prove and sync add `rollout`; `history show` adds the `rollout` as the ledger has it: `opened`, `events`, `outcome` and `closedAt`; plan adds `plan`, `changes` (what changed in each component since it was proven: `docs/changes.md`) and `findings`; check adds `file` and `findings`; status adds `environments`; history adds `rollouts`; `--help` adds `verbs`, `options` and `exitCodes`, and `--version` the `version`. A command that was refused adds `findings`, each with `code`, `level`, `message` and, where known, `file`, `line`, `column`, `component`, `target` and `fix`. Codes and fields are stable, texts are not.",
    "With `--events`, deploy, rollback, prove, sync and demo write every event as a line of JSON when it happens; the last line is the document, with `event` set to `answer`.",
  ].join("\n\n")}\n`;
}

function optionTable(options: readonly Option[]): string {
  return table(
    ["option", ""],
    options.map((option) => [`\`${optionName(option)}\``, option.help]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ").replaceAll("<", "&lt;")} |`;
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n");
}
