import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** What came back. A redirect is an answer like any other: it is told, and not followed. */
export type Fetched = { ended: "answer"; status: number; body: string } | { ended: "none"; message: string };

export interface FetchOptions {
  /** How the target reaches its own addresses. Without it, a loopback address is this machine's. */
  connect?: ((host: string, port: number) => Promise<Duplex>) | undefined;
  /** A bound on everything, from connecting to the last byte. Seconds. */
  timeoutSeconds: number;
  /** An answer that is larger counts as none. Bytes. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
  method?: "GET" | "HEAD" | undefined;
  /** Beside those of every request; a name that is given here wins. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads a text over HTTP. `localhost`, 127.x and [::1] mean the target itself, so they are reached through `connect`;
 * all other addresses are read from here. No proxy, no cookies, no cache. Never throws: no answer is a result.
 */
export async function fetchText(url: string, options: FetchOptions): Promise<Fetched> {
  const limit = AbortSignal.timeout(options.timeoutSeconds * 1000);
  const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
  let connection: Duplex | undefined;
  try {
    const address = new URL(url);
    connection = await abortable(open(address, options.connect), signal);
    const { status, body } = await ask(address, connection, signal, options);
    return { ended: "answer", status, body };
  } catch (error) {
    if (options.signal?.aborted) return { ended: "none", message: "cancelled" };
    if (limit.aborted) return { ended: "none", message: `no answer within ${options.timeoutSeconds} s` };
    return { ended: "none", message: reason(error) };
  } finally {
    connection?.destroy();
  }
}

/** Through the target for its own addresses; otherwise nothing, and the client connects by itself. */
async function open(address: URL, connect: FetchOptions["connect"]): Promise<Duplex | undefined> {
  if (!connect || !isLoopback(address.hostname)) return undefined;
  const secure = address.protocol === "https:";
  const host = address.hostname.replace(/^\[|\]$/g, "");
  const connection = await connect(host, Number(address.port || (secure ? 443 : 80)));
  if (!secure) return connection;
  const { connect: connectTls } = await import("node:tls");
  return connectTls({ socket: connection, ...(/^[\d.:]+$/.test(host) ? {} : { servername: host }) });
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Node's modules for HTTP are loaded when something is asked: they bring in all of its fetch, which takes longer than most verbs. */
async function ask(
  address: URL,
  connection: Duplex | undefined,
  signal: AbortSignal,
  { maxBytes, method = "GET", headers = {} }: FetchOptions,
): Promise<{ status: number; body: string }> {
  // A connection that is already there is encrypted already, so it takes a plain request.
  const plain = connection !== undefined || address.protocol === "http:";
  const { request } = plain ? await import("node:http") : await import("node:https");
  return await new Promise((resolve, reject) => {
    const asking = request({
      hostname: address.hostname.replace(/^\[|\]$/g, ""),
      port: address.port || (address.protocol === "https:" ? 443 : 80),
      method,
      path: address.pathname + address.search,
      headers: {
        host: address.host,
        accept: "application/json, text/plain;q=0.9, */*;q=0.5",
        "user-agent": "landfall",
        ...lowerCased(headers),
      },
      signal,
      ...(address.username === "" ? {} : { auth: credentials(address) }),
      ...(connection ? { createConnection: () => connection } : { agent: false as const }),
    });
    asking.on("error", reject);
    asking.on("response", (response) => {
      readBody(response, maxBytes).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    asking.end();
  });
}

/** So that a header that is given replaces the usual one, whatever its case. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function credentials(address: URL): string {
  return `${decodeURIComponent(address.username)}:${decodeURIComponent(address.password)}`;
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
  }
  if (!response.complete) throw new Error("the answer was cut off");
  return Buffer.concat(chunks).toString("utf8");
}

/** Stops waiting when the signal comes; a connection that is made after that is closed. */
function abortable(opening: Promise<Duplex | undefined>, signal: AbortSignal): Promise<Duplex | undefined> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      reject(signal.reason);
      opening.then((late) => late?.destroy()).catch(() => {});
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    opening.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

/** Several addresses that were tried in vain come as one error without a message of its own. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join("; ");
  return error instanceof Error ? error.message : String(error);
}
