import type { Closure, Entry, Language } from "../language.ts";
import { follow } from "./closure.ts";
import { firstPartyOf } from "./first-party.ts";
import { Report } from "./report.ts";
import { installedBy } from "./requirements.ts";

/** Python, with the import semantics of CPython. */
export const python: Language = {
  check: (image, entries, repositoryFiles): Closure => {
    const installed = installedBy(image);
    const firstParty = firstPartyOf(repositoryFiles);
    const report = new Report(image, firstParty, installed);
    const own = entries.filter((entry: Entry) => entry.runtime === "python");
    const paths = own.map((entry) => follow(entry, image, installed, report));
    const path = [...new Set(paths.flat())];
    return {
      findings: report.findings(),
      needed: report.needed,
      unversioned: report.unversioned,
      path,
      sourcesOf: firstParty.sourcesOf,
    };
  },
};
