/** The words of a command line that are no options, and the values of options, given as `-o value` or `--option=value`. */
export interface Options {
  values: ReadonlyMap<string, string>;
  words: readonly string[];
}

/** Reads the arguments of a program whose switches are known: every other option takes the next word. */
export function readOptions(program: string, args: readonly string[]): Options {
  const switches = Object.hasOwn(switchesOf, program) ? switchesOf[program] : undefined;
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const [, name, value] = /^(--[\w.-]+)=(.*)$/s.exec(arg) ?? [];
    if (name !== undefined) values.set(name, value ?? "");
    else if (/^-[a-zA-Z]./.test(arg) && !arg.startsWith("--")) values.set(arg.slice(0, 2), arg.slice(2));
    else if (!arg.startsWith("-")) words.push(arg);
    else if (!switches?.has(arg)) values.set(arg, args[++at] ?? "");
  }
  return { values, words };
}

/** The value of an option, by any of its names. */
export function optionOf({ values }: Options, ...names: string[]): string | undefined {
  return names.map((name) => values.get(name)).find((value) => value !== undefined);
}

/** `--x` and `--no-x`. */
function pairs(...names: string[]): string[] {
  return names.flatMap((name) => [`--${name}`, `--no-${name}`]);
}

const always = ["-h", "--help", "--version"];

/** Options without a value, as each program's own help lists them. */
const switchesOf: Readonly<Record<string, ReadonlySet<string>>> = {
  gunicorn: new Set([
    ...["--reload", "--preload", "--daemon", "-D", "--capture-output", "--check-config", "--print-config", "--spew"],
    ...["--no-sendfile", "-R", "--enable-stdio-inheritance", "--reuse-port", "--initgroups", "--proxy-protocol"],
    ...["--disable-redirect-access-to-syslog", "--log-syslog", "--do-handshake-on-connect", "--no-control-socket"],
    ...["--suppress-ragged-eofs", "--strip-header-spaces", "--permit-unconventional-http-method", ...always, "-v"],
    ...["--permit-unconventional-http-version", "--permit-obsolete-folding", "--casefold-http-method"],
  ]),
  uvicorn: new Set([
    ...["--reload", "--factory", "--reset-contextvars", ...always],
    ...pairs("proxy-headers", "access-log", "use-colors", "server-header", "date-header"),
  ]),
  hypercorn: new Set(["--debug", "--reload", ...always]),
  daphne: new Set(["--proxy-headers", "--no-server-name", ...always]),
  granian: new Set([
    ...pairs("http1-keep-alive", "http1-pipeline-flush", "http2-adaptive-window", "http2-enable-connect-protocol"),
    ...pairs("ws", "log", "access-log", "ssl-client-verify", "respawn-failed-workers", "reload", "factory", "metrics"),
    ...pairs("reload-ignore-worker-failure", "static-path-precompressed"),
    ...always,
  ]),
  "waitress-serve": new Set([
    ...pairs("ipv4", "ipv6", "expose-tracebacks", "log-socket-errors", "asyncore-use-poll"),
    ...pairs("log-untrusted-proxy-headers", "clear-untrusted-proxy-headers"),
    ...["--call", ...always],
  ]),
  flask: new Set([...pairs("debug", "reload", "debugger"), ...["--with-threads", "--without-threads", ...always]]),
  fastapi: new Set([...pairs("reload", "proxy-headers"), ...always]),
  celery: new Set([
    ...["-B", "--beat", "-E", "--task-events", "--without-gossip", "--without-mingle", "--without-heartbeat", "-D"],
    ...["--detach", "--purge", "--discard", "-q", "--quiet", "-C", "--no-color", "--skip-checks", "--no-execv"],
    ...always,
  ]),
  alembic: new Set(["--raiseerr", "-q", "--quiet", "--sql", "-v", "--verbose", "--autogenerate", ...always]),
  dramatiq: new Set(["--skip-logging", "-v", "--verbose", "--use-spawn", "--watch-use-polling", ...always]),
  arq: new Set(["--burst", "--check", "-v", "--verbose", ...always]),
  "functions-framework": new Set(["--debug", ...always]),
  streamlit: new Set([...always]),
};
