import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, deadPort, rawSink, type Sink, webSink } from "../../test/helpers/sinks.ts";
import { type DeliverOptions, deliver } from "./deliver.ts";
import { postOnce } from "./webhook.ts";

const quick = { signal: new AbortController().signal, waits: [0.01, 0.01, 0.01], timeoutSeconds: 0.3 };
const body = '{"text":"ä"}';

const post = (url: string, more: Partial<DeliverOptions> = {}, headers = {}) =>
  deliver((signal) => postOnce({ url, headers, body }, signal), { ...quick, ...more });

async function withSink<T>(answer: Answer | undefined, use: (sink: Sink) => Promise<T>): Promise<T> {
  const sink = await webSink(answer);
  try {
    return await use(sink);
  } finally {
    await sink.close();
  }
}

const failing: [claim: string, answer: Answer, message: RegExp, tries: number][] = [
  [
    "one that refuses is told what it said, and not asked again",
    plain(404, "no_service"),
    /status 404: no_service$/,
    1,
  ],
  ["a redirect is not followed", redirect, /status 307$/, 1],
  ["one that hangs is left after its time, and tried again", () => {}, /no answer within 0\.3 s \(tried 4 times\)/, 4],
  ["one that resets is tried again", (_got, response) => response.destroy(), /hang up.*4 times/, 4],
  ["one that keeps failing is given up", plain(500, "oops"), /status 500: oops \(tried 4 times\)/, 4],
  ["one that wants us much later is given up", later("3600"), /429; asked to come back in 3600 s/, 1],
  ["a page of markup is not repeated", html, /status 403$/, 1],
];
for (const [claim, answer, message, tries] of failing)
  test(claim, async () => {
    await withSink(answer, async ({ url, received }) => {
      const delivery = await post(`${url}/T0/secret-token`);
      assert.equal(delivery.result, "failed");
      assert.match(delivery.result === "failed" ? delivery.message : "", message);
      assert.doesNotMatch(JSON.stringify(delivery), /secret-token/);
      assert.equal(received.length, tries);
    });
  });

const passing: [claim: string, first: Answer][] = [
  ["a 500 is tried again", plain(500, "oops")],
  ["a 503 that says when is tried again then", later("1", 503)],
  ["a 429 whose moment has come is tried again", later(new Date(Date.now() - 5000).toUTCString())],
  ["a reset is tried again", (_got, response) => response.destroy()],
];
for (const [claim, first] of passing)
  test(`${claim}, and what arrives then is sent`, async () => {
    const answer: Answer = (got, response, count) => (count === 1 ? first(got, response, count) : response.end("ok"));
    await withSink(answer, async ({ url, received }) => {
      assert.deepEqual(await post(url), { result: "sent" });
      assert.equal(received.length, 2);
    });
  });

test("an answer of 200 counts, though it never ends", async () => {
  const endless: Answer = (_got, response) => void response.writeHead(200).write("and");
  await withSink(endless, async ({ url, received }) => {
    assert.deepEqual(await post(url), { result: "sent" });
    assert.equal(received.length, 1);
  });
});

test("the body, the login and the headers arrive as they were given", async () => {
  await withSink(undefined, async ({ url, received }) => {
    const address = `${url.replace("//", "//me:p%40ss@")}/in?x=1`;
    assert.deepEqual(await post(address, {}, { "X-Team": "a", "Content-Type": "application/x-landfall+json" }), {
      result: "sent",
    });
    const [one] = received;
    assert.equal(one?.body, body);
    assert.equal(one?.path, "/in?x=1");
    assert.equal(one?.headers.authorization, `Basic ${Buffer.from("me:p@ss").toString("base64")}`);
    assert.equal(one?.headers["x-team"], "a");
    assert.equal(one?.headers["content-type"], "application/x-landfall+json");
  });
});

test("a port on which nothing listens gives the reason", async () => {
  const delivery = await post(`http://127.0.0.1:${await deadPort()}/secret-token`);
  assert.match(JSON.stringify(delivery), /ECONNREFUSED/);
  assert.doesNotMatch(JSON.stringify(delivery), /secret-token/);
});

test("a server that does not speak TLS is not spoken to in clear", async () => {
  const heard: Buffer[] = [];
  const sink = await rawSink((socket) => {
    socket.on("data", (data) => {
      heard.push(data);
      socket.end("HTTP/1.1 200 OK\r\n\r\n");
    });
  });
  const delivery = await post(`https://127.0.0.1:${sink.port}/secret-token`, { waits: [] });
  await sink.close();
  assert.equal(delivery.result, "failed");
  assert.doesNotMatch(Buffer.concat(heard).toString("latin1"), /secret-token|POST/);
});

test("cancelling ends the try under way and the others", async () => {
  const cancel = new AbortController();
  await withSink(
    () => cancel.abort(),
    async ({ url, received }) => {
      const delivery = await post(url, { signal: cancel.signal, timeoutSeconds: 60 });
      assert.deepEqual(delivery, { result: "failed", message: "cancelled while it was sent" });
      assert.equal(received.length, 1);
      assert.equal((await post(url, { signal: cancel.signal })).result, "failed");
      assert.equal(received.length, 1);
    },
  );
});

function plain(status: number, text: string): Answer {
  return (_got, response) => response.writeHead(status, { "content-type": "text/plain" }).end(text);
}

function later(when: string, status = 429): Answer {
  return (_got, response) => response.writeHead(status, { "retry-after": when }).end();
}

function redirect(_got: unknown, response: Parameters<Answer>[1]): void {
  response.writeHead(307, { location: "/elsewhere" }).end();
}

function html(_got: unknown, response: Parameters<Answer>[1]): void {
  response.writeHead(403, { "content-type": "text/html" }).end("<html>no</html>");
}
