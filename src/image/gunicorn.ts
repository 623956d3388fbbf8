import { posix } from "node:path";
import type { Entry } from "./language.ts";
import { optionOf, readOptions } from "./options.ts";
import { evaluate } from "./python/expression.ts";
import { readModule } from "./python/facts.ts";
import { app, appOf, entry, has, type Server, textOf } from "./start.ts";

/**
 * What gunicorn loads: its own settings, which are a Python file, and the application (docs.gunicorn.org, "Settings").
 * Null in place of the application when nothing names one.
 */
export function gunicorn(args: readonly string[], server: Server): { configured: Entry[]; served: Entry | null } {
  const usual = typeof server.env.GUNICORN_CMD_ARGS === "string" ? server.env.GUNICORN_CMD_ARGS.split(/\s+/) : [];
  const options = readOptions("gunicorn", [...usual, ...args]);
  const config =
    optionOf(options, "-c", "--config") ?? (isThere("gunicorn.conf.py", server) ? "gunicorn.conf.py" : null);
  const settings = config === null ? nothingSet : settingsOf(config, server);
  const setting = (name: string, option: string) => optionOf(options, option) ?? settings(name);
  const chdir = setting("chdir", "--chdir");
  const pythonpath = setting("pythonpath", "--pythonpath");
  const written = options.words[0] ?? settings("wsgi_app");
  const cwd = posix.resolve(server.cwd, chdir ?? ".");
  const more = (pythonpath ?? "").split(",").filter((folder) => folder !== "");
  const folders = [...more.map((folder) => posix.resolve(cwd, folder)), cwd];
  const open = chdir === null || pythonpath === null;
  return {
    configured: config === null ? [] : [configEntry(config, server)],
    served: written ? entry(server, appOf(written, "application"), folders, { open, goes: cwd }) : null,
  };
}

function isThere(file: string, server: Server): boolean {
  return has(server, posix.join(server.cwd, file));
}

/** A setting's value: undefined when it is not set, null when it is and can't be told. */
type Settings = (name: string) => string | null | undefined;

const nothingSet: Settings = () => undefined;

function settingsOf(config: string, server: Server): Settings {
  const file = configFile(config, server);
  const text = textOf(server, file);
  if (text === null) return () => null;
  const facts = readModule(text);
  const world = {
    file,
    cwd: server.cwd,
    env: (name: string) => (Object.hasOwn(server.env, name) ? server.env[name] : undefined),
    variable: (name: string) => facts.variable(name),
  };
  return (name) => {
    if (!facts.names.has(name)) return facts.open ? null : undefined;
    const value = facts.variable(name);
    return value === null ? null : evaluate(value, world);
  };
}

const ofModule = "python:";

function configFile(config: string, { cwd }: Server): string {
  if (!config.startsWith(ofModule)) return posix.resolve(cwd, config.replace(/^file:/, ""));
  return `${posix.join(cwd, ...config.slice(ofModule.length).split("."))}.py`;
}

/** Its settings are run from its folder. */
function configEntry(config: string, server: Server): Entry {
  if (config.startsWith(ofModule)) return entry(server, app(config.slice(ofModule.length), null), [server.cwd]);
  const start: Entry["start"] = { kind: "file", path: configFile(config, server) };
  return entry({ ...server, label: `gunicorn -c ${config}` }, start, [server.cwd]);
}
