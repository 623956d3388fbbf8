import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { at, commit, evidence, plan, rolloutAnswer } from "../../test/helpers/sample-answers.ts";
import { slackMistake } from "../../test/helpers/sinks.ts";
import { rolloutHistoryText } from "./history.ts";
import { mailText, notificationOf, slackBody, slackText, webhookBody } from "./notification.ts";

/** Texts with what means something to a receiver in them. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "<",
        ">",
        "&",
        "&amp;",
        "<!channel>",
        "<@U1>",
        "@here",
        "<http://x|y>",
        "\r\n",
        "\u001b[2J",
        "\ud800",
        "*",
        "`",
      ),
    ),
  )
  .map((parts) => parts.join(""));

const answerWith = (text: string) =>
  rolloutAnswer({
    application: text,
    environment: text,
    outcome: {
      outcome: "failed",
      reasons: [{ component: text, target: text, message: text, code: "step-failed" }, { message: text }],
      deferred: [{ component: "a", target: text, commit, digest: "d", since: at, reason: text }],
    },
  });

test("whatever a text holds, Slack takes the message, and nobody is called by it", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const body = slackBody(notificationOf(answerWith(text), text));
      assert.equal(slackMistake("application/json", body), null);
      assert.doesNotMatch((JSON.parse(body) as { text: string }).text, /<!|<@|@(here|channel|everyone|all)\b/i);
    }),
  );
});

test("what is escaped for Slack reads as it was written", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const read = slackText(text).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
      assert.equal(read.replaceAll("\u200b", ""), text.toWellFormed().replaceAll("\u200b", ""));
    }),
  );
});

test("whatever a text holds, a mail's subject is one line, and each line of its text stays one", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const { subject, text: body } = mailText(notificationOf(answerWith(text), text));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
      assert.doesNotMatch(subject, /[\u0000-\u001f\u007f]/);
      assert.ok([...subject].length <= 200);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
      assert.doesNotMatch(body, /[\u0000-\u0009\u000b-\u001f]/);
      assert.ok(body.isWellFormed());
    }),
  );
});

test("a notification is bounded, however much went wrong", () => {
  const reasons = Array.from({ length: 500 }, (_, i) => ({ target: `m${i}`, message: "x".repeat(10_000) }));
  const answer = rolloutAnswer({ outcome: { outcome: "failed", reasons, deferred: [] } });
  const notification = notificationOf(answer, "ana");
  assert.equal(notification.lines.length, 21);
  assert.equal(notification.lines.at(-1), "… and 480 more");
  assert.ok(slackBody(notification).length < 40_000);
});

test("each target has its line: what was wrong, what is owed, what was proven, what was not reached", () => {
  const places = ["scheduler", "frontend", "spare", "far"].map((target) => ({
    component: "app",
    target,
    after: [],
    reason: "r",
    steps: [],
  }));
  const answer = rolloutAnswer({
    plan: { ...plan, targets: places },
    evidence: [evidence({ target: "spare" })],
    steps: [
      { component: "app", target: "far", name: "switch", result: "not-reached", reason: "it comes after scheduler" },
    ],
    outcome: {
      outcome: "failed",
      reasons: [
        { component: "app", target: "scheduler", message: "column\n  is missing", code: "step-failed" },
        { message: "the lock was lost" },
      ],
      deferred: [{ component: "app", target: "frontend", commit, digest: "d", since: at, reason: "it is off" }],
    },
  });
  const { title, lines, closing } = notificationOf(answer, "ana");
  assert.equal(title, "FAILED, 1 deferred  uat  jobs-app@3f9c2e1");
  assert.deepEqual(lines, [
    "scheduler: column / is missing (step-failed)",
    "frontend: deferred: it is off; it owes 3f9c2e1 and will catch up",
    "spare: proven",
    "far: not reached: it comes after scheduler",
    "the lock was lost",
  ]);
  assert.equal(closing, "deploy by ana: landfall history show 01JD0000000000000000000001");
});

test("the document has the fields of --json's rollout by the same names, and no steps or logs", () => {
  const document = JSON.parse(webhookBody(rolloutAnswer(), "proven", "ana"));
  assert.deepEqual(Object.keys(document), ["schemaVersion", "event", "on", "outcome", "rollout"]);
  assert.partialDeepStrictEqual(document.rollout, {
    environment: "uat",
    revision: { commit },
    outcome: "proven",
    who: "ana",
  });
  assert.equal(document.rollout.steps, undefined);
});

test("history shows who was told, and why somebody was not", () => {
  const owner = { who: "ana", host: "h", boot: "", pid: 1 };
  const answer = rolloutAnswer();
  const opened = {
    event: "rollout-opened",
    at,
    rollout: answer.id,
    application: "jobs-app",
    environment: "uat",
    intent: "deploy",
    revision: plan.revision,
    manifestDigest: "sha256:m",
    owner,
    token: 1,
  } as const;
  const told = {
    event: "notified",
    at,
    channel: "slack",
    on: "proven",
    result: "failed",
    message: "no_service",
  } as const;
  const rollout = { id: answer.id, opened, events: [opened, told], outcome: answer.outcome, closedAt: at };
  assert.match(
    rolloutHistoryText(rollout, (_colour, text) => text),
    /Notifications\n {2}slack {2}proven {2}failed {2}no_service\n/,
  );
});
