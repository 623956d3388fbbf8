import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ScriptOptions } from "../../io/hosts.ts";
import { type Code, codes } from "../../model/codes.ts";
import type { Place } from "../../model/place.ts";
import { shellQuote } from "../../util/shell.ts";
import type { Context } from "../provider.ts";
import { type Answer, parseAnswer } from "./answer.ts";
import type { MachineSpec, MachineTarget } from "./spec.ts";

export type MachinePlace = Place<MachineSpec, MachineTarget>;

/** What came of a verb on the target: its answer; its refusal, with nothing changed; or that it could not be had. */
export type TargetEnd =
  | { ended: "answer"; answer: Answer }
  | { ended: "refused-by-target"; code: Code; message: string }
  | { ended: "unreachable" | "refused" | "lost"; code: Code; message: string }
  | { ended: "cancelled" };

const parts = {
  unpack: "release",
  switch: "release",
  finish: "release",
  note: "release",
  step: "step",
  survey: "read",
  read: "read",
};
export type Verb = keyof typeof parts;

/**
 * Runs one verb of target.sh at a place.
 *
 * @param args by name; the directory and the names of the place are added. An undefined one is left out.
 */
export async function onTarget(
  verb: Verb,
  place: MachinePlace,
  args: Readonly<Record<string, string | undefined>>,
  context: Context,
  options: ScriptOptions = {},
): Promise<TargetEnd> {
  const named = {
    directory: place.spec.directory,
    environment: place.environment,
    component: place.component,
    target: place.target,
    nonce: randomBytes(8).toString("hex"),
    ...args,
  };
  const words = Object.entries(named).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  const end = await hostOf(place, context).script(library(verb), [verb, ...words], {
    signal: context.signal,
    ...options,
  });
  if (end.ended !== "exit") return end;
  const answer = parseAnswer(end.stdout, verb);
  if (answer.all("refused").length > 0) return refusal(answer);
  if (answer.whole) return { ended: "answer", answer };
  const said = end.stderr.trim().split("\n").at(-1) ?? "";
  return {
    ended: "lost",
    code: "connection-lost",
    message: `the answer of \`${verb}\` was cut off (exit status ${end.status}${said === "" ? "" : `: ${said}`})`,
  };
}

/** A ledger's id as the target keeps it: one word. */
export function ledgerKey(ledger: string): string {
  return /^[A-Za-z0-9._-]+$/.test(ledger) ? ledger : Buffer.from(ledger).toString("hex");
}

/** The way to a place's machine. */
export function hostOf(place: MachinePlace, context: Context) {
  return context.hosts.get(place.at);
}

function refusal(answer: Answer): TargetEnd {
  const code = answer.get("refused");
  const known = code !== null && Object.hasOwn(codes, code);
  return {
    ended: "refused-by-target",
    code: known ? (code as Code) : "internal",
    message: answer.get("message") ?? "the target refused, and its reason was not readable",
  };
}

/** The script: the shared part and the one that the verb is in, as a text that the script itself can pass on. */
function library(verb: Verb): string {
  const text = `${shared()}\n${texts[parts[verb] as keyof typeof texts]()}`;
  return `LANDFALL_LIB=${shellQuote(text)}\neval "$LANDFALL_LIB"\nlandfall "$@"`;
}

// Read when first needed, and in this very form, which the bundler replaces by the text.
const shared = once(() => readFileSync(new URL("./target.sh", import.meta.url), "utf8"));
const texts = {
  release: once(() => readFileSync(new URL("./target-release.sh", import.meta.url), "utf8")),
  step: once(() => readFileSync(new URL("./target-step.sh", import.meta.url), "utf8")),
  read: once(() => readFileSync(new URL("./target-read.sh", import.meta.url), "utf8")),
};

function once(read: () => string): () => string {
  let text: string | undefined;
  return () => {
    text ??= withoutComments(read());
    return text;
  };
}

/** Comments stay at home: the script is read byte by byte at the other end. */
function withoutComments(text: string): string {
  return text.replace(/^ *#.*\n/gm, "");
}
