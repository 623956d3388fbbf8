import { posix } from "node:path";
import type { Simulated } from "./image-tree.ts";
import type { Entry } from "./language.ts";
import { type Served, servedBy } from "./servers.ts";
import { app, entry, fileEntry, type Program, type Server } from "./start.ts";
import { assignedBy, wrappedBy } from "./wrappers.ts";

/** What a program starts. Exactly one of entries, inner and other is not null, or none when the program is not known. */
export interface Started {
  entries: Entry[] | null;
  /** Whether the entries are all that it starts, as far as it is our code. */
  whole: boolean;
  /** Another command line, which it only wraps. */
  inner: string[] | null;
  /** The environment that it gives to that one, where it changes it. */
  env?: Program["env"];
  /** Something that is known and not followed, such as JavaScript. */
  other: string | null;
}

const nothing: Started = { entries: null, whole: true, inner: null, other: null };

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
  const server: Server = { ...program, image, label, own: [] };
  if (/^python[\d.]*$/.test(name)) return interpreter(args, server);
  const served = servedBy(name, args, server);
  if (served) return startedBy(served);
  if (/\.py$/.test(name) && first.includes("/")) return { ...nothing, entries: [fileEntry(first, server)] };
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
    return { ...nothing, entries: [entry(server, app(module, first.slice(dot + 1)), ["/var/task"])] };
  }
  return nothing;
}

function interpreter(args: readonly string[], server: Server): Started {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (/^-[A-Za-z]*m$/.test(arg)) return moduleStart(args.slice(at + 1), server);
    if (/^-[A-Za-z]*c$/.test(arg)) return { ...nothing, other: "a text of Python" };
    if (/^-[XW]$/.test(arg)) at += 1;
    else if (!arg.startsWith("-")) return { ...nothing, entries: [fileEntry(arg, server)] };
  }
  return { ...nothing, other: "a Python prompt" };
}

/** `python -m` puts the working directory on the path, whatever the module does. */
function moduleStart([name = "", ...args]: readonly string[], server: Server): Started {
  const here = { ...server, own: [server.cwd] };
  const served = servedBy(name.replace(/\.__main__$/, ""), args, here);
  return served ? startedBy(served) : { ...nothing, entries: [entry(here, { kind: "module", name }, [])] };
}

function startedBy({ entries, whole }: Served): Started {
  return { ...nothing, entries, whole };
}
