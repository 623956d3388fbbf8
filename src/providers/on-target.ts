import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Host, ScriptOptions } from "../io/hosts.ts";
import type { Library } from "../io/library.ts";
import { type Code, codes } from "../model/codes.ts";
import type { Place } from "../model/place.ts";
import { type Answer, parseAnswer } from "./answer.ts";
import type { Context, Survey } from "./provider.ts";

/** What came of a verb on the target: its answer; its refusal, with nothing changed; or that it could not be had. */
export type TargetEnd =
  | { ended: "answer"; answer: Answer }
  | { ended: "refused-by-target"; code: Code; message: string }
  | { ended: "unreachable" | "refused" | "lost"; code: Code; message: string }
  | { ended: "cancelled" };

/**
 * Runs one verb of a provider's library on a host.
 *
 * @param library the provider's own parts, in the order in which they build on each other and on target.sh.
 * @param args by name. An undefined one is left out.
 */
export async function runVerb(
  host: Host,
  { name, parts }: Library,
  verb: string,
  args: Readonly<Record<string, string | undefined>>,
  options: ScriptOptions = {},
): Promise<TargetEnd> {
  const named = { nonce: randomBytes(8).toString("hex"), ...args };
  const words = Object.entries(named).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  const library = { name, parts: [shared(), ...parts] };
  const end = await host.script('landfall "$@"', [verb, ...words], { ...options, library });
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

/** Begins the login to a host on which verbs of a provider's library will run. */
export function beginOn(host: Host, { name, parts }: Library): void {
  host.begin({ name, parts: [shared(), ...parts] });
}

/** What a survey is when its verb gave no answer: the reason, and which of the three kinds of not knowing it is. */
export function unread(
  end: Exclude<TargetEnd, { ended: "answer" }>,
  host: string,
  { component, target }: Place,
  { mask }: Context,
): Exclude<Survey<never>, { state: "read" }> {
  if (end.ended === "cancelled")
    return {
      state: "unknown",
      finding: { code: "cancelled", level: "block", message: "cancelled", component, target },
    };
  const message = mask(end.message.includes(host) ? end.message : `${host}: ${end.message}`);
  const finding = { code: end.code, level: "block", message, component, target } as const;
  const states = {
    unreachable: "unreachable",
    refused: "refused",
    lost: "unknown",
    "refused-by-target": "unknown",
  } as const;
  return { state: states[end.ended], finding };
}

/** A ledger's id as the target keeps it: one word. */
export function ledgerKey(ledger: string): string {
  return /^[A-Za-z0-9._-]+$/.test(ledger) ? ledger : Buffer.from(ledger).toString("hex");
}

/** The target's lock names its holder as `migrate of rollout 01… (pid 7)`. */
export function busyWords(holder: string | null): string | null {
  return holder === null ? null : `the step ${holder} is still running`;
}

/** `<token> <ledger>` as the target keeps it: the highest fencing token that it has seen, and of which ledger. */
export function readToken(text: string | null): { token: number; ledger: string } | null {
  const [value, ledger] = text?.split(" ") ?? [];
  return !/^\d{1,15}$/.test(value ?? "") || !ledger ? null : { token: Number(value), ledger };
}

/** A shell text that is read when it is first needed, without its comments: the script is read byte by byte at the other end. */
export function shellText(read: () => string): () => string {
  let text: string | undefined;
  return () => {
    text ??= read().replace(/^ *#.*\n/gm, "");
    return text;
  };
}

// In this very form, which the bundler replaces by the text.
const shared = shellText(() => readFileSync(new URL("./target.sh", import.meta.url), "utf8"));

function refusal(answer: Answer): TargetEnd {
  const code = answer.get("refused");
  const known = code !== null && Object.hasOwn(codes, code);
  return {
    ended: "refused-by-target",
    code: known ? (code as Code) : "internal",
    message: answer.get("message") ?? "the target refused, and its reason was not readable",
  };
}
