import { userError } from "../model/errors.ts";
import { manifestText } from "./find.ts";
import { LedgerSetting } from "./ledger-key.ts";
import { section } from "./written.ts";

/** Where it may be a key, of whatever section: all of a manifest may be indented, or in braces, as one that is JSON. */
const mayBeKey = /(?:^|[\s{,])(?:"ledger"|'ledger'|ledger)\s*:/;

/** Where it is the manifest's own key in a file that cannot be read. */
const startsLine = /^["']?ledger["']?\s*:/m;

/**
 * Where the manifest says that the ledger is shared: a remote, null for nowhere, undefined when it does not say (or there
 * is no manifest). Verbs that only read the ledger must start fast: the file is parsed only when it has the key at all.
 * Throws `bad-value` when the key is there and cannot be read: guessing could write into another ledger.
 */
export async function ledgerSetting(directory: string, file?: string): Promise<{ remote: string } | null | undefined> {
  const text = manifestText(directory, file)?.text;
  if (text === undefined || !mayBeKey.test(text)) return undefined;
  const { readYaml } = await import("./document.ts");
  const { value, mistakes } = readYaml(text);
  const written = section(value).ledger;
  if (written === undefined && (mistakes.length === 0 || !startsLine.test(text))) return undefined;
  const read = LedgerSetting.safeParse(written);
  if (mistakes.length > 0 || !read.success)
    throw userError(
      "invalid",
      "bad-value",
      "`ledger` in the manifest cannot be read, so it is not known where the ledger is",
      {
        fix: "run landfall check, which names the place",
      },
    );
  return read.data.remote === "local" ? null : read.data;
}
