import { z } from "zod";
import { type Notice, Occasion } from "../model/notice.ts";
import { headerName, headerValue, mailAddress, mailServer, webAddress } from "../model/text.ts";
import { percentDecoded } from "../util/percent.ts";

const on = () =>
  z
    .array(Occasion)
    .min(1)
    .default(["failed", "unproven", "deferred"])
    .describe(
      "The outcomes to tell of. `deferred`: targets were left to catch up. A `prove` tells only of failed and unproven.",
    );

const slack = z.strictObject({
  webhook: webAddress().describe("The address of a Slack-compatible incoming webhook. It is a secret, and masked."),
  on: on(),
});

const webhook = z.strictObject({
  url: webAddress().describe("Where a JSON document is posted to. It is a secret, and masked."),
  headers: z
    .record(headerName(), headerValue())
    .default({})
    .describe("Headers to send, such as `authorization`. Those that carry credentials are masked."),
  on: on(),
});

const email = z.strictObject({
  to: z.array(mailAddress()).min(1).describe("The receivers: `ops@example.org` or `Operations <ops@example.org>`."),
  from: mailAddress().describe("The sender."),
  smtp: mailServer().describe(
    "The mail server: `smtp://user:password@host:587` (with STARTTLS where a password is sent) or `smtps://user:password@host`. It is a secret, and masked.",
  ),
  on: on(),
});

/** `notify` of an environment: whom to tell of outcomes. */
export const notifySchema = z
  .array(
    z
      .strictObject({
        slack: slack.optional().describe("A message to a channel of Slack, Mattermost, or what else takes the same."),
        webhook: webhook.optional().describe("A JSON document to any address."),
        email: email.optional().describe("A mail."),
      })
      .refine((item) => Object.values(item).filter((channel) => channel !== undefined).length === 1, {
        error: "must have exactly one of slack, webhook and email",
        // A misspelt channel is told as that alone.
        when: ({ issues }) => issues.length === 0,
      }),
  )
  .default([])
  .describe(
    "Whom to tell of outcomes. It is sent after the outcome is recorded: one that fails is a warning, and changes no outcome.",
  );

/** The receivers of a resolved `notify`. */
export function noticesOf(items: z.infer<typeof notifySchema>): Notice[] {
  return items.flatMap(({ slack, webhook, email }): Notice[] => {
    if (slack) return [{ channel: "slack", ...slack }];
    if (webhook) return [{ channel: "webhook", ...webhook }];
    return email ? [{ channel: "email", ...email }] : [];
  });
}

/**
 * What must not be shown of a receiver, also when it is written literally: addresses as a whole, passwords, long parts and
 * queries of them (a server's answer may repeat one), and the values of headers that carry credentials.
 */
export function noticeSecrets(notice: Notice): string[] {
  if (notice.channel === "slack") return addressSecrets(notice.webhook);
  if (notice.channel === "email") return addressSecrets(notice.smtp);
  const credentials = Object.entries(notice.headers).filter(([name]) => credentialHeader.test(name));
  // A token is also known without the scheme before it.
  return [...addressSecrets(notice.url), ...credentials.flatMap(([, value]) => [value, ...value.split(" ").slice(1)])];
}

/** Other headers hold plain words, which would garble other texts when they were hidden. */
const credentialHeader = /auth|token|key|secret|cookie|signature|password/i;

/** Parts of a path that are shorter are words, and hiding them would garble other texts. */
const shortestToken = 16;

function addressSecrets(text: string): string[] {
  const address = URL.parse(text);
  if (!address) return [text];
  const { href, password, pathname, search, searchParams } = address;
  const tokens = pathname.split("/").filter((part) => part.length >= shortestToken);
  const path = tokens.length > 0 ? [pathname + search, pathname] : search === "" ? [] : [pathname + search, search];
  const given = [
    text,
    href,
    password,
    percentDecoded(password),
    ...path,
    ...tokens,
    ...tokens.map(percentDecoded),
    ...searchParams.values(),
  ];
  return given.filter((value) => value !== "");
}
