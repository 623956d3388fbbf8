import type { Duplex } from "node:stream";
import type { Code } from "../model/codes.ts";
import type { Library } from "./library.ts";

/** How to reach a machine. `localhost` is this machine, without SSH. */
export interface Address {
  host: string;
  user?: string | undefined;
  port?: number | undefined;
  /** A file for ssh's -F. */
  sshConfig?: string | undefined;
}

/** How a script on a host ended. Not being able to run it is a result of its own. */
export type ScriptEnd =
  | { ended: "exit"; status: number; stdout: string; stderr: string }
  | { ended: "unreachable" | "refused" | "lost"; code: Code; message: string }
  | { ended: "cancelled" };

export interface ScriptOptions {
  /** Bytes that follow the script on its standard input: a file's path, or text. */
  payload?: { file: string } | { text: string } | undefined;
  /**
   * Functions that it uses. With them it may run in the login's own session, which reads them once and keeps them; a script
   * that comes while another runs there has a session that is opened for it. One without starts from nothing.
   */
  library?: Library | undefined;
  /** Called for each line of standard output as it comes. Lines longer than 64 KiB are cut. */
  onLine?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** A bound on the whole call, beyond which the connection counts as lost. Seconds. */
  timeoutSeconds?: number | undefined;
}

/** A machine that scripts can run on. */
export interface Host {
  /** How reports name it: `localhost` or `user@host`. */
  readonly name: string;
  /**
   * Runs a POSIX sh script with arguments. Arguments are data: they are quoted, and never seen by the login shell
   * or in a process list. Standard output is kept up to 16 MiB.
   */
  script(script: string, args: readonly string[], options?: ScriptOptions): Promise<ScriptEnd>;
  /** Begins the login that a script with this library will go through, where one is needed. How it ends is for that script to say. */
  begin(library: Library): void;
  /** Opens a connection from the host to an address as the host sees it (`localhost:8000` is the host's own). */
  connect(host: string, port: number): Promise<Duplex>;
}

/** The connections of one verb: one login per address, kept until `close`. */
export interface Hosts {
  get(address: Address): Host;
  close(): Promise<void>;
}
