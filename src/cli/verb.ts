import type { World } from "../actions/world.ts";
import type { Finding } from "../model/finding.ts";
import type { Paint } from "../report/paint.ts";
import type { Ending } from "./exit-codes.ts";

export interface Option {
  /** Without the dashes. */
  name: string;
  short?: string;
  /** What stands for the value in help; absent for a switch. */
  value?: string;
  many?: true;
  help: string;
}

/** One verb of the command line: what help, the reference and the parser know of it. Its code is loaded when it runs. */
export interface Verb {
  name: string;
  /** What it does, in a few words. */
  summary: string;
  /** Without `landfall`; the first line is the usual one. */
  usage: readonly string[];
  /** How many arguments it takes: at least, at most. */
  takes: readonly [number, number];
  /** More on it, for `landfall VERB --help`. */
  details?: string;
  options: readonly Option[];
  load: () => Promise<{ run: Run }>;
}

/** A verb's work: never prints, never exits. */
export type Run = (invocation: Invocation, session: Session) => Promise<Reply>;

/** A command line that was understood. */
export interface Invocation {
  verb: Verb | null;
  args: readonly string[];
  on(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): readonly string[];
}

/** One run of one verb: what it works with, beyond its own arguments. */
export interface Session {
  /** -C, absolute. */
  directory: string;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  /** Shows a text and asks for a yes, which `--yes` gives; false where it is not given, or nobody is there to ask. */
  confirm(text: (paint: Paint) => string, question: string): Promise<boolean>;
  /** The world that actions take; made once. Verbs that only read the ledger do without the providers, and start quicker. */
  world(needs?: { providers: boolean }): Promise<World>;
}

/** What a verb answers: one value, from which the text, the document and the exit code are made. */
export interface Reply {
  ending: Ending;
  /** The document's own keys under `--json`. */
  body: Readonly<Record<string, unknown>>;
  /** The answer for people. */
  text: (paint: Paint) => string;
  /** True when the command was refused: its text is no answer, and goes to stderr. */
  refused?: true;
  /** What annotations are made from, unless `annotations` says it better. */
  findings?: readonly Finding[];
  /** Workflow commands for GitHub Actions. */
  annotations?: readonly string[];
  /** Markdown for the job's summary page. */
  summary?: string;
}
