import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { connect as connectSocket, createServer as createSocketServer } from "node:net";
import { type Duplex, duplexPair } from "node:stream";
import { after, before, test } from "node:test";
import { fetchText } from "./http.ts";

const bounds = { timeoutSeconds: 5, maxBytes: 1000 };
const server: Server = createServer((request, response) => {
  if (request.url === "/redirect") response.writeHead(302, { location: "/version" }).end("elsewhere");
  else if (request.url === "/large") response.end("x".repeat(1001));
  else if (request.url === "/cut")
    response.writeHead(200, { "content-length": "100" }).write("part", () => request.socket.destroy());
  else if (request.url === "/slow") response.write("{");
  else if (request.url === "/version?x=1") response.end('{"commit":"ä"}');
  else response.writeHead(404).end(`no ${request.headers.host}`);
});
let port = 0;

before(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  port = typeof address === "object" && address ? address.port : 0;
});
after(() => server.closeAllConnections());
after(() => server.close());

const silent: { claim: string; path: string; message: RegExp }[] = [
  { claim: "an answer that is too large is none", path: "/large", message: /larger than 1000 bytes/ },
  { claim: "an answer that is cut off is none", path: "/cut", message: /aborted|cut off|hang up/ },
];
for (const { claim, path, message } of silent)
  test(claim, async () => {
    const fetched = await fetchText(`http://127.0.0.1:${port}${path}`, bounds);
    assert.equal(fetched.ended, "none");
    assert.match(fetched.message, message);
  });

test("an answer that does not end in time is none", async () => {
  const fetched = await fetchText(`http://127.0.0.1:${port}/slow`, { ...bounds, timeoutSeconds: 0.2 });
  assert.deepEqual(fetched, { ended: "none", message: "no answer within 0.2 s" });
});

test("a way to the target that never opens is none", async () => {
  const connect = () => new Promise<Duplex>(() => {});
  const fetched = await fetchText("http://localhost:1/", { ...bounds, connect, timeoutSeconds: 0.1 });
  assert.deepEqual(fetched, { ended: "none", message: "no answer within 0.1 s" });
});

test("a port on which nothing listens gives the reason", async () => {
  const spare = createSocketServer().listen(0, "127.0.0.1");
  await new Promise((done) => spare.once("listening", done));
  const address = spare.address();
  const free = typeof address === "object" && address ? address.port : 0;
  await new Promise((done) => spare.close(done));
  const fetched = await fetchText(`http://localhost:${free}/`, bounds);
  assert.match(fetched.ended === "none" ? fetched.message : "", /ECONNREFUSED/);
});

test("what is not an address is no answer", async () => {
  assert.equal((await fetchText("http://", bounds)).ended, "none");
});

test("cancelling ends the wait", async () => {
  const cancel = new AbortController();
  setImmediate(() => cancel.abort());
  const fetched = await fetchText(`http://127.0.0.1:${port}/slow`, { ...bounds, signal: cancel.signal });
  assert.deepEqual(fetched, { ended: "none", message: "cancelled" });
});

test("a redirect is told, not followed", async () => {
  const fetched = await fetchText(`http://127.0.0.1:${port}/redirect`, bounds);
  assert.deepEqual(fetched, { ended: "answer", status: 302, body: "elsewhere" });
});

test("localhost is asked through the target, with the host that was named", async () => {
  const asked: string[] = [];
  const connect = async (host: string, wanted: number) => {
    asked.push(`${host}:${wanted}`);
    return connectSocket({ host: "127.0.0.1", port });
  };
  const answer = await fetchText("http://localhost:8000/version?x=1", { ...bounds, connect });
  assert.deepEqual(answer, { ended: "answer", status: 200, body: '{"commit":"ä"}' });
  const missing = await fetchText("http://[::1]/", { ...bounds, connect });
  assert.deepEqual(missing, { ended: "answer", status: 404, body: "no [::1]" });
  assert.deepEqual(asked, ["localhost:8000", "::1:80"]);
});

test("a way that breaks gives its reason", async () => {
  const connect = async () => {
    const [ours, theirs] = duplexPair();
    theirs.once("data", () => ours.destroy(new Error("nothing listens there")));
    return ours;
  };
  const fetched = await fetchText("http://localhost/", { ...bounds, connect });
  assert.deepEqual(fetched, { ended: "none", message: "nothing listens there" });
});
