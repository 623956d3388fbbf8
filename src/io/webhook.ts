import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { percentDecoded } from "../util/percent.ts";
import type { Try } from "./deliver.ts";

/** What is posted, and where to. */
export interface Post {
  url: string;
  headers: Readonly<Record<string, string>>;
  /** A JSON document. */
  body: string;
}

/**
 * Posts a JSON document once. The answer's status says whether it was taken: 2xx is sent; 408, 429 and 5xx may be tried
 * again, a redirect and anything else not. Redirects are not followed: the address and what it holds are meant for one
 * server. TLS is verified. Rejects when there is no answer.
 */
export async function postOnce({ url, headers, body }: Post, signal: AbortSignal): Promise<Try> {
  const address = new URL(url);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = address.protocol === "https:" ? secureRequest : plainRequest;
    const login =
      address.username === ""
        ? {}
        : { auth: `${percentDecoded(address.username)}:${percentDecoded(address.password)}` };
    const asking = send({
      protocol: address.protocol,
      hostname: address.hostname.replace(/^\[|\]$/g, ""),
      port: address.port,
      path: address.pathname + address.search,
      method: "POST",
      headers: {
        "user-agent": "landfall",
        "content-type": "application/json; charset=utf-8",
        ...lowerCase(headers),
        "content-length": Buffer.byteLength(body),
      },
      // A connection of its own, which ends with the answer.
      agent: false,
      signal,
      ...login,
    });
    asking.on("error", reject);
    asking.on("response", resolve);
    asking.end(body);
  });
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) {
    // Taken: what else the answer says, or whether it ends at all, changes nothing.
    response.on("error", () => {}).destroy();
    return { sent: true };
  }
  const told = await firstLine(response);
  return {
    sent: false,
    message: `it was answered with status ${status}${told === "" ? "" : `: ${told}`}`,
    again: status === 408 || status === 429 || status >= 500,
    after: status === 429 || status === 503 ? secondsOf(response.headers["retry-after"]) : undefined,
  };
}

/** Names that differ in case alone are one header: the given one replaces ours. */
function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const mostBytes = 4096;
const longestLine = 200;

/** What a refusing server says in its first line, such as Slack's `no_service`; empty when that cannot be read. */
async function firstLine(response: IncomingMessage): Promise<string> {
  if (!/^(text\/plain|application\/json)\b/.test(response.headers["content-type"] ?? "")) {
    response.on("error", () => {}).destroy();
    return "";
  }
  let text = "";
  try {
    for await (const chunk of response.setEncoding("utf8")) {
      text += chunk;
      if (text.length > mostBytes) break;
    }
  } catch {
    // The status is known: what can be read of the words is enough.
  }
  return text.trim().split("\n")[0]?.trim().slice(0, longestLine) ?? "";
}

/** `Retry-After`: a number of seconds or a date. Undefined when it is neither. */
function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
