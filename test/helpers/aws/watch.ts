import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** One call that a client made. */
export interface WatchedCall {
  /** Such as `iam`: whom the signature is for. */
  service: string;
  /** Such as `ListAccessKeys`; of REST services the method and the path: `GET /2018-10-31/layers`. */
  action: string;
  method: string;
  query: URLSearchParams;
  body: string;
}

export interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

export interface Watch {
  url: string;
  calls: WatchedCall[];
  /** Answers in the server's place from now on; undefined: the server answers. */
  answer: (call: WatchedCall) => Answer | undefined;
  close(): Promise<void>;
}

/** Stands in front of an emulated AWS, and keeps what was asked of it. */
export async function startWatch(target: string): Promise<Watch> {
  const watch: Watch = { url: "", calls: [], answer: () => undefined, close };
  const server = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    const call = callOf(incoming, body.toString("utf8"));
    watch.calls.push(call);
    const own = watch.answer(call);
    if (own) {
      outgoing.writeHead(own.status, own.headers ?? {}).end(own.body);
      return;
    }
    const { method = "GET", url = "/", headers } = incoming;
    const passed = request(new URL(url, target), { method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.once("error", () => outgoing.destroy());
    passed.end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  watch.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return watch;

  async function close() {
    server.closeAllConnections();
    await new Promise<void>((done) => server.close(() => done()));
  }
}

function callOf({ method = "GET", url = "/", headers }: IncomingMessage, body: string): WatchedCall {
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? "")?.[1] ?? "";
  const target = headers["x-amz-target"];
  const action = typeof target === "string" ? target.split(".").at(-1) : new URLSearchParams(body).get("Action");
  const [path = "", query = ""] = url.split("?");
  return { service, action: action ?? `${method} ${path}`, method, query: new URLSearchParams(query), body };
}

/** The calls that change something, as the services' own names and methods tell. */
export function writesOf(calls: readonly WatchedCall[]): WatchedCall[] {
  return calls.filter(({ action, method }) =>
    action.includes(" ") ? !["GET", "HEAD"].includes(method) : !/^(Get|List|Describe|AssumeRole)/.test(action),
  );
}
