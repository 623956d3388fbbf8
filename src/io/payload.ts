import { createReadStream, statSync } from "node:fs";
import type { Writable } from "node:stream";
import type { ScriptOptions } from "./hosts.ts";

/** What a script reads that runs in a channel: a part of its message, or bytes that follow it. */
export interface Payload {
  text: string;
  bytes: number;
  /** Sends the bytes, until they are sent or the signal says that nobody reads them any more. */
  send(to: Writable, signal: AbortSignal): Promise<void>;
  sent(): boolean;
}

/** Longer texts come as bytes: the shell holds a message in memory. Characters. */
const longestText = 64 * 1024;

export function payloadOf(payload: ScriptOptions["payload"]): Payload {
  const none = { text: "", bytes: 0, send: async () => {}, sent: () => true };
  if (payload === undefined) return none;
  if ("file" in payload) return bytesOf(payload.file);
  // Only whole lines can be a part of a message.
  const { text } = payload;
  if (text.length <= longestText && (text === "" || text.endsWith("\n")) && !text.includes("\0"))
    return { ...none, text };
  return bytesOf(Buffer.from(text));
}

function bytesOf(source: Buffer | string): Payload {
  const bytes = typeof source === "string" ? statSync(source).size : source.length;
  let left = bytes;
  return {
    text: "",
    bytes,
    send: async (to, signal) => {
      const chunks =
        typeof source === "string" ? createReadStream(source, { end: bytes - 1, highWaterMark: 256 * 1024 }) : [source];
      try {
        for await (const chunk of chunks) {
          if (signal.aborted) return;
          left -= chunk.length;
          if (!to.write(chunk)) await drained(to, signal);
        }
      } catch {}
      // A file that cannot be read to its end: the reader must not wait for the rest.
      if (left > 0) to.end();
    },
    sent: () => left === 0,
  };
}

function drained(to: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off("drain", done);
      to.off("close", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    to.on("drain", done);
    to.on("close", done);
    signal.addEventListener("abort", done);
  });
}
