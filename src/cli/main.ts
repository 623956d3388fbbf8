import { existsSync } from "node:fs";
import module from "node:module";
import { run } from "./run.ts";
import { terminal } from "./terminal.ts";

/** The oldest Node that runs this: the first 22 that strips types and has all that the code uses. */
const oldest = [22, 18] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  process.stderr.write(
    `✘ this is Node ${process.versions.node}, and Landfall needs ${oldest.join(".")} or newer  → landfall explain node-too-old\n`,
  );
  process.exit(2);
}

// What is imported after this line is kept compiled: the verbs. What help needs is small, and one file when it is built. Node's
// own place for it lies among the temporary files, where another user of the machine could lay code for this one to run.
const { XDG_CACHE_HOME, HOME } = process.env;
const cache = XDG_CACHE_HOME || `${HOME}/.cache`;
// What is not there yet is made, but nobody's home.
if (existsSync(XDG_CACHE_HOME || HOME || "")) module.enableCompileCache?.(`${cache}/landfall/compiled`);
const exit = (code: number) => process.exit(code);
// Connections and timers may still be open at the end; what the command had to say has been written.
exit(await run(process.argv.slice(2), terminal(process, exit)));
