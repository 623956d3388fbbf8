/**
 * The command line that a program only starts: what is left of its arguments without its own options. Null for a program
 * that starts no other, or is not known.
 */
export function wrappedBy(program: string, args: readonly string[]): string[] | null {
  return Object.hasOwn(wrappers, program) ? (wrappers[program]?.(args) ?? null) : null;
}

/** What `env A=b command` sets. */
export function assignedBy(args: readonly string[]): Record<string, string> {
  const assigned: Record<string, string> = {};
  for (const arg of args) {
    const [, name, value = ""] = /^([A-Za-z_]\w*)=(.*)$/s.exec(arg) ?? [];
    if (name !== undefined) assigned[name] = value;
    else if (!arg.startsWith("-")) break;
  }
  return assigned;
}

type Wrapper = (args: readonly string[]) => string[] | null;

const wrappers: Readonly<Record<string, Wrapper>> = {
  tini: behind("-p", "-e"),
  "dumb-init": behind("-r", "--rewrite"),
  catatonit: behind(),
  exec: behind("-a"),
  nice: behind("-n"),
  ionice: behind("-c", "-n"),
  nohup: behind(),
  stdbuf: behind("-i", "-o", "-e"),
  sudo: behind("-u", "--user", "-g", "--group"),
  setpriv: behind("--reuid", "--regid", "--groups"),
  runuser: (args) => (args.includes("-c") ? textOf(args) : behind("-u", "--user", "-g")(args)),
  su: (args) => (args.includes("-c") ? textOf(args) : null),
  gosu: (args) => args.slice(1),
  "su-exec": (args) => args.slice(1),
  "s6-setuidgid": (args) => args.slice(1),
  setuidgid: (args) => args.slice(1),
  chpst: behind("-u", "-U", "-b", "-n", "-l"),
  "xvfb-run": behind("-n", "-s", "-e", "-f", "-p", "-w"),
  timeout: (args) => behind("-s", "--signal", "-k", "--kill-after")(args).slice(1),
  env: (args) => {
    const at = args.findIndex((arg) => !arg.startsWith("-") && !/^\w+=/.test(arg));
    return at < 0 ? [] : args.slice(at);
  },
  poetry: run,
  pipenv: run,
  pdm: run,
  rye: run,
  hatch: run,
  uv: (args) => {
    const inner = run(args);
    if (inner === null) return null;
    const [first = ""] = behind(...uvOptions)(inner);
    const module = inner.findIndex((arg) => arg === "-m" || arg === "--module");
    if (module >= 0 && module < inner.indexOf(first)) return ["python", "-m", ...inner.slice(module + 1)];
    const command = inner.slice(inner.indexOf(first));
    return first.endsWith(".py") ? ["python", ...command] : command;
  },
  conda: (args) => (args[0] === "run" ? behind("-n", "--name", "-p", "--prefix", "--cwd")(args.slice(1)) : null),
  micromamba: (args) => (args[0] === "run" ? behind("-n", "--name", "-p", "--prefix", "--cwd")(args.slice(1)) : null),
  "ddtrace-run": behind(),
  "opentelemetry-instrument": (args) => behind(...args.filter((arg) => /^--[^=]+$/.test(arg)))(args),
  "newrelic-admin": (args) => (args[0] === "run-program" ? args.slice(1) : null),
  "wait-for-it": afterDashes,
  "wait-for-it.sh": afterDashes,
  "wait-for": afterDashes,
  "wait-for.sh": afterDashes,
  dockerize: behind("-wait", "-timeout", "-template", "-wait-retry-interval"),
};

const uvOptions = [
  ...["--extra", "--no-extra", "--group", "--no-group", "--only-group", "--package", "--project", "--directory"],
  ...["--env-file", "--with", "--with-editable", "--with-requirements", "-p", "--python", "--index", "--cache-dir"],
];

/** What stands behind the options; `withValue`: those that take the next word. */
function behind(...withValue: string[]): (args: readonly string[]) => string[] {
  return (args) => {
    for (let at = 0; at < args.length; at++) {
      const arg = args[at] ?? "";
      if (arg === "--") return args.slice(at + 1);
      if (!arg.startsWith("-")) return args.slice(at);
      if (withValue.includes(arg)) at += 1;
    }
    return [];
  };
}

function run(args: readonly string[]): string[] | null {
  return args[0] === "run" ? args.slice(1) : null;
}

/** `su user -c "text"` */
function textOf(args: readonly string[]): string[] {
  return ["sh", "-c", args[args.indexOf("-c") + 1] ?? ""];
}

function afterDashes(args: readonly string[]): string[] | null {
  const at = args.indexOf("--");
  return at < 0 ? null : args.slice(at + 1);
}
