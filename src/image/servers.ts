import { posix } from "node:path";
import { celery } from "./celery.ts";
import { flask, moduleOf } from "./flask.ts";
import { gunicorn } from "./gunicorn.ts";
import type { Entry } from "./language.ts";
import { optionOf, readOptions } from "./options.ts";
import { app, appOf, entry, fileEntry, has, type Server, textOf } from "./start.ts";

/** What a server or worker loads, by its name. */
export interface Served {
  entries: Entry[];
  /** Whether that is all: not where nothing names the application, or what names it can't be told. */
  whole: boolean;
}

/** Reads the arguments of a server or worker that imports an application; null for a program that is none. */
export function servedBy(name: string, args: readonly string[], server: Server): Served | null {
  if (name === "gunicorn") {
    const { configured, served } = gunicorn(args, server);
    return { entries: served === null ? configured : [...configured, served], whole: served !== null };
  }
  const entries = Object.hasOwn(servers, name) ? servers[name]?.(args, server) : undefined;
  return entries === undefined ? null : { entries, whole: entries.length > 0 };
}

const servers: Readonly<Record<string, (args: readonly string[], server: Server) => Entry[]>> = {
  uvicorn: (args, server) => {
    const options = readOptions("uvicorn", args);
    const folder = posix.resolve(server.cwd, optionOf(options, "--app-dir") ?? ".");
    return served(options.words[0], args.includes("--factory"), folder, server);
  },
  hypercorn: (args, server) => {
    // With two colons the first word is the kind of application.
    const written = readOptions("hypercorn", args).words[0]?.replace(/^(?:asgi|wsgi):(?=.*:)/, "");
    return served(written, false, server.cwd, server, "app");
  },
  daphne: (args, server) => served(readOptions("daphne", args).words[0], false, server.cwd, server),
  granian: (args, server) => {
    const options = readOptions("granian", args);
    const folder = posix.resolve(server.cwd, optionOf(options, "--working-dir") ?? ".");
    return served(options.words[0], args.includes("--factory"), folder, server).map((each) => ({
      ...each,
      cwd: folder,
    }));
  },
  "waitress-serve": (args, server) => {
    const options = readOptions("waitress-serve", args);
    return served(optionOf(options, "--app") ?? options.words[0], args.includes("--call"), server.cwd, server);
  },
  flask,
  fastapi: (args, server) => {
    const options = readOptions("fastapi", args);
    const usual = ["main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py"];
    const file = options.words[1] ?? usual.find((each) => has(server, posix.join(server.cwd, each)));
    if (file === undefined) return [];
    const { module, folder } = moduleOf(posix.resolve(server.cwd, file), server);
    return [entry(server, app(module, optionOf(options, "--app") ?? null), [folder])];
  },
  streamlit: (args, server) => {
    const { words } = readOptions("streamlit", args);
    return words[0] === "run" && words[1] !== undefined ? [fileEntry(words[1], server)] : [];
  },
  celery,
  alembic: (args, server) => {
    const options = readOptions("alembic", args);
    const config = posix.resolve(server.cwd, optionOf(options, "-c", "--config") ?? "alembic.ini");
    const text = textOf(server, config) ?? "";
    const setting = (name: string) => new RegExp(`^${name}[ \\t]*[=:][ \\t]*(\\S.*)$`, "m").exec(text)?.[1]?.trim();
    const written = setting("script_location")?.replaceAll("%(here)s", posix.dirname(config));
    // A package's folder would have to be found first.
    if (written === undefined || written.includes(":")) return [];
    const path = posix.resolve(server.cwd, written, "env.py");
    const folders = (setting("prepend_sys_path") ?? "").split(/[\s,:;]+/).filter((folder) => folder !== "");
    const at = folders.map((folder) => posix.resolve(server.cwd, folder.replaceAll("%(here)s", posix.dirname(config))));
    return [entry(server, { kind: "file", path }, at)];
  },
  dramatiq: (args, server) =>
    readOptions("dramatiq", args).words.map((word) => entry(server, appOf(word, null), [server.cwd])),
  // What it runs is named by whoever puts work into its queue.
  rq: () => [],
  arq: (args, server) => {
    const written = readOptions("arq", args).words[0] ?? "";
    const dot = written.lastIndexOf(".");
    return dot < 0 ? [] : [entry(server, app(written.slice(0, dot), written.slice(dot + 1)), [server.cwd])];
  },
  "functions-framework": (args, server) => {
    const options = readOptions("functions-framework", args);
    const path = posix.resolve(server.cwd, optionOf(options, "--source") ?? "main.py");
    const start = app(posix.basename(path, ".py"), optionOf(options, "--target") ?? null);
    return [entry(server, start, [posix.dirname(path)])];
  },
};

function served(
  written: string | undefined,
  called: boolean,
  folder: string,
  server: Server,
  usual: string | null = null,
): Entry[] {
  if (written === undefined) return [];
  const start = appOf(written, usual);
  return [entry(server, start.kind === "app" ? { ...start, called: called || start.called } : start, [folder])];
}
