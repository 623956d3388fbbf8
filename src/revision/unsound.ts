import type { Finding } from "../model/finding.ts";
import { shellQuote } from "../util/shell.ts";
import type { Absence } from "./submodules.ts";

/** A link that leads out of the repository: the release could not hold what it leads to. */
export function wayOut(component: string, file: string, text: string): Finding {
  const message = `the link leads to ${text}, outside of the repository`;
  return {
    code: "path-escapes",
    level: "block",
    component,
    file,
    message,
    fix: `exclude ${file}, or commit what it leads to`,
  };
}

const whyBroken = {
  nowhere: "which the commit does not have",
  loop: "and links lead in a circle from there",
  "left out": "which the component's `exclude` leaves out",
} as const;

/** A link that leads to nothing in the commit. It is shipped as it is: something on the target may be there. */
export function brokenLink(component: string, file: string, text: string, why: keyof typeof whyBroken): Finding {
  const to = text === "" ? "a path" : text;
  const message = `the link leads to ${to}, ${whyBroken[why]}: it is shipped as a link that leads nowhere`;
  return { code: "broken-link", level: "warning", component, file, message };
}

/** A link to a folder around itself, of which a component holds only a part. */
export function endlessLink(component: string, file: string, text: string): Finding {
  const message = `the link leads to ${text}, which leads back to a folder around the link, or to ever more files: laid out, there would be no end`;
  return {
    code: "endless-link",
    level: "block",
    component,
    file,
    message,
    fix: `exclude ${file}, or link what is needed`,
  };
}

/**
 * A submodule whose files are not known.
 *
 * @param from where the superproject has it, relative to the manifest's directory
 */
export function missingSubmodule(component: string, file: string, from: string, why: Absence): Finding {
  const finding = { level: "block", component, file } as const;
  if (why === "not named") {
    const message = "a submodule of which .gitmodules does not say where it comes from: its files cannot be shipped";
    return {
      ...finding,
      code: "submodule-unsupported",
      message,
      fix: `exclude ${file}, or add it with git submodule add`,
    };
  }
  const message = "the submodule is not fetched at the commit that is recorded of it, so its files cannot be shipped";
  return {
    ...finding,
    code: "submodule-missing",
    message,
    fix: `git submodule update --init --recursive -- ${shellQuote(from)}`,
  };
}
