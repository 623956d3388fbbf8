import { git } from "../io/git.ts";
import type { Source } from "./source.ts";

/** Bytes of a source's files, as git has them. Asked for only where it matters: git looks at each content for it. */
export async function sourceBytes({ repository, files }: Source): Promise<number> {
  const places = Map.groupBy(files, (file) => file.repository ?? repository);
  const sums = await Promise.all(
    [...places].map(async ([place, own]) => {
      const input = own
        .filter(({ mode }) => mode !== "160000")
        .map(({ blob }) => `${blob}\n`)
        .join("");
      const sizes = await git(place, ["cat-file", "--batch-check=%(objectsize)", "--buffer"], { input });
      return sizes.split("\n").reduce((sum, size) => sum + (Number(size) || 0), 0);
    }),
  );
  return sums.reduce((sum, bytes) => sum + bytes, 0);
}
