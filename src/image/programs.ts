import { posix } from "node:path";
import type { Simulated } from "./image-tree.ts";
import type { Entry } from "./language.ts";
import { assignedBy, wrappedBy } from "./wrappers.ts";

/** A program as it is started. */
export interface Program {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | null>>;
}

/** What a program starts. Exactly one is not null, or none when the program is not known. */
export interface Started {
  entries: Entry[] | null;
  /** Another command line, which it only wraps. */
  inner: string[] | null;
  /** The environment that it gives to that one, where it changes it. */
  env?: Program["env"];
  /** Something that is known and not followed, such as JavaScript. */
  other: string | null;
}

const nothing: Started = { entries: null, inner: null, other: null };

/**
 * Reads the command lines of what starts Python: the interpreter itself, and the servers and workers that import an
 * application, each with its own idea of where modules are looked for first.
 */
export function programEntries(program: Program, image: Simulated, label: string): Started {
  const [first = "", ...args] = program.argv;
  const name = posix.basename(first);
  if (name === "env") return { ...nothing, inner: wrappedBy(name, args), env: { ...program.env, ...assignedBy(args) } };
  const wrapped = wrappedBy(name, args);
  if (wrapped !== null) return { ...nothing, inner: wrapped };
  if (/^python[\d.]*$/.test(name)) return interpreter(args, program, image, label);
  const server = serverOf(name);
  if (server) return { ...nothing, entries: server(args, { ...program, image, label }) };
  if (/\.py$/.test(name) && first.includes("/"))
    return { ...nothing, entries: [fileEntry(first, { ...program, image, label })] };
  if (/^(?:node|npm|npx|yarn|pnpm|bun|deno|tsx|ts-node|next|pm2)$/.test(name))
    return { ...nothing, other: "JavaScript" };
  if (
    /^(?:java|dotnet|ruby|bundle|php|php-fpm|nginx|httpd|apache2ctl|redis-server|postgres|caddy|R|Rscript)$/.test(name)
  )
    return { ...nothing, other: `no Python (${name})` };
  // Base images of AWS Lambda are given the handler.
  if (/lambda/.test(image.base ?? "") && program.argv.length === 1 && /^[\w/]+(?:\.\w+)+$/.test(first)) {
    const dot = first.lastIndexOf(".");
    const module = first.slice(0, dot).replaceAll("/", ".");
    return { ...nothing, entries: [entry(label, app(module, first.slice(dot + 1)), ["/var/task"], program)] };
  }
  return nothing;
}

interface Server extends Program {
  image: Simulated;
  label: string;
}

function interpreter(args: readonly string[], program: Program, image: Simulated, label: string): Started {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (/^-[A-Za-z]*m$/.test(arg)) return moduleStart(args.slice(at + 1), program, image, label);
    if (/^-[A-Za-z]*c$/.test(arg)) return { ...nothing, other: "a text of Python" };
    if (/^-[XW]$/.test(arg)) at += 1;
    else if (!arg.startsWith("-")) return { ...nothing, entries: [fileEntry(arg, { ...program, image, label })] };
  }
  return { ...nothing, other: "a Python prompt" };
}

function moduleStart(args: readonly string[], program: Program, image: Simulated, label: string): Started {
  const [name = ""] = args;
  const server = serverOf(name.replace(/\.__main__$/, ""));
  if (server) return { ...nothing, entries: server(args.slice(1), { ...program, image, label }) };
  return { ...nothing, entries: [entry(label, { kind: "module", name }, [program.cwd], program)] };
}

/** `python file.py`: modules are looked for beside the file, where it lies when links are followed. */
function fileEntry(file: string, { label, image, ...program }: Server): Entry {
  const path = posix.resolve(program.cwd, file);
  return entry(label, { kind: "file", path }, [posix.dirname(image.tree.real(path))], program);
}

function entry(
  label: string,
  start: Entry["start"],
  first: readonly string[],
  { env, cwd }: Pick<Program, "env" | "cwd">,
  worker = false,
): Entry {
  const value = env.PYTHONPATH;
  // An empty one is the working directory too.
  const extra = value ? value.split(":") : [];
  const pathOpen = value === null;
  return {
    runtime: "python",
    label,
    start,
    path: [...first, ...extra.map((folder) => posix.resolve(cwd, folder))],
    pathOpen,
    worker,
  };
}

function app(module: string, attribute: string | null, called = false): Entry["start"] {
  return { kind: "app", module, attribute, called };
}

/** `pkg.mod:app`, `pkg.mod:create_app()`, `pkg.mod`. */
function appOf(written: string, usual: string | null): Entry["start"] {
  const [module = "", expression = ""] = written.split(":");
  const [, attribute = null, call] = /^([A-Za-z_]\w*)(?:\.\w+)*(\s*\(.*)?$/s.exec(expression) ?? [];
  return app(
    module.replace(/\.py$/, "").replaceAll("/", "."),
    expression === "" ? usual : attribute,
    call !== undefined,
  );
}

/** The first word that is no option, and the values of options, given as `-o value` or `--option=value`. */
function readOptions(args: readonly string[], switches: ReadonlySet<string>) {
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    const [, name, value] = /^(--[\w-]+)=(.*)$/s.exec(arg) ?? [];
    if (name !== undefined) values.set(name, value ?? "");
    else if (/^-[a-zA-Z]./.test(arg) && !arg.startsWith("--")) values.set(arg.slice(0, 2), arg.slice(2));
    else if (!arg.startsWith("-")) words.push(arg);
    else if (!switches.has(arg)) values.set(arg, args[++at] ?? "");
  }
  return { values, words };
}

function first(values: ReadonlyMap<string, string>, ...names: string[]): string | undefined {
  return names.map((name) => values.get(name)).find((value) => value !== undefined);
}

const gunicornSwitches = new Set([
  ...[
    "--reload",
    "--preload",
    "--daemon",
    "-D",
    "--capture-output",
    "--check-config",
    "--print-config",
    "--spew",
    "--no-sendfile",
    "-R",
  ],
  ...[
    "--enable-stdio-inheritance",
    "--reuse-port",
    "--initgroups",
    "--disable-redirect-access-to-syslog",
    "--proxy-protocol",
    "--log-syslog",
  ],
]);
const uvicornSwitches = new Set([
  ...[
    "--reload",
    "--factory",
    "--proxy-headers",
    "--no-proxy-headers",
    "--access-log",
    "--no-access-log",
    "--use-colors",
    "--no-use-colors",
  ],
  ...["--server-header", "--no-server-header", "--date-header", "--no-date-header", "--version", "--no-server-header"],
]);
const flaskSwitches = new Set([
  "--debug",
  "--no-debug",
  "--reload",
  "--no-reload",
  "--debugger",
  "--with-threads",
  "--without-threads",
]);
const otherSwitches = new Set([
  "--reload",
  "--debug",
  "--factory",
  "--call",
  "--no-reload",
  "-B",
  "-E",
  "--beat",
  "--without-gossip",
  "--without-mingle",
  "--without-heartbeat",
  "-D",
  "--detach",
]);

const alembicSwitches = new Set(["--raiseerr", "-q", "--quiet", "--sql", "-v", "--verbose", "--autogenerate"]);

const servers: Readonly<Record<string, (args: readonly string[], server: Server) => Entry[]>> = {
  gunicorn: (args, server) => {
    const usual = typeof server.env.GUNICORN_CMD_ARGS === "string" ? server.env.GUNICORN_CMD_ARGS.split(/\s+/) : [];
    const { values, words } = readOptions([...usual, ...args], gunicornSwitches);
    const cwd = posix.resolve(server.cwd, first(values, "--chdir") ?? ".");
    const more = (first(values, "--pythonpath") ?? "").split(",").filter((folder) => folder !== "");
    const folders = [...more.map((folder) => posix.resolve(cwd, folder)), cwd];
    const config =
      first(values, "-c", "--config") ??
      (has(server, posix.join(server.cwd, "gunicorn.conf.py")) ? "gunicorn.conf.py" : undefined);
    const configured = config === undefined ? [] : configEntry(config, server);
    const [written] = words;
    if (written === undefined) return configured;
    return [...configured, entry(server.label, appOf(written, "application"), folders, server)];
  },
  uvicorn: (args, server) => {
    const { values, words } = readOptions(args, uvicornSwitches);
    const folder = posix.resolve(server.cwd, first(values, "--app-dir") ?? ".");
    return asgi(words[0], args.includes("--factory"), folder, server);
  },
  hypercorn: (args, server) => asgi(readOptions(args, otherSwitches).words[0], false, server.cwd, server, "app"),
  daphne: (args, server) => asgi(readOptions(args, otherSwitches).words[0], false, server.cwd, server),
  granian: (args, server) =>
    asgi(readOptions(args, otherSwitches).words[0], args.includes("--factory"), server.cwd, server),
  "waitress-serve": (args, server) => {
    const written = readOptions(args, otherSwitches).words[0];
    return asgi(written, args.includes("--call"), server.cwd, server);
  },
  flask: (args, server) => {
    const { values } = readOptions(args, flaskSwitches);
    const given = first(values, "--app", "-A") ?? server.env.FLASK_APP;
    if (given === null) return [];
    const usual = ["wsgi.py", "app.py"].find((file) => has(server, posix.join(server.cwd, file)));
    const written = given ?? usual ?? "app";
    const [file = "", name = ""] = written.split(":");
    const folder = file.includes("/") ? posix.resolve(server.cwd, posix.dirname(file)) : server.cwd;
    const module = posix.basename(file).replace(/\.py$/, "");
    // What is named is called when it is a function; without a name flask looks for an application, or for a factory.
    const start = app(module, /^\w+/.exec(name)?.[0] ?? null, true);
    return [entry(server.label, start, [folder], server)];
  },
  fastapi: (args, server) => {
    const { values, words } = readOptions(args, uvicornSwitches);
    const file =
      words[1] ??
      ["main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py"].find((each) =>
        has(server, posix.join(server.cwd, each)),
      );
    if (file === undefined) return [];
    const path = posix.resolve(server.cwd, file);
    let folder = posix.dirname(path);
    const names = [posix.basename(path, ".py")];
    for (; has(server, posix.join(folder, "__init__.py")); folder = posix.dirname(folder))
      names.unshift(posix.basename(folder));
    return [entry(server.label, app(names.join("."), first(values, "--app") ?? null), [folder], server)];
  },
  streamlit: (args, server) => {
    const { words } = readOptions(args, otherSwitches);
    return words[0] === "run" && words[1] !== undefined ? [fileEntry(words[1], server)] : [];
  },
  celery: (args, server) => {
    const { values } = readOptions(args, otherSwitches);
    const written = first(values, "-A", "--app") ?? "";
    const folder = posix.resolve(server.cwd, first(values, "--workdir") ?? ".");
    const [module = "", attribute = null] = written.split(":");
    if (module === "") return [];
    return [entry(server.label, celeryApp(module, attribute, folder, server), [folder], server, true)];
  },
  alembic: (args, server) => {
    const { values } = readOptions(args, alembicSwitches);
    const config = posix.resolve(server.cwd, first(values, "-c", "--config") ?? "alembic.ini");
    const text = Buffer.from(server.image.tree.read(config) ?? []).toString("utf8");
    const setting = (name: string) => new RegExp(`^${name}[ \\t]*[=:][ \\t]*(\\S.*)$`, "m").exec(text)?.[1]?.trim();
    const written = setting("script_location")?.replaceAll("%(here)s", posix.dirname(config));
    // A package's folder would have to be found first.
    if (written === undefined || written.includes(":")) return [];
    const path = posix.resolve(server.cwd, written, "env.py");
    const folders = (setting("prepend_sys_path") ?? "").split(/[\s,:;]+/).filter((folder) => folder !== "");
    const at = folders.map((folder) => posix.resolve(server.cwd, folder.replaceAll("%(here)s", posix.dirname(config))));
    return [entry(server.label, { kind: "file", path }, at, server)];
  },
  dramatiq: (args, server) => modules(readOptions(args, otherSwitches).words, server),
  rq: () => [],
  arq: (args, server) => {
    const written = readOptions(args, otherSwitches).words[0] ?? "";
    const dot = written.lastIndexOf(".");
    return dot < 0
      ? []
      : [entry(server.label, app(written.slice(0, dot), written.slice(dot + 1)), [server.cwd], server)];
  },
  "functions-framework": (args, server) => {
    const { values } = readOptions(args, otherSwitches);
    const file = first(values, "--source") ?? "main.py";
    const path = posix.resolve(server.cwd, file);
    return [
      entry(
        server.label,
        app(posix.basename(path, ".py"), first(values, "--target") ?? null),
        [posix.dirname(path)],
        server,
      ),
    ];
  },
};

function serverOf(name: string) {
  return Object.hasOwn(servers, name) ? servers[name] : undefined;
}

function asgi(
  written: string | undefined,
  called: boolean,
  folder: string,
  server: Server,
  usual: string | null = null,
): Entry[] {
  if (written === undefined) return [];
  const start = appOf(written, usual);
  return [
    entry(server.label, start.kind === "app" ? { ...start, called: called || start.called } : start, [folder], server),
  ];
}

/** `-A proj` is the module, or `proj.celery` when the package has one and no app of its own. */
function celeryApp(module: string, attribute: string | null, folder: string, server: Server): Entry["start"] {
  const path = posix.join(folder, ...module.split("."));
  const nested = has(server, posix.join(path, "celery.py"));
  return app(nested && attribute === null ? `${module}.celery` : module, attribute);
}

function modules(words: readonly string[], server: Server): Entry[] {
  return words.map((word) => entry(server.label, appOf(word, null), [server.cwd], server));
}

/** gunicorn's own settings are a Python file, run from its folder. */
function configEntry(config: string, server: Server): Entry[] {
  if (config.startsWith("python:"))
    return [entry(server.label, app(config.slice("python:".length), null), [server.cwd], server)];
  const path = posix.resolve(server.cwd, config.replace(/^file:/, ""));
  const start: Entry["start"] = { kind: "file", path };
  return [{ ...entry(`gunicorn -c ${config}`, start, [server.cwd], server) }];
}

function has({ image }: Server, path: string): boolean {
  return image.tree.kind(path) === "file";
}
