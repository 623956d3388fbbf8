import type { Container } from "./reading.ts";

/** What is known of a container that is not what it should be. */
export interface Sight {
  /** Its last log lines. */
  lines: readonly string[];
  container: Pick<Container, "status" | "running" | "exit" | "oom" | "error" | "restarts" | "health"> | null;
  /** What listens inside it, as `/proc/net/tcp` has it; null when that could not be read. */
  sockets: readonly Socket[] | null;
  /** The container's ports that are published. */
  ports: readonly number[];
  /** What was asked over HTTP, and what came of it: a status, or null for no answer. */
  asked: readonly { url: string; status: number | null }[];
}

export interface Socket {
  port: number;
  /** Whether only the container itself can reach it. */
  loopback: boolean;
}

/** A likely cause: what it is, what was seen that speaks for it, and what mends it. */
export interface Cause {
  message: string;
  seen: string;
  fix: string;
  /** How much speaks for it: 3 it says so itself, 2 it was measured, 1 it may be. */
  weight: 1 | 2 | 3;
}

/**
 * Why a container fails, most likely first. Several may hold: they are competing, and each names what was seen. Pure.
 */
export function likelyCauses(sight: Sight): Cause[] {
  const found = [
    ...fromImport(sight),
    ...fromMemory(sight),
    ...fromCommand(sight),
    ...fromVariable(sight),
    ...fromPermission(sight),
    ...fromFile(sight),
    ...fromService(sight),
    ...fromPort(sight),
    ...fromAnswers(sight),
  ];
  return found.sort((a, b) => b.weight - a.weight);
}

/** `likely cause 1: … (seen: …). …`, one line for each. */
export function causeLines(causes: readonly Cause[]): string[] {
  return causes.map(({ message, seen, fix }, index) => {
    const which = causes.length === 1 ? "likely cause" : `likely cause ${index + 1} of ${causes.length}`;
    return `${which}: ${message} (seen: ${seen}). ${fix}`;
  });
}

function fromImport({ lines }: Sight): Cause[] {
  return lastOf(lines, (line, index): Cause | null => {
    const module = /ModuleNotFoundError: No module named ['"]([^'"]+)['"]/.exec(line)?.[1];
    const [, name, from] = /ImportError: cannot import name ['"]([^'"]+)['"] from ['"]([^'"]+)['"]/.exec(line) ?? [];
    const node = /Error: Cannot find (?:module|package) ['"]([^'"]+)['"]/.exec(line)?.[1];
    const missing = module ?? node ?? (name === undefined ? undefined : `${from}.${name}`);
    if (missing === undefined) return null;
    const where = importer(lines, index);
    return {
      message: `the image lacks ${name === undefined ? "the module" : "the name"} ${missing}${where === null ? "" : `, which ${where} imports`}`,
      seen: line.trim(),
      fix:
        node === undefined
          ? "`landfall check image` tells the chain of imports, and the COPY line or requirement that brings it"
          : "Copy it into the image, or install it there",
      weight: 3,
    };
  });
}

/** The last frame of the traceback above the line that is not Python's own. */
function importer(lines: readonly string[], until: number): string | null {
  for (let index = until - 1; index >= 0 && index > until - 80; index -= 1) {
    const [, file, line] = /^\s*File "([^"<]+)", line (\d+)/.exec(lines[index] ?? "") ?? [];
    if (file !== undefined && !/\/lib\/python[\d.]*\/|\/dist-packages\/|\/site-packages\//.test(file))
      return `${file}:${line}`;
  }
  return null;
}

function fromMemory({ container, lines }: Sight): Cause[] {
  if (container?.oom)
    return [
      {
        message: "it was killed for want of memory",
        seen: `OOMKilled, exit status ${container.exit}`,
        fix: "Raise `memory`, or let it use less",
        weight: 3,
      },
    ];
  const killed = lines.findLast((line) => /out of memory|MemoryError|JavaScript heap/i.test(line));
  if (killed !== undefined)
    return [
      { message: "it ran out of memory", seen: killed.trim(), fix: "Raise `memory`, or let it use less", weight: 3 },
    ];
  if (container?.exit !== 137 || container.running) return [];
  const seen = "exit status 137";
  return [
    {
      message: "something killed it: the host's memory may have run out, or a person did",
      seen,
      fix: "Look at the host's kernel log",
      weight: 1,
    },
  ];
}

function fromCommand({ container, lines }: Sight): Cause[] {
  const said =
    container?.error ||
    lines.findLast((line) => /exec format error|exec: .* not found|no such file or directory: unknown/i.test(line)) ||
    "";
  const fix = "Correct the image's CMD or ENTRYPOINT, or the manifest's `command`";
  if (/exec format error/i.test(said))
    return [
      {
        message: "the program is built for another platform, or lacks its #! line",
        seen: said.trim(),
        fix: "Build the image for the host's platform",
        weight: 3,
      },
    ];
  if (container?.exit === 127 || /executable file not found|exec: .* not found/i.test(said))
    return [
      { message: "the command does not exist in the image", seen: said.trim() || "exit status 127", fix, weight: 3 },
    ];
  if (container?.exit === 126)
    return [
      {
        message: "the command can't be executed",
        seen: said.trim() || "exit status 126",
        fix: `${fix}, or its mode`,
        weight: 3,
      },
    ];
  return [];
}

function fromVariable({ lines }: Sight): Cause[] {
  return lastOf(lines, (line): Cause | null => {
    const name =
      /^KeyError: ['"]([A-Z][A-Z0-9_]+)['"]/.exec(line.trim())?.[1] ??
      /(?:environment variable|env var|variable)\s+['"`]?([A-Z][A-Z0-9_]+)['"`]?\s+(?:is )?(?:not set|missing|required|undefined|unset)/i.exec(
        line,
      )?.[1] ??
      /(?:missing|required) environment variable:?\s+['"`]?([A-Z][A-Z0-9_]+)/i.exec(line)?.[1];
    if (name === undefined) return null;
    return {
      message: `the variable ${name} is not set in the container`,
      seen: line.trim(),
      fix: "Give it in `env` or `secrets`",
      weight: 3,
    };
  });
}

function fromPermission({ lines, container }: Sight): Cause[] {
  if (container?.exit === 126) return [];
  return lastOf(lines, (line): Cause | null => {
    if (!/PermissionError|[Pp]ermission denied|EACCES/.test(line)) return null;
    return {
      message: "its user may not do what it tries",
      seen: line.trim(),
      fix: "Look at `user`, at the owner of volumes, and at ports below 1024",
      weight: 2,
    };
  });
}

function fromFile({ lines }: Sight): Cause[] {
  return lastOf(lines, (line): Cause | null => {
    const file =
      /FileNotFoundError: .*?: ['"]([^'"]+)['"]/.exec(line)?.[1] ??
      /ENOENT: no such file or directory, \w+ ['"]([^'"]+)['"]/.exec(line)?.[1] ??
      /can't open file ['"]([^'"]+)['"]/.exec(line)?.[1];
    if (file === undefined) return null;
    const fix = "COPY it into the image, or mount it with `volumes` or `secrets`";
    return { message: `the container has no file ${file}`, seen: line.trim(), fix, weight: 3 };
  });
}

/** Another service that it needs. The last word of many a log, and seldom the image's own fault. */
function fromService({ lines }: Sight): Cause[] {
  return lastOf(lines, (line): Cause | null => {
    const refused = /[Cc]onnection refused|ECONNREFUSED/.test(line);
    const nameless =
      /Name or service not known|Temporary failure in name resolution|could not translate host name|ENOTFOUND|EAI_AGAIN/.test(
        line,
      );
    if (!refused && !nameless) return null;
    const message = refused
      ? "a service that it needs refuses the connection"
      : "the name of a service that it needs is not known in the container";
    const fix = "Look at `network` and at the address in its variables: localhost is the container itself";
    return { message, seen: line.trim(), fix, weight: 2 };
  });
}

/** The port that the application says or shows to listen on, compared with the published ones. */
function fromPort({ lines, sockets, ports, container, asked }: Sight): Cause[] {
  if (ports.length === 0 || container?.running === false) return [];
  const silent = asked.length === 0 || asked.some(({ status }) => status === null);
  if (!silent) return [];
  const found: Cause[] = [];
  const said = saidPorts(lines);
  for (const port of ports) {
    const there = sockets?.filter((socket) => socket.port === port) ?? [];
    if (there.some(({ loopback }) => !loopback)) continue;
    if (there.length > 0)
      found.push({
        message: `the application listens on 127.0.0.1 inside the container, where no published port leads`,
        seen: `127.0.0.1:${port} in its /proc/net/tcp`,
        fix: `Let it listen on 0.0.0.0:${port}`,
        weight: 2,
      });
    else found.push(...wrongPort(port, sockets, said));
  }
  return found;
}

function wrongPort(port: number, sockets: Sight["sockets"], said: { port: number; line: string }[]): Cause[] {
  const listens = sockets?.map((socket) => socket.port) ?? [];
  const told = said.find((each) => each.port !== port);
  const others = listens.length > 0 ? listens : told && !said.some((each) => each.port === port) ? [told.port] : [];
  if (others.length > 0)
    return [
      {
        message: `the application listens on port ${others.join(", ")}, and port ${port} is published`,
        seen: listens.length > 0 ? "its /proc/net/tcp" : (told?.line.trim() ?? ""),
        fix: `Publish port ${others[0]}, or let the application listen on ${port}`,
        weight: 2,
      },
    ];
  if (sockets === null) return [];
  return [
    {
      message: `nothing listens on port ${port} in the container yet`,
      seen: "its /proc/net/tcp",
      fix: "It may still be starting: raise `prove.within`, or look at its log",
      weight: 1,
    },
  ];
}

/** Servers say where they listen in many words: the address with a port behind such a word. */
function saidPorts(lines: readonly string[]): { port: number; line: string }[] {
  return lines.flatMap((line) => {
    const port = /(?:[Ll]isten(?:ing|s)?|[Rr]unning|[Ss]erving|[Ss]tarted|[Bb]ound)\b.{0,60}?:(\d{2,5})\b/.exec(
      line,
    )?.[1];
    return port === undefined ? [] : [{ port: Number(port), line }];
  });
}

/** A status tells that something answers, and why it may not be what was asked for. */
function fromAnswers({ asked }: Sight): Cause[] {
  return asked.flatMap(({ url, status }): Cause[] => {
    const seen = `${url} answers with status ${status}`;
    const path = URL.parse(url)?.pathname ?? url;
    if (status === 404)
      return [
        {
          message: `the application has no route ${path}`,
          seen,
          fix: "Correct the address in `prove`, or add the route",
          weight: 2,
        },
        {
          message: "another application, or a proxy in front of it, answers",
          seen,
          fix: "Look who holds the port",
          weight: 1,
        },
      ];
    if (status === 401 || status === 403)
      return [
        {
          message: `${path} asks for a login, by the application or by what stands in front of it`,
          seen,
          fix: "Let the address in `prove` be read without one",
          weight: 2,
        },
      ];
    if (status === 502 || status === 503 || status === 504)
      return [
        {
          message: "a proxy in front of the application does not reach it",
          seen,
          fix: "Look at the proxy's own log",
          weight: 1,
        },
      ];
    if (status !== null && status >= 500)
      return [{ message: "the application fails while it answers", seen, fix: "Look at its log lines", weight: 2 }];
    return [];
  });
}

/** What the last line that tells anything says: the newest failure is the one that counts. */
function lastOf(lines: readonly string[], look: (line: string, index: number) => Cause | null): Cause[] {
  for (let index = lines.length - 1; index >= 0; index -= 1) {
    const found = look(lines[index] ?? "", index);
    if (found !== null) return [found];
  }
  return [];
}
