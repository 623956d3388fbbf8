import type { Finding } from "../model/finding.ts";
import { coveredBy, type Source, type SourcePaths } from "./source.ts";

/** What makes a component's source impossible to ship, or other than its author believes. */
export function unshippable(component: string, { files }: Source, { source }: SourcePaths): Finding[] {
  const finding = (code: Finding["code"], message: string, more: Partial<Finding> = {}): Finding => ({
    code,
    level: "block",
    component,
    message,
    ...more,
  });
  const submodules = files
    .filter((file) => file.mode === "160000")
    .map(({ path: file }) => {
      const message = `${file} is a submodule: its files would be missing from the release`;
      return finding("submodule-unsupported", message, { file, fix: `add ${file} to the component's exclude` });
    });
  // git gives names as bytes; what is not UTF-8 was read with this mark in place of them, and could not be told apart.
  const nameless = files
    .filter(({ path }) => path.includes("\uFFFD"))
    .map(({ path }) => finding("bad-file-name", `the name of ${path} is not UTF-8, so it cannot be shipped as it is`));
  const unmatched = source
    .filter((entry) => !files.some(({ path }) => coveredBy(entry, path)))
    .map((entry) => finding("empty-source", `no file of the commit is under \`${entry}\`, a source of ${component}`));
  return [...submodules, ...nameless, ...unmatched];
}
