import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { shellQuote } from "../../util/shell.ts";
import { type DockerPlace, portsOf, secretNames } from "./spec.ts";

/** Everything that a container is made with, in the form in which it travels. Values are in `env` and `files` only. */
export interface Making {
  /** Words for `docker create`, quoted. */
  options: string;
  /** The same with the ports on free ones of the loopback address. */
  candidateOptions: string;
  /** The command's words, quoted. */
  command: string;
  /** Lines of an env file. */
  env: string;
  /** A tar with the secret files; null when there are none. */
  files: string | null;
}

/** What to make the place's container with. */
export async function makingOf(place: DockerPlace): Promise<Making> {
  const { spec } = place;
  const ports = portsOf(spec);
  const common = [
    ...(spec.network === undefined ? [] : ["--network", spec.network]),
    ...spec.volumes.flatMap((volume) => ["--volume", volume]),
    ...(spec.user === undefined ? [] : ["--user", spec.user]),
    ...(spec.memory === undefined ? [] : ["--memory", spec.memory]),
  ];
  const published = ports.map(({ address, host, container }) => {
    return `${address === "" ? "" : `${address}:`}${host}:${container}`;
  });
  const tried = ports.map(({ container }) => `127.0.0.1::${container}`);
  // While it is tried nobody should be sent to the new container by its name.
  const alias = aliasOf(place);
  return {
    options: words([...common, ...alias, ...published.flatMap((port) => ["--publish", port])]),
    candidateOptions: words([...common, ...tried.flatMap((port) => ["--publish", port])]),
    command: words(spec.command ?? []),
    env: envLines(place),
    files: await secretFiles(place),
  };
}

/** Digest of everything that a container is made with beside its image. It stays on the target, since it is made of secrets too. */
export function configurationDigest(place: DockerPlace): string {
  const { ports, command, env, secrets, network, volumes, user, memory } = place.spec;
  const values = secretNames(place.spec).map((name) => [name, place.values[`env.${name}`] ?? ""]);
  const all = { ports, command, env: Object.entries(env).sort(), secrets, values, network, volumes, user, memory };
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}

function aliasOf({ spec, component }: DockerPlace): string[] {
  const own = spec.network !== undefined && !/^(bridge|default|none)$/.test(spec.network);
  return own ? ["--network-alias", component] : [];
}

function envLines({ spec, values }: DockerPlace): string {
  const secrets = Array.isArray(spec.secrets) ? spec.secrets : [];
  const all = [...Object.entries(spec.env), ...secrets.map((name) => [name, values[`env.${name}`] ?? ""] as const)];
  return all.map(([name, value]) => `${name}=${value}\n`).join("");
}

/** Readable by every user of the container, as an engine's own secrets are: who its process runs as is not known here. */
async function secretFiles({ spec, values }: DockerPlace): Promise<string | null> {
  if (Array.isArray(spec.secrets)) return null;
  const tar = pack();
  for (const [name, { file }] of Object.entries(spec.secrets))
    tar.entry({ name: file.slice(1), mode: 0o444, uid: 0, gid: 0 }, values[`env.${name}`] ?? "");
  tar.finalize();
  return (await buffer(tar)).toString("utf8");
}

function words(list: readonly string[]): string {
  return list.map(shellQuote).join(" ");
}
