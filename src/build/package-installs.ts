import { posix } from "node:path";
import { type SimpleCommand, simpleCommands } from "./package-commands.ts";

/** One installation that a script makes. Paths are relative to where the script began. */
export interface Install {
  tool: string;
  folder: string;
  /** What is named on the command line itself. */
  packages: string[];
  /** Requirement files (-r) and constraint files (-c), in tools that take them. */
  requirements: string[];
  constraints: string[];
  /** Where the files go (-t), when that is said. */
  target: string | null;
  flags: ReadonlySet<string>;
}

/** Gives the text of a committed file, by its path relative to where the script begins; undefined when there is none. */
export type Read = (path: string) => string | undefined;

const deepest = 3;

/** The installations of a build command, those of the commit's own scripts that it runs included. */
export function installsOf(script: string, read: Read, folder = ".", depth = 0): Install[] {
  return simpleCommands(script).flatMap((command) => {
    const here = { ...command, folder: posix.join(folder, command.folder) };
    const install = installOf(here) ?? inContainer(here);
    if (install !== null) return [install];
    if (depth === deepest) return [];
    const own = givenScript(here) ?? ownScript(here, read);
    return own === undefined ? [] : installsOf(own, read, here.folder, depth + 1);
  });
}

/** `docker run … IMAGE pip install …`: what runs there is taken to run in the same folder. */
function inContainer({ words, folder }: SimpleCommand): Install | null {
  if (!/^(docker|podman|nerdctl|finch)$/.test(words[0] ?? "")) return null;
  for (let at = 1; at < words.length; at++) {
    const install = installOf({ words: words.slice(at), folder });
    if (install !== null) return install;
  }
  return null;
}

/** The text after `sh -c`, wherever it stands. */
function givenScript({ words }: SimpleCommand): string | undefined {
  const at = words.findIndex((word, index) => isShell(word) && /^-[a-z]*c$/.test(words[index + 1] ?? ""));
  return at < 0 ? undefined : words[at + 2];
}

const isShell = (word: string) => /^(.*\/)?(ba|da)?sh$/.test(word);

/** The text of the script that a command runs, when it is a file of the commit. */
function ownScript({ words, folder }: SimpleCommand, read: Read): string | undefined {
  const [command = "", ...args] = words;
  if (command === "make") {
    const recipes = read(posix.join(folder, "Makefile"))
      ?.split("\n")
      .filter((line) => line.startsWith("\t"));
    return recipes?.map((line) => line.replace(/^\t[@+-]*/, "")).join("\n");
  }
  const file = isShell(command) || /^(\.|source)$/.test(command) ? args.find((word) => !word.startsWith("-")) : command;
  return file === undefined || !/[./]/.test(file) ? undefined : read(posix.join(folder, file));
}

function installOf({ words, folder }: SimpleCommand): Install | null {
  const [first = "", second = "", third = "", fourth = ""] = words.map((word) => word.replace(/^.*\//, ""));
  const make = (tool: string, rest: number) => parse(tool, folder, words.slice(rest));
  if (/^pip[0-9.]*$/.test(first) && pipVerbs.has(second)) return make("pip", 2);
  if (/^(python[0-9.]*|py)$/.test(first) && second === "-m" && third === "pip" && pipVerbs.has(fourth))
    return make("pip", 4);
  if (first === "uv" && second === "pip" && ["install", "sync"].includes(third)) return make("pip", 3);
  const verb = second.startsWith("-") ? "" : second;
  return installVerbs[first]?.includes(verb) ? make(first, verb === "" ? 1 : 2) : null;
}

const pipVerbs = new Set(["install", "download", "wheel"]);

/** Verbs that may decide what is installed. `npm ci` and the like cannot. */
const installVerbs: Record<string, readonly string[]> = {
  npm: ["install", "i", "add", "update"],
  pnpm: ["install", "i", "add", "update"],
  yarn: ["", "install", "add", "upgrade"],
  bun: ["install", "i", "add", "update"],
  uv: ["sync", "export"],
  poetry: ["install", "sync", "export", "update"],
  pipenv: ["install", "sync", "requirements", "update"],
  pdm: ["install", "sync", "export", "update"],
  bundle: ["", "install", "update"],
  composer: ["install", "update"],
};

/** Options of pip, uv and npm whose next word is a value and not a package. */
const withValue = new Set(
  (
    "-i --index-url --extra-index-url --default-index --index -f --find-links --platform --python-version --python-platform " +
    "--implementation --abi --only-binary --no-binary --root --src --cache-dir --cert --client-cert --proxy --trusted-host " +
    "--upgrade-strategy --progress-bar --report --python -p --config-settings -C --timeout --retries --exists-action --log " +
    "-d --dest -w --wheel-dir --registry --cwd --omit --include --only --group --extra -o --output-file --format " +
    "--keyring-provider --global-option --install-option --link-mode --resolution --exclude-newer"
  ).split(" "),
);
const targets = new Set(["-t", "--target", "--prefix", "--dir"]);

function parse(tool: string, folder: string, words: readonly string[]): Install {
  const install = {
    tool,
    folder,
    packages: [] as string[],
    requirements: [] as string[],
    constraints: [] as string[],
    target: null as string | null,
  };
  const flags = new Set<string>();
  const inFolder = (path: string) => (path.startsWith("/") ? path : posix.join(folder, path));
  const rest = words.flatMap(separated)[Symbol.iterator]();
  for (const word of rest) {
    const value = () => rest.next().value ?? "";
    if (word === "-r" || word === "--requirement" || word === "--requirements")
      install.requirements.push(inFolder(value()));
    else if (word === "-c" || word === "--constraint" || word === "--constraints")
      install.constraints.push(inFolder(value()));
    else if (targets.has(word)) install.target = inFolder(value());
    else if (word === "-e" || word === "--editable") install.packages.push(value());
    else if (withValue.has(word)) value();
    else if (word.startsWith("-")) flags.add(word);
    else if (/^\d*[<>]/.test(word)) value();
    else install.packages.push(word);
  }
  return { ...install, flags };
}

/** `--target=x` is `--target x`, and `-rfile` is `-r file`. */
function separated(word: string): string[] {
  const [, long, value] = /^(--[a-z-]+)=(.*)$/s.exec(word) ?? [];
  if (long !== undefined && value !== undefined) return [long, value];
  const [, short, attached] = /^(-[rct])([^-].*)$/s.exec(word) ?? [];
  return short !== undefined && attached !== undefined ? [short, attached] : [word];
}
