import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Sink {
  url: string;
  received: Received[];
  close(): Promise<void>;
}

export type Answer = (received: Received, response: ServerResponse, count: number) => void;

/** A web server on loopback that keeps what is posted to it. */
export async function webSink(answer: Answer = (_received, response) => response.end("ok")): Promise<Sink> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("error", () => {});
    request.on("end", () => {
      const one = { path: request.url ?? "", headers: request.headers, body };
      received.push(one);
      answer(one, response, received.length);
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/**
 * An incoming webhook that takes what Slack's documentation says that Slack takes, and refuses the rest with Slack's words:
 * a JSON object with a `text`, in which &, < and > are escaped, of at most 40,000 characters.
 */
export async function slackSink(): Promise<Sink> {
  return await webSink(({ headers, body }, response) => {
    const wrong = slackMistake(headers["content-type"] ?? "", body);
    response.writeHead(wrong === null ? 200 : 400, { "content-type": "text/plain" }).end(wrong ?? "ok");
  });
}

export function slackMistake(type: string, body: string): string | null {
  let payload: unknown;
  try {
    payload = JSON.parse(body);
  } catch {
    return "invalid_payload";
  }
  if (!type.startsWith("application/json") || typeof payload !== "object" || payload === null) return "invalid_payload";
  const { text } = payload as { text?: unknown };
  if (typeof text !== "string" || text === "") return "no_text";
  if (text.length > 40_000) return "msg_too_long";
  return /[<>]|&(?!amp;|lt;|gt;)/.test(text) ? "invalid_payload" : null;
}

export interface Letter {
  from: string;
  to: string[];
  raw: string;
  user: string | undefined;
}

/** A mail server on loopback that keeps what it is given. */
export async function mailSink(options: SMTPServerOptions = {}) {
  const letters: Letter[] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) =>
      password === "p@ss:word" ? done(null, { user: username }) : done(new Error("Invalid login")),
    onData: (stream, session, done) => {
      let raw = "";
      stream.setEncoding("utf8");
      stream.on("data", (chunk) => {
        raw += chunk;
      });
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom ? mailFrom.address : "";
        letters.push({ from, to: rcptTo.map(({ address }) => address), raw, user: session.user });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => {});
  const port = await listen(server.server);
  return { port, letters, close: () => new Promise<void>((done) => server.close(done)) };
}

/** A server that takes connections and then does what it is told with them. */
export async function rawSink(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  const port = await listen(server);
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      for (const socket of sockets) socket.destroy();
    });
  return { port, close };
}

/** A port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const { port, close } = await rawSink(() => {});
  await close();
  return port;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}
