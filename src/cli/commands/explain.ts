import { type CodePage, codes } from "../../model/codes.ts";
import { UserError } from "../../model/errors.ts";
import type { Paint } from "../../report/paint.ts";
import { columns } from "../../report/table.ts";
import { nearest } from "../../util/nearest.ts";
import { usage } from "../usage.ts";
import type { Run } from "../verb.ts";

export const run: Run = async (invocation) => {
  const [code] = invocation.args;
  const pages: Readonly<Record<string, CodePage>> = codes;
  if (code === undefined)
    return {
      ending: "ok",
      body: { codes: pages },
      text: () => columns(Object.entries(pages).map(([name, page]) => [name, page.title])).join("\n"),
    };
  const page = Object.hasOwn(pages, code) ? pages[code] : undefined;
  if (page) return { ending: "ok", body: { code, ...page }, text: (paint) => pageText(code, page, paint) };
  const like = nearest(code, Object.keys(pages));
  const hint = like ? `; did you mean ${like}?` : "; `landfall explain` lists them all";
  throw new UserError("invalid", [usage(`there is no code "${code}"${hint}`, invocation.verb)]);
};

function pageText(code: string, { title, meaning, fix }: CodePage, paint: Paint): string {
  return [`${paint("bold", code)}: ${title}`, "", meaning, "", `What to do: ${fix}`].join("\n");
}
