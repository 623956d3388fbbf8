import { parseArgs } from "node:util";
import type { Finding } from "../model/finding.ts";
import { usage } from "./usage.ts";
import type { Invocation, Option, Verb } from "./verb.ts";
import { globalOptions, verbs } from "./verbs.ts";

/** A command line with what is wrong with it: all of it at once. */
export interface Understood {
  invocation: Invocation;
  mistakes: Finding[];
}

/**
 * Reads a command line (without node and the script). Options may stand before or after the verb and among its arguments;
 * after `--` everything is an argument. Never throws: mistakes are findings.
 */
export async function understand(argv: readonly string[]): Promise<Understood> {
  // Options of all verbs are known while the verb is not yet: an option has the same form wherever it occurs.
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries([...globalOptions, ...verbs.flatMap((verb) => verb.options)].map(form)),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));
  // `landfall help deploy` and `landfall version`, as people try them first.
  const asked = optionVerbs.find((name) => name === words[0]);
  const [word, ...args] = asked === undefined ? words : words.slice(1);
  const verb = verbs.find((known) => known.name === word) ?? null;
  const mistakes: Finding[] = [];
  if (word !== undefined && !verb) mistakes.push(await unknownVerb(word));
  const known = [...globalOptions, ...(verb ?? { options: verbs.flatMap((each) => each.options) }).options];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = known.find((each) => each.name === token.name);
    const mistake = option ? mistakeIn(option, token, values, verb) : await unknownOption(token.rawName, known, verb);
    if (mistake) mistakes.push(usage(mistake, verb));
    else values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? ""]);
  }
  if (asked !== undefined) values.set(asked, [""]);
  const wantsHelp = values.has("help") || values.has("version");
  if (verb && !wantsHelp && mistakes.length === 0) mistakes.push(...argumentMistakes(verb, args));
  return {
    invocation: {
      verb,
      args,
      on: (name) => values.has(name),
      text: (name) => values.get(name)?.[0],
      list: (name) => values.get(name) ?? [],
    },
    mistakes,
  };
}

/** Options that may be asked for as if they were verbs. */
const optionVerbs = ["help", "version"];

function form(option: Option): [string, { type: "string" | "boolean"; multiple: true; short?: string }] {
  const type = option.value === undefined ? "boolean" : "string";
  return [option.name, { type, multiple: true, ...(option.short ? { short: option.short } : {}) }];
}

interface OptionToken {
  rawName: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

function mistakeIn(
  option: Option,
  token: OptionToken,
  values: ReadonlyMap<string, unknown>,
  verb: Verb | null,
): string | null {
  const { rawName, value, inlineValue } = token;
  // Who means "verbose" would be told the version, and a job that nothing was wrong.
  if (verb && option.name === "version") return `${rawName} shows the version, and does not go with ${verb.name}`;
  if (option.value === undefined) return value === undefined ? null : `${rawName} takes no value`;
  if (value === undefined || value === "") return `${rawName} needs a value: ${rawName} ${option.value}`;
  // `--ref --dry-run` is a forgotten value far more often than a ref with that name.
  if (!inlineValue && value.startsWith("-"))
    return `${rawName} needs a value; if it is ${value}, write ${rawName}=${value}`;
  if (!option.many && values.has(option.name)) return `${rawName} is given twice`;
  return null;
}

async function unknownOption(rawName: string, known: readonly Option[], verb: Verb | null): Promise<string> {
  const like = await meant(
    rawName.replace(/^-+/, ""),
    known.map((option) => option.name),
  );
  const owners = verbs.filter((each) => each.options.some((option) => `--${option.name}` === rawName));
  const hint = like
    ? `; did you mean --${like}?`
    : owners.length > 0
      ? `; it belongs to ${owners.map((each) => each.name).join(", ")}`
      : "";
  return `${verb ? `${verb.name} has` : "there is"} no option ${rawName}${hint}`;
}

async function unknownVerb(word: string): Promise<Finding> {
  const like = await meant(word, [...verbs.map((verb) => verb.name), ...optionVerbs]);
  return usage(`there is no verb "${word}"${like ? `; did you mean ${like}?` : ""}`, null);
}

/** Only a mistake needs the comparison of words. */
async function meant(word: string, known: readonly string[]): Promise<string | null> {
  const { nearest } = await import("../util/nearest.ts");
  return nearest(word, known);
}

function argumentMistakes(verb: Verb, args: readonly string[]): Finding[] {
  const [least, most] = verb.takes;
  if (args.length < least)
    return [usage(`${verb.name} needs ${least === 1 ? "an environment" : "more arguments"}`, verb)];
  if (args.length > most) return [usage(`${verb.name} does not take "${args[most]}"`, verb)];
  const empty = args.some((argument) => argument === "");
  return empty ? [usage("an argument is empty: is a variable of your shell not set?", verb)] : [];
}
