import { type DeliverOptions, type Delivery, deliver } from "../io/deliver.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Notice, Occasion } from "../model/notice.ts";
import type { RolloutEvent } from "../model/rollout.ts";
import type { Mask } from "../util/mask.ts";
import type { RolloutAnswer } from "./answers.ts";
import type { World } from "./world.ts";

/** Tells of one outcome: what it is, and whom the environment names. */
export interface Telling {
  notices: readonly Notice[];
  /** Recorded already: nothing here can change it. A notification that fails becomes one of its warnings. */
  answer: RolloutAnswer;
  mask: Mask;
  /** Where the rollout is recorded; null when it is not. */
  ledger: Ledger | null;
  /** What sending may take; the defaults are those of `deliver`. */
  limits?: Omit<DeliverOptions, "signal">;
}

/**
 * Sends the notifications that an outcome calls for, all at once, and records what became of them. Nothing is loaded or
 * asked when none is due. Never throws.
 */
export async function tellOutcome(telling: Telling, world: World): Promise<void> {
  const due = telling.notices.flatMap((notice) => {
    const on = occasionFor(notice, telling.answer);
    return on === null ? [] : [{ notice, on }];
  });
  if (due.length === 0) return;
  const channels = [...new Set(due.map(({ notice }) => notice.channel))].join(", ");
  world.emit({ event: "waiting", at: now(world), for: "notification", message: `telling of the outcome: ${channels}` });
  const events = await Promise.all(due.map(({ notice, on }) => tell(notice, on, telling, world)));
  for (const event of events) world.emit(event);
  await record(events, telling).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    warn(telling, world, `what became of the notifications could not be recorded: ${message}`);
  });
}

/** What a receiver is to be told of: null when this outcome is none of it. */
export function occasionFor({ on }: Pick<Notice, "on">, answer: RolloutAnswer): Occasion | null {
  const { outcome, deferred } = answer.outcome;
  // A catch-up that found another revision proven meanwhile begins again at once, and tells then.
  if (answer.findings.some(({ code }) => code === "revision-moved")) return null;
  // One that may not write the ledger goes on under the target's lock alone, and tells of that.
  if (answer.intent === "sync" && answer.findings.some(({ code }) => code === "ledger-read-only")) return null;
  // A proof is made again and again: only what is not as it should be is news.
  const occasions = answer.intent === "prove" ? on.filter((one) => one === "failed" || one === "unproven") : on;
  const named = occasions.find((one) => one === outcome);
  return named ?? (deferred.length > 0 ? (occasions.find((one) => one === "deferred") ?? null) : null);
}

type Notified = Extract<RolloutEvent, { event: "notified" }>;

async function tell(notice: Notice, on: Occasion, telling: Telling, world: World): Promise<Notified> {
  const { channel } = notice;
  const delivery = await send(notice, on, telling, world).catch(
    (error: unknown): Delivery => ({
      result: "failed",
      message: error instanceof Error ? error.message : String(error),
    }),
  );
  const event: Notified = { event: "notified", at: now(world), channel, on, result: delivery.result };
  if (delivery.result === "sent") return event;
  const message = telling.mask.text(delivery.message);
  warn(telling, world, `the ${channel} notification was not delivered: ${message}`);
  return { ...event, message };
}

async function send(notice: Notice, on: Occasion, telling: Telling, world: World): Promise<Delivery> {
  const options = { ...telling.limits, signal: stopOf(world) };
  const answer = telling.mask.deep(telling.answer);
  const { who } = world.owner;
  const { notificationOf, slackBody, mailText, webhookBody } = await import("../report/notification.ts");
  if (notice.channel === "email") {
    const { mailOnce } = await import("../io/mail.ts");
    const mail = { from: notice.from, to: notice.to, ...mailText(notificationOf(answer, who)) };
    return await deliver((signal) => mailOnce(notice.smtp, mail, signal), options);
  }
  const { postOnce } = await import("../io/webhook.ts");
  const post =
    notice.channel === "slack"
      ? { url: notice.webhook, headers: {}, body: slackBody(notificationOf(answer, who)) }
      : { url: notice.url, headers: notice.headers, body: webhookBody(answer, on, who) };
  return await deliver((signal) => postOnce(post, signal), options);
}

/** A rollout that was cancelled is told of all the same; Ctrl-C after that, or while it is told, ends the telling. */
function stopOf(world: World): AbortSignal {
  return world.signal.aborted ? world.force : AbortSignal.any([world.signal, world.force]);
}

function warn({ answer, mask }: Telling, world: World, text: string): void {
  const finding = { code: "notification-failed", level: "warning", message: mask.text(text) } as const;
  answer.findings.push(finding);
  world.emit({ event: "finding", at: now(world), finding });
}

/** Goes behind the closing: the rollout's record is opened once more, as it may be at any time. */
async function record(events: readonly Notified[], { ledger, answer, mask }: Telling): Promise<void> {
  if (!ledger) return;
  const recorder = await ledger.record(answer.environment, answer.id, answer.application);
  try {
    const findings = answer.findings.filter(({ code }) => code === "notification-failed");
    const at = events[0]?.at ?? "";
    const warnings = findings.map((finding): RolloutEvent => ({ event: "finding", at, finding }));
    await Promise.all([...events, ...warnings].map((event) => recorder.append(mask.deep(event))));
  } finally {
    await recorder.close();
  }
}

function now(world: World): string {
  return world.now().toISOString();
}
