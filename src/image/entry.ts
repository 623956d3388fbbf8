import { posix } from "node:path";
import type { ImageCommand, ImageFinding, Simulated } from "./image-tree.ts";
import type { Entry } from "./language.ts";
import { type Program, programEntries } from "./programs.ts";
import { shellCommands } from "./shell.ts";

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
  if (override !== undefined) reader.shell(override, [], 0);
  else reader.commands(image.entrypoint, image.cmd);
  return reader.result(override);
}

const deepest = 4;

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
    if (entrypoint === null) {
      if (cmd?.form === "shell") this.shell(cmd.text, [], 0);
      else if (cmd) this.words(cmd.argv, [], 0);
    } else if (entrypoint.form === "shell") this.shell(entrypoint.text, [], 0);
    else this.words([...entrypoint.argv, ...rest], [], 0);
  }

  /** One command whose words are known. `rest`: what a script was given, for its `"$@"`. */
  words(argv: readonly string[], rest: readonly string[], depth: number): void {
    const [program = "", ...args] = argv;
    const name = posix.basename(program);
    if (depth > deepest || program === "") return;
    if (/^(?:sh|bash|dash|ash|zsh)$/.test(name)) {
      const at = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
      if (at >= 0) this.shell(args[at + 1] ?? "", args.slice(at + 2), depth + 1);
      else this.#script(args.find((arg) => !arg.startsWith("-")) ?? "", args.slice(1), depth);
      return;
    }
    const started: Program = { argv, cwd: this.#image.workdir, env: this.#environment() };
    const found = programEntries(started, this.#image, argv.join(" "));
    if (found.entries !== null) this.#entries.push(...found.entries);
    else if (found.inner !== null) this.words(found.inner, rest, depth + 1);
    else if (this.#isScript(program)) this.#script(program, args, depth);
    else if (found.other !== null) this.#note(`${program} starts ${found.other}, which is not looked into`);
    else this.#unknown(program);
  }

  /** A shell text: every program in it that we know is started. */
  shell(text: string, rest: readonly string[], depth: number): void {
    const own = new Map<string, string | null>();
    const lookup = (name: string) => (own.has(name) ? own.get(name) : this.#image.env[name]);
    let known = 0;
    const before = this.#entries.length;
    const unread: string[] = [];
    for (const { words, assignments, unknown } of shellCommands(text, lookup)) {
      for (const { name, value } of assignments) own.set(name, value);
      if (words[0] === "export" || words.length === 0) {
        for (const word of words.slice(1)) {
          const [, name, value] = /^(\w+)=(.*)$/s.exec(word ?? "") ?? [];
          if (name !== undefined) own.set(name, value ?? null);
        }
        continue;
      }
      if (depth > 0 && words[0] !== null && quiet.test(posix.basename(words[0] ?? ""))) continue;
      const given = words.flatMap((word): readonly (string | null)[] => (word === "$@" ? rest : [word]));
      const plain = given[0] === "exec" ? given.slice(1) : given;
      if (plain.length === 0) continue;
      if (plain.includes(null)) {
        const needs = unknown.flatMap((name) => this.#image.needs[name] ?? []);
        this.#hanging(plain, needs, unknown);
        known += 1;
        continue;
      }
      const count = this.#entries.length + this.#findings.length;
      const argv = plain.filter((word) => word !== null);
      const command = argv[0] ?? "";
      if (!quiet.test(posix.basename(command))) this.#inShell(argv, rest, depth, own);
      if (this.#entries.length + this.#findings.length > count) known += 1;
      else unread.push(command);
    }
    if (known === 0 && this.#entries.length === before && depth === 0 && unread.length > 0)
      this.#unknown(unread[0] ?? text);
  }

  #inShell(
    argv: readonly string[],
    rest: readonly string[],
    depth: number,
    own: ReadonlyMap<string, string | null>,
  ): void {
    const env = { ...this.#environment(), ...Object.fromEntries(own) };
    const found = programEntries({ argv, cwd: this.#image.workdir, env }, this.#image, argv.join(" "));
    const [program = ""] = argv;
    if (found.entries !== null) this.#entries.push(...found.entries);
    else if (found.inner !== null) this.words(found.inner, rest, depth + 1);
    else if (this.#isScript(program) || /^(?:sh|bash|dash|ash|zsh)$/.test(posix.basename(program)))
      this.words(argv, rest, depth + 1);
    else if (found.other !== null) this.#note(`${program} starts ${found.other}, which is not looked into`);
  }

  #isScript(program: string): boolean {
    const path = this.#resolve(program);
    const bytes = path === null ? null : this.#image.tree.read(path);
    return (
      bytes !== null && /^#!.*\b(?:sh|bash|dash|ash|zsh)\b/.test(Buffer.from(bytes.subarray(0, 80)).toString("latin1"))
    );
  }

  #script(program: string, rest: readonly string[], depth: number): void {
    const path = this.#resolve(program);
    const bytes = path === null ? null : this.#image.tree.read(path);
    if (bytes !== null) return void this.shell(Buffer.from(bytes).toString("utf8"), rest, depth + 1);
    const at = path ?? program;
    const line = this.#line === undefined ? {} : { line: this.#line };
    if (path === null || this.#image.tree.mayHold(at) || this.#image.tree.kind(at) !== null)
      return void this.#unknown(program);
    const message = `the image lacks ${at}, which it starts`;
    this.#findings.push({ code: "image-entry-missing", level: "block", effect: "boot", message, module: at, ...line });
  }

  /** A program with a slash is a path; others are looked for where images put their own. */
  #resolve(program: string): string | null {
    if (program.includes("/") || this.#image.tree.kind(posix.join(this.#image.workdir, program)) === "file")
      return posix.resolve(this.#image.workdir, program);
    const found = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin"].find(
      (folder) => this.#image.tree.kind(posix.join(folder, program)) === "file",
    );
    return found === undefined ? null : posix.join(found, program);
  }

  #environment(): Record<string, string | null> {
    return { ...this.#image.env };
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

/** Commands of scripts that start nothing of ours. */
const quiet =
  /^(?:set|cd|echo|printf|sleep|export|test|\[|\[\[|mkdir|chmod|chown|rm|cp|mv|ln|cat|touch|true|false|exit|trap|wait|shift|local|return|source|\.|id|date|until|nc|curl|wget|pg_isready|ls|grep|sed|awk|read|unset|eval|umask|ulimit|nginx|service|cron|tail|kill|find|su|usermod|groupmod|:)$/;
