import type { RolloutAnswer } from "../model/answers.ts";
import type { Occasion } from "../model/notice.ts";
import { shortCommit } from "../model/revision.ts";
import { placeName } from "./findings.ts";
import { documentVersion } from "./json.ts";
import { printable } from "./printable.ts";
import { cut } from "./table.ts";

/** An outcome in the few words that reach somebody who is elsewhere. Control characters are made visible. */
export interface Notification {
  /** One line: `FAILED  uat  jobs-app@3f9c2e1`. */
  title: string;
  /** One line per target, or per reason that concerns none. */
  lines: string[];
  /** Who did what, and where the whole of it is found. */
  closing: string;
  emoji: string;
}

const emojis = { proven: "✅", failed: "❌", blocked: "⛔", unproven: "⚠️", interrupted: "⚠️", cancelled: "🚫" } as const;
const mostLines = 20;
const longestLine = 400;

/** @param who the person or job that acted. */
export function notificationOf(answer: RolloutAnswer, who: string): Notification {
  const { application, environment, outcome, revision, intent, id } = printable(answer);
  const deferred = outcome.deferred.length === 0 ? "" : `, ${outcome.deferred.length} deferred`;
  const what = revision ? `${application}@${shortCommit(revision.commit)}` : application;
  const lines = linesOf(printable(answer)).map((line) => cut(line.replace(/\s*\n\s*/g, " / "), longestLine));
  const more = lines.length > mostLines ? [`… and ${lines.length - mostLines} more`] : [];
  return {
    emoji: emojis[outcome.outcome],
    title: [`${outcome.outcome.toUpperCase()}${deferred}`, environment, what].filter((part) => part !== "").join("  "),
    lines: [...lines.slice(0, mostLines), ...more],
    closing: `${intent} by ${oneLine(who)}: landfall history show ${id}`,
  };
}

/** The body for a Slack-compatible incoming webhook. */
export function slackBody(notification: Notification): string {
  const { emoji, title, lines, closing } = notification;
  const text = slackText([`${emoji} ${title}`, ...lines, closing].join("\n"));
  // What a unit or a step printed is no markup, and no address in it is to be fetched.
  return JSON.stringify({ text, mrkdwn: false, unfurl_links: false, unfurl_media: false });
}

/** Escapes what Slack reads as markup, and breaks the words that would call a whole channel. */
export function slackText(text: string): string {
  return text
    .toWellFormed()
    .replace(/@(?=(?:here|channel|everyone|all)\b)/gi, "@\u200b")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** Subject and text of a mail. The subject is one line. */
export function mailText({ title, lines, closing }: Notification): { subject: string; text: string } {
  const text = [title, "", ...lines, "", closing, ""].join("\n").toWellFormed();
  return { subject: cut(oneLine(`Landfall: ${title}`), 200).toWellFormed(), text };
}

/** The document for any other receiver: fields of `--json`'s rollout, by the same names. */
export function webhookBody(answer: RolloutAnswer, on: Occasion, who: string): string {
  const { id, application, environment, intent, revision, outcome, deferred, tookOver } = answer;
  const rollout = {
    id,
    application,
    environment,
    intent,
    revision,
    outcome: outcome.outcome,
    reasons: outcome.reasons,
    deferred,
    tookOver,
    who,
  };
  return JSON.stringify({ schemaVersion: documentVersion, event: "outcome", on, outcome: outcome.outcome, rollout });
}

interface Told {
  place: string;
  words: string[];
}

/** What is to be said of each place, in the order of the plan where there is one. */
function linesOf(answer: RolloutAnswer): string[] {
  const { outcome, plan, evidence, steps } = answer;
  const components = new Set([...evidence, ...steps, ...(plan?.targets ?? [])].map(({ component }) => component));
  // With one component, the target alone says where.
  const placeOf = (component: string | undefined, target: string | undefined) =>
    placeName(components.size > 1 || target === undefined ? component : undefined, target);
  const told = new Map<string, Told>();
  const say = (component: string | undefined, target: string | undefined, word: string) => {
    const place = placeOf(component, target);
    const entry = told.get(place) ?? { place, words: [] };
    told.set(place, entry);
    if (word !== "" && !entry.words.includes(word)) entry.words.push(word);
  };
  for (const { component, target } of plan?.targets ?? []) say(component, target, "");
  for (const { component, target, message, code } of outcome.reasons)
    say(component, target, code === undefined ? message : `${message} (${code})`);
  for (const { component, target, reason, commit } of outcome.deferred)
    say(component, target, `deferred: ${reason}; it owes ${shortCommit(commit)} and will catch up`);
  for (const [place, entry] of told) {
    if (entry.words.length > 0) continue;
    const here = (of: { component: string; target: string }) => placeOf(of.component, of.target) === place;
    const seen = evidence.filter(here);
    const unreached = steps.find((step) => here(step) && step.result === "not-reached");
    if (seen.length > 0) entry.words.push(seen.every(({ verdict }) => verdict === "proven") ? "proven" : "not proven");
    else entry.words.push(unreached?.result === "not-reached" ? `not reached: ${unreached.reason}` : "left as it was");
  }
  return [...told.values()].map(({ place, words }) =>
    place === "" ? words.join("; ") : `${place}: ${words.join("; ")}`,
  );
}

function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ").trim();
}
