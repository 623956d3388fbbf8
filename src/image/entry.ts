import { posix } from "node:path";
import type { ImageCommand, ImageFinding, Simulated } from "./image-tree.ts";
import type { Entry } from "./language.ts";
import { programEntries } from "./programs.ts";
import { type ShellCommand, type ShellRuns, shellCommands } from "./shell.ts";

/** What an image starts, and what of it could not be told. */
export interface Entries {
  entries: readonly Entry[];
  findings: readonly ImageFinding[];
}

/**
 * What an image starts: ENTRYPOINT and CMD, or the command line that is given instead. Shell texts and scripts of the image
 * are looked through for the programs that they start; one that hangs on a build argument is undetermined.
 */
export function entriesOf(image: Simulated, override?: string): Entries {
  const reader = new Reader(image);
  if (override !== undefined) reader.line(override);
  else reader.commands(image.entrypoint, image.cmd);
  return reader.result(override);
}

const deepest = 4;
/** Linux, PATH_MAX. */
const longestPath = 4096;
const isShell = /^(?:sh|bash|dash|ash|zsh)$/;

/** Where a command is started, and what it is given. */
interface Place {
  /** Null when it can't be told. */
  cwd: string | null;
  env: Readonly<Record<string, string | null>>;
  /** A script's arguments, for its `"$@"`. */
  rest: readonly string[];
  /** The script that runs, as it was named; null for a text. */
  script: string | null;
  depth: number;
  /** Whether it runs for sure, and whether its failing ends what it is started by. */
  runs: ShellRuns;
}

/** A shell while its text is followed. */
interface Shell extends Place {
  /** Variables that it has set. */
  own: Map<string, string | null>;
  /** Whether `$1` is the first of `rest` yet. */
  given: boolean;
  /** Whether it has become another program for sure: what follows runs when it is given something else. */
  ended: boolean;
}

/** A variable's value: null when it is not known, undefined when it is not set. */
function variable(name: string, { own, env, cwd, script, rest, given }: Shell): string | null | undefined {
  if (name === "PWD") return cwd;
  // Without a command in the image, whoever starts it gives one.
  if (/^[1-9]$/.test(name)) return given && rest.length > 0 ? rest[Number(name) - 1] : null;
  if (name === "0") return ownName(script);
  return own.has(name) ? own.get(name) : Object.hasOwn(env, name) ? env[name] : undefined;
}

/** What is left of being sure when one runs in the other. */
function graver(outside: ShellRuns, inside: ShellRuns): ShellRuns {
  if (outside === "handled" || inside === "handled") return "handled";
  return outside === "perhaps" ? outside : inside;
}

/** `shift`, and `set -- a b`. Where that happens in a branch, `"$@"` is taken for what it was, and `$1` for unknown. */
function setArguments(by: "shift" | "set", args: readonly (string | null)[], sure: boolean, shell: Shell): void {
  const [first = by === "shift" ? "1" : ""] = args;
  if (by === "set" && first !== "--") return;
  const after = args.slice(1).flatMap((arg): readonly (string | null)[] => (arg === "$@" ? shell.rest : [arg]));
  const rest = by === "shift" ? shell.rest.slice(Number(first)) : after.filter((arg) => arg !== null);
  const known = by === "set" ? rest.length === after.length : first !== null && /^\d$/.test(first);
  if (sure && known) shell.rest = rest;
  else shell.given = false;
}

function ownName(script: string | null): string | null {
  return script === null || script.includes("/") ? script : `./${script}`;
}

class Reader {
  readonly #image: Simulated;
  readonly #entries: Entry[] = [];
  readonly #findings: ImageFinding[] = [];
  #line: number | undefined;

  constructor(image: Simulated) {
    this.#image = image;
    this.#line = image.cmd?.line ?? image.entrypoint?.line;
  }

  commands(entrypoint: ImageCommand | null, cmd: ImageCommand | null): void {
    const rest = cmd === null ? [] : cmd.form === "exec" ? cmd.argv : [...cmd.shell, cmd.text];
    if (entrypoint?.form === "shell") this.line(entrypoint.text);
    else if (entrypoint === null && cmd?.form === "shell") this.line(cmd.text);
    else {
      const argv = [...(entrypoint?.argv ?? []), ...rest];
      if (!this.#words(argv, this.#place()) && argv.length > 0) this.#unknown(argv[0] ?? "");
    }
  }

  /** A shell text that is started. */
  line(text: string): void {
    this.#shell(text, this.#place());
  }

  #place(): Place {
    return { cwd: this.#image.workdir, env: this.#image.env, rest: [], script: null, depth: 0, runs: "surely" };
  }

  /** One command whose words are known. Gives whether anything is known of it. */
  #words(argv: readonly string[], place: Place): boolean {
    const [program = "", ...args] = argv;
    if (place.depth > deepest || program === "") return false;
    // `exec gosu user "$0" "$@"` starts the same once more.
    if (program === ownName(place.script)) return true;
    const deeper = { ...place, depth: place.depth + 1 };
    if (isShell.test(posix.basename(program))) {
      const at = args.findIndex((arg) => !arg.startsWith("-"));
      const isText = args.slice(0, at).some((arg) => /^-[a-z]*c$/.test(arg));
      if (isText) this.#shell(args[at] ?? "", { ...deeper, rest: args.slice(at + 2) });
      else this.#script(args[at] ?? "", { ...deeper, rest: args.slice(at + 1) });
      return true;
    }
    const started = { argv, cwd: place.cwd ?? "/", env: place.env };
    const found = programEntries(started, this.#image, argv.join(" "));
    if (place.cwd === null && (found.entries !== null || found.inner !== null || program.includes("/"))) {
      const message = `the folder that ${argv.join(" ")} is started in can't be told`;
      this.#undetermined(message, "say what is started with --entry");
      return true;
    }
    if (found.entries !== null) {
      this.#entries.push(...found.entries.map((entry) => ({ ...entry, runs: place.runs })));
      if (!found.whole) this.#unknown(argv.join(" "));
    } else if (found.inner !== null) return this.#words(found.inner, { ...deeper, env: found.env ?? place.env });
    else if (this.#isScript(program, place)) this.#script(program, { ...deeper, rest: args });
    else if (found.other !== null) this.#note(`${program} starts ${found.other}, which is not looked into`);
    else return false;
    return true;
  }

  /** A shell text: every program in it that we know is started, with what the text has set before it. */
  #shell(text: string, place: Place): void {
    this.#commands(text, { ...place, own: new Map(), given: true, ended: false });
  }

  #commands(text: string, shell: Shell): void {
    let known = 0;
    const unread: string[] = [];
    for (const command of shellCommands(text, (name) => variable(name, shell))) {
      if (this.#changes(command, shell)) continue;
      const { words, unknown } = command;
      if (shell.depth > 0 && words[0] !== null && quiet.test(posix.basename(words[0] ?? ""))) continue;
      const told = words.map((word, at) => (word === null && beside.test(words[at - 1] ?? "") ? "…" : word));
      const given = told.flatMap((word): readonly (string | null)[] => (word === "$@" ? shell.rest : [word]));
      const plain = given[0] === "exec" ? given.slice(1) : given;
      if (plain.length === 0) {
        // It becomes what a branch puts there, or what whoever starts it gives.
        const becomes = words.includes("$@") && graver(shell.runs, command.runs) === "surely" && !shell.ended;
        if (becomes) this.#unknown(shell.script ?? "sh");
        continue;
      }
      if (plain.includes(null)) {
        const needs = unknown.flatMap((name) =>
          Object.hasOwn(this.#image.needs, name) ? (this.#image.needs[name] ?? []) : [],
        );
        if (!shell.ended) this.#hanging(plain, needs, unknown);
        known += 1;
        continue;
      }
      const argv = plain.filter((word) => word !== null);
      const program = argv[0] ?? "";
      const before = Object.fromEntries(command.assignments.map(({ name, value }) => [name, value]));
      const place = {
        ...shell,
        env: { ...shell.env, ...before },
        runs: graver(shell.runs, shell.ended ? "perhaps" : command.runs),
      };
      if (!quiet.test(posix.basename(program)) && this.#words(argv, place)) known += 1;
      // What a script becomes is what the image is for.
      else if (given[0] === "exec" && shell.depth > 0 && !shell.ended && !quiet.test(posix.basename(program)))
        this.#unknown(program);
      else unread.push(program);
      shell.ended ||= given[0] === "exec" && command.sure;
    }
    if (known === 0 && shell.depth === 0 && unread.length > 0) this.#unknown(unread[0] ?? text);
  }

  /** Does what a command does to the shell itself: variables, the folder, what it reads in. Gives whether it is one of these. */
  #changes({ words, assignments, sure, runs }: ShellCommand, shell: Shell): boolean {
    const [first, ...args] = words;
    if (first === "shift" || first === "set") {
      setArguments(first, args, sure, shell);
      return true;
    }
    if (first === undefined || (first !== null && /^(?:export|declare|typeset|readonly|local)$/.test(first))) {
      for (const { name, value } of assignments) {
        const told = sure || variable(name, shell) === undefined ? value : null;
        shell.own.set(name, told);
        if (first === "export" || Object.hasOwn(shell.env, name)) shell.env = { ...shell.env, [name]: told };
      }
      const names = first === "export" ? args : [];
      for (const name of names)
        if (name !== null && shell.own.has(name)) shell.env = { ...shell.env, [name]: shell.own.get(name) ?? null };
      return true;
    }
    if (first === "cd" || first === "pushd") {
      const to = args.filter((arg) => !arg?.startsWith("-"))[0] ?? null;
      const there = to === null || shell.cwd === null ? to : posix.resolve(shell.cwd, to);
      const goes = there?.startsWith("/") && !there.includes("~") && there.length <= longestPath ? there : null;
      shell.cwd = sure || goes === shell.cwd ? goes : null;
      return true;
    }
    if (first !== "." && first !== "source") return false;
    const bytes = args[0] && shell.depth < deepest ? this.#image.tree.read(this.#resolve(args[0], shell) ?? "/") : null;
    if (bytes === null) return true;
    const outside = shell.runs;
    shell.depth += 1;
    shell.runs = graver(outside, runs);
    this.#commands(Buffer.from(bytes).toString("utf8"), shell);
    shell.runs = outside;
    shell.depth -= 1;
    return true;
  }

  #isScript(program: string, place: Place): boolean {
    const path = this.#resolve(program, place);
    const bytes = path === null ? null : this.#image.tree.read(path);
    return (
      bytes !== null && /^#!.*\b(?:sh|bash|dash|ash|zsh)\b/.test(Buffer.from(bytes.subarray(0, 80)).toString("latin1"))
    );
  }

  #script(program: string, place: Place): void {
    const path = this.#resolve(program, place);
    const bytes = path === null ? null : this.#image.tree.read(path);
    if (bytes !== null) return void this.#shell(Buffer.from(bytes).toString("utf8"), { ...place, script: program });
    const at = path ?? program;
    const line = this.#line === undefined ? {} : { line: this.#line };
    if (path === null || this.#image.tree.mayHold(at) || this.#image.tree.kind(at) !== null)
      return void this.#unknown(program);
    const message = `the image lacks ${at}, which it starts${place.runs === "surely" ? "" : " under a condition"}`;
    const level = place.runs === "surely" ? "block" : "warning";
    const effect = place.runs === "handled" ? "degraded" : "boot";
    this.#findings.push({ code: "image-entry-missing", level, effect, message, module: at, ...line });
  }

  /** A program with a slash is a path; others are looked for where images put their own. */
  #resolve(program: string, { cwd }: Place): string | null {
    if (program.startsWith("/")) return posix.normalize(program);
    if (cwd !== null && (program.includes("/") || this.#image.tree.kind(posix.join(cwd, program)) === "file"))
      return posix.resolve(cwd, program);
    const found = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin"].find(
      (folder) => this.#image.tree.kind(posix.join(folder, program)) === "file",
    );
    return found === undefined ? null : posix.join(found, program);
  }

  #hanging(words: readonly (string | null)[], needs: readonly string[], unknown: readonly string[]): void {
    const written = words.map((word) => word ?? "…").join(" ");
    const message =
      needs.length > 0
        ? `what it starts needs build argument ${[...new Set(needs)].join(", ")}: ${written}`
        : `what it starts hangs on ${unknown.map((name) => `$${name}`).join(", ") || "what another command prints"}: ${written}`;
    const fix =
      needs.length > 0
        ? `give ${[...new Set(needs)].map((name) => `--build-arg ${name}=…`).join(" ")}, or say it with --entry`
        : "say what is started with --entry";
    this.#undetermined(message, fix);
  }

  #unknown(program: string): void {
    this.#undetermined(`what ${program} starts is not known here`, "say what is started with --entry");
  }

  #undetermined(message: string, fix: string): void {
    const line = this.#line === undefined ? {} : { line: this.#line };
    this.#findings.push({ code: "image-undetermined", level: "warning", message, ...line, fix });
  }

  #note(message: string): void {
    const line = this.#line === undefined ? {} : { line: this.#line };
    this.#findings.push({ code: "image-undetermined", level: "note", message, ...line });
  }

  result(override: string | undefined): Entries {
    if (this.#entries.length === 0 && this.#findings.length === 0 && override === undefined)
      this.#undetermined("the Dockerfile does not say what is started", "say what is started with --entry");
    return { entries: this.#entries, findings: this.#findings };
  }
}

/** Options whose values have no part in what is imported: `--workers $(nproc)`. */
const beside =
  /^(?:-w|--workers|-b|--bind|--port|--host|--threads|-t|--timeout|--log-level|--loglevel|--concurrency|--max-requests|--worker-tmp-dir)$/;

/** Commands of scripts that start nothing of ours. */
const quiet =
  /^(?:set|cd|echo|printf|sleep|export|test|\[|\[\[|mkdir|chmod|chown|rm|cp|mv|ln|cat|touch|true|false|exit|trap|wait|shift|local|return|source|\.|id|date|until|nc|curl|wget|pg_isready|ls|grep|sed|awk|read|unset|eval|umask|ulimit|nginx|service|cron|tail|kill|find|usermod|groupmod|:)$/;
