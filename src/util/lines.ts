import { StringDecoder } from "node:string_decoder";

const longest = 64 * 1024;

/** Splits bytes into lines as they come. A line longer than 64 KiB is cut into pieces; a last line without newline counts. */
export function lines(onLine: (line: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string) => {
    rest += text;
    let from = 0;
    for (let at = rest.indexOf("\n"); at >= 0; at = rest.indexOf("\n", from)) {
      onLine(rest.slice(from, at).replace(/\r$/, ""));
      from = at + 1;
    }
    rest = rest.slice(from);
    for (; rest.length > longest; rest = rest.slice(longest)) onLine(rest.slice(0, longest));
  };
  return {
    push: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}
