import { readFileSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import type { Finding } from "../model/finding.ts";
import type { CleanCopy } from "./clean-copy.ts";
import { unlockedInputs } from "./package-inputs.ts";
import { installsOf, type Read } from "./package-installs.ts";

/** What makes a build doubtful that ends well. */
export interface Doubts {
  /** What can be told before it runs: inputs that are not locked. */
  findings: Finding[];
  /** What can be told of what it left: the package's files, and how many of them are not as the commit has them. */
  afterwards(built: number, paths: readonly string[]): Finding[];
}

/** Looks at a build command and at what the commit says of its inputs. To be asked before the build: it may change them. */
export function doubtsOf(
  { component, root }: { component: string; root: string },
  run: string,
  copy: CleanCopy,
): Doubts {
  const read = committedText(copy, root);
  const folders = installsOf(run, read).flatMap(({ target }) =>
    target === null || target === "." || /^\/|\$/.test(target) ? [] : [target],
  );
  const doubt = (message: string): Finding => ({ code: "build-unchanged", level: "warning", component, message });
  return {
    findings: unlockedInputs(component, { run, root }, read),
    afterwards: (built, paths) => {
      if (built === 0) return [doubt(`the build of ${component} ended well and changed no file of its package`)];
      return folders
        .filter((folder) => !paths.some((path) => path.startsWith(`${folder}/`)))
        .map((folder) => doubt(`the build of ${component} installs into ${folder}, and the package has nothing there`));
    },
  };
}

const longestText = 1024 * 1024;

/** A committed file's text. None of a link that leads to no file, nor of what is too long to be a list or a script. */
function committedText({ folder, committed }: CleanCopy, root: string): Read {
  return (path) => {
    const inside = posix.join(root, path);
    if (!committed.has(inside)) return undefined;
    const file = join(folder, inside);
    const found = statSync(file, { throwIfNoEntry: false });
    return found?.isFile() && found.size <= longestText ? readFileSync(file, "utf8") : undefined;
  };
}
