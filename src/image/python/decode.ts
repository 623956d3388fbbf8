import type { Mistake } from "./scan.ts";

/** Python source as text, or why Python would not read it. */
export type Decoded = { text: string; mistake: null } | { text: null; mistake: Mistake };

/**
 * Decodes Python source: UTF-8, or what a `coding:` comment in the first two lines says (PEP 263). Encodings that this
 * platform does not have are read byte by byte: names are ASCII in practice.
 */
export function decode(bytes: Uint8Array): Decoded {
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const cookie = cookieOf(bom ? bytes.subarray(3) : bytes);
  const encoding = cookie?.encoding ?? "utf-8";
  // With a mark at its beginning only this spelling is taken.
  if (bom && cookie && !/^utf-8(?:-|$)/.test(cookie.written))
    return {
      text: null,
      mistake: { line: cookie.line, message: `the file is UTF-8, and says that it is ${cookie.written}` },
    };
  if (encoding === "utf-8") {
    try {
      return { text: strict.decode(bytes), mistake: null };
    } catch {
      return { text: null, mistake: { line: 1, message: "the file is not UTF-8, and does not say what it is" } };
    }
  }
  if (!/^[a-z][a-z0-9_-]*$/.test(encoding) || !known.test(encoding))
    return { text: null, mistake: { line: cookie?.line ?? 1, message: `there is no encoding ${encoding}` } };
  return { text: Buffer.from(bytes).toString("latin1"), mistake: null };
}

const strict = new TextDecoder("utf-8", { fatal: true });

/** What Python's codecs are called, as far as source files use them. */
const known =
  /^(?:latin-?1|latin_1|l1|iso-?8859(?:-\d+)?|iso8859-\d+|8859|cp\d+|windows-\d+|ascii|us-ascii|646|koi8-[rut]|mac-?\w+|euc[-_]?\w+|shift[-_]?jis\w*|sjis|big5\w*|gb\w+|utf-?7|utf_8_sig|utf-8-sig|johab|hz|iso-?2022-\w+|tis-620|ptcp154|kz1048)$/;

function cookieOf(bytes: Uint8Array): { written: string; encoding: string; line: number } | null {
  const head = Buffer.from(bytes.subarray(0, 400))
    .toString("latin1")
    .split(/\r\n|\r|\n/, 2);
  for (const [index, line] of head.entries()) {
    const [, encoding] = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/.exec(line) ?? [];
    if (encoding !== undefined) {
      const name = encoding.toLowerCase().replaceAll("_", "-");
      return { written: name, encoding: /^(?:utf-?8|utf8|u8|utf-8-.*)$/.test(name) ? "utf-8" : name, line: index + 1 };
    }
    if (!/^[ \t\f]*(?:#.*)?$/.test(line)) return null;
  }
  return null;
}
