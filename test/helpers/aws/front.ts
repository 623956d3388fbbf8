import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Answer, Wire } from "./wire.ts";

/** What comes of a request: an answer, half of one, or a connection that ends. */
export type Outcome = Answer | { half: Answer } | "nothing";

/** A web server on loopback whose answers are worked out elsewhere. */
export async function startFront(
  answer: (wire: Wire) => Promise<Outcome>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((message, response) => {
    receive(message)
      .then(answer)
      .then((outcome) => reply(message, response, outcome))
      .catch((error: unknown) => {
        // A mistake of the test server: a 400 is not tried again, and its text is seen in the test's failure.
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        reply(message, response, { status: 400, headers: { "content-type": "text/plain" }, body: Buffer.from(text) });
      });
  });
  // Idle connections live longer than SDK clients keep theirs: none is closed under a request.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => stop(server) };
}

/** Hands a request on, and gives the answer that it gets. */
export function forward(base: string, { method, path, headers, body }: Wire): Promise<Answer> {
  const { "transfer-encoding": _encoding, expect: _expect, connection: _connection, ...kept } = headers;
  return new Promise((resolve, reject) => {
    const length = { "content-length": String(body.length) };
    const outgoing = send(`${base}${path}`, { method, headers: { ...kept, ...length } }, (message) => {
      buffer(message).then((received) => {
        const { "transfer-encoding": _chunked, connection: _closed, ...answered } = message.headers;
        resolve({ status: message.statusCode ?? 0, headers: answered as Answer["headers"], body: received });
      }, reject);
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

async function receive(message: IncomingMessage): Promise<Wire> {
  const body = await buffer(message);
  return { method: message.method ?? "GET", path: message.url ?? "/", headers: message.headers, body };
}

function reply({ method }: IncomingMessage, response: ServerResponse, outcome: Outcome): void {
  if (outcome === "nothing") return void response.destroy();
  const { status, headers, body } = "half" in outcome ? outcome.half : outcome;
  // The answer to HEAD says how long a body would be, and has none.
  const length = method === "HEAD" ? {} : { "content-length": String(body.length) };
  response.writeHead(status, { ...headers, ...length });
  if (!("half" in outcome)) return void response.end(method === "HEAD" ? undefined : body);
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
}

function stop(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}
