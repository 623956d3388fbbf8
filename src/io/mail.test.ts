import assert from "node:assert/strict";
import { test } from "node:test";
import type { SMTPServerOptions } from "smtp-server";
import { deadPort, mailSink, rawSink } from "../../test/helpers/sinks.ts";
import { type DeliverOptions, deliver } from "./deliver.ts";
import { type Mail, mailOnce } from "./mail.ts";

const quick = { signal: new AbortController().signal, waits: [0.01], timeoutSeconds: 5 };
const letter: Mail = {
  from: "Landfall <l@example.org>",
  to: ["ops@example.org", "Ana <ana@example.org>"],
  subject: "s",
  text: "t\n",
};

const mail = (server: string, more: Partial<DeliverOptions> = {}, changes: Partial<Mail> = {}) =>
  deliver((signal) => mailOnce(server, { ...letter, ...changes }, signal), { ...quick, ...more });

type MailSink = Awaited<ReturnType<typeof mailSink>>;

async function withSink<T>(options: SMTPServerOptions, use: (sink: MailSink) => Promise<T>): Promise<T> {
  const sink = await mailSink(options);
  try {
    return await use(sink);
  } finally {
    await sink.close();
  }
}

/** A mail server's "no" to a receiver. */
function refusing(responseCode: number, receiver: RegExp, tries: string[]): SMTPServerOptions {
  return {
    onRcptTo: ({ address }, _session, done) => {
      tries.push(address);
      done(receiver.test(address) ? Object.assign(new Error("not now"), { responseCode }) : null);
    },
  };
}

test("a login that is refused is said so, without the password, and not tried again", async () => {
  let logins = 0;
  const onAuth: SMTPServerOptions["onAuth"] = (_auth, _session, done) => {
    logins += 1;
    done(new Error("Invalid login"));
  };
  await withSink({ onAuth }, async ({ port }) => {
    const delivery = await mail(`smtp://me:wr0ng-pass@127.0.0.1:${port}`);
    assert.match(delivery.result === "failed" ? delivery.message : "", /Invalid login/);
    assert.doesNotMatch(JSON.stringify(delivery), /wr0ng-pass|tried/);
    assert.equal(logins, 1);
  });
});

test("receivers that are all refused for good are not tried again; for now, they are", async () => {
  for (const [code, times] of [
    [550, 2],
    [450, 4],
  ] as const) {
    const tries: string[] = [];
    await withSink(refusing(code, /./, tries), async ({ port, letters }) => {
      const delivery = await mail(`smtp://127.0.0.1:${port}`);
      assert.match(JSON.stringify(delivery), /not now/);
      assert.equal(tries.length, times);
      assert.deepEqual(letters, []);
    });
  }
});

test("a receiver that is refused beside one that is taken is a failure, and nobody gets it twice", async () => {
  await withSink(refusing(550, /^ana/, []), async ({ port, letters }) => {
    assert.deepEqual(await mail(`smtp://127.0.0.1:${port}`), {
      result: "failed",
      message: "the mail server took it, but not for 1 of 2 receivers",
    });
    assert.equal(letters.length, 1);
  });
});

test("a server that hangs is left after its time, at whatever point", async () => {
  for (const greeting of ["", "220 here ESMTP\r\n"]) {
    const sink = await rawSink((socket) => socket.write(greeting));
    const delivery = await mail(`smtp://127.0.0.1:${sink.port}`, { timeoutSeconds: 0.3 });
    assert.deepEqual(delivery, { result: "failed", message: "no answer within 0.3 s (tried 2 times)" });
    await sink.close();
  }
});

test("a server that resets, one that is no mail server, and a port on which nothing listens are failures", async () => {
  const resets = await rawSink((socket) => socket.resetAndDestroy());
  const other = await rawSink((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  for (const port of [resets.port, other.port, await deadPort()])
    assert.equal((await mail(`smtp://127.0.0.1:${port}`)).result, "failed");
  await resets.close();
  await other.close();
});

test("a password is never sent in clear to another machine", async () => {
  // This address reaches this machine and does not count as it.
  const heard: string[] = [];
  const onAuth: SMTPServerOptions["onAuth"] = ({ password }, _session, done) => {
    heard.push(String(password));
    done(null, { user: "me" });
  };
  await withSink({ onAuth }, async ({ port, letters }) => {
    const delivery = await mail(`smtp://me:p%40ss%3Aword@0.0.0.0:${port}`);
    assert.equal(delivery.result, "failed", JSON.stringify(delivery));
    assert.deepEqual([heard, letters], [[], []]);
  });
});

test("a certificate that nobody vouches for is not trusted", async () => {
  await withSink({ disabledCommands: [] }, async ({ port, letters }) => {
    const delivery = await mail(`smtp://127.0.0.1:${port}`, { waits: [] });
    assert.match(JSON.stringify(delivery), /certificate/);
    assert.deepEqual(letters, []);
  });
  await withSink({ secure: true }, async ({ port, letters }) => {
    assert.match(JSON.stringify(await mail(`smtps://127.0.0.1:${port}`, { waits: [] })), /certificate/);
    assert.deepEqual(letters, []);
  });
});

test("a mail arrives at everyone, once, with the login that was given", async () => {
  await withSink({}, async ({ port, letters }) => {
    assert.deepEqual(await mail(`smtp://me:p%40ss%3Aword@127.0.0.1:${port}`), { result: "sent" });
    assert.equal(letters.length, 1);
    const [one] = letters;
    assert.deepEqual([one?.from, one?.to, one?.user], ["l@example.org", ["ops@example.org", "ana@example.org"], "me"]);
    assert.match(one?.raw ?? "", /^Auto-Submitted: auto-generated\r$/im);
  });
});

test("no text begins a header, another mail or an attachment", async () => {
  await withSink({}, async ({ port, letters }) => {
    const subject = "failed\r\nBcc: x@example.org\r\n\r\nbody";
    const text = "one\r\n.\r\nMAIL FROM:<x@example.org>\r\n\r\n";
    assert.deepEqual(await mail(`smtp://127.0.0.1:${port}`, {}, { subject, text }), { result: "sent" });
    assert.equal(letters.length, 1);
    const [headers = ""] = (letters[0]?.raw ?? "").split("\r\n\r\n");
    assert.doesNotMatch(headers, /^Bcc:/im);
    assert.deepEqual(letters[0]?.to, ["ops@example.org", "ana@example.org"]);
  });
});
