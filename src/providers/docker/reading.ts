import { z } from "zod";
import type { Answer } from "../answer.ts";

const Binding = z.object({ HostIp: z.string(), HostPort: z.string() });

/** One container as the engine shows it. Times are the engine's own. */
export const Container = z.object({
  id: z.string(),
  name: z.string().transform((name) => name.replace(/^\//, "")),
  image: z.string(),
  status: z.string(),
  running: z.boolean(),
  exit: z.number(),
  oom: z.boolean(),
  error: z.string(),
  started: z.string(),
  finished: z.string(),
  restarts: z.number(),
  health: z.string().nullable(),
  place: z
    .string()
    .nullable()
    .transform((place) => place || null),
  role: z
    .string()
    .nullable()
    .transform((role) => role || null),
  ports: z
    .record(z.string(), z.array(Binding).nullable())
    .nullable()
    .transform((ports) => ports ?? {}),
});
export type Container = z.infer<typeof Container>;

/** One image as the engine shows it: its own labels, and the digests that registries know it by. */
export const Image = z.object({
  id: z.string(),
  revision: z
    .string()
    .nullable()
    .transform((revision) => revision || null),
  source: z
    .string()
    .nullable()
    .transform((source) => source || null),
  digests: z
    .array(z.string())
    .nullable()
    .transform((digests) => digests ?? []),
});
export type Image = z.infer<typeof Image>;

/** What was noted when an image was built or pulled. */
export interface Noted {
  key: string;
  id: string;
  source: string;
  commit: string;
  /** The reference by digest; null for an image that no registry knows. */
  reference: string | null;
}

/** What was noted at the last switch. */
export interface Current {
  container: string;
  key: string;
  source: string;
  commit: string;
  /** Digest of everything that the container was made with beside the image. */
  configuration: string;
}

/** One look at an engine. */
export interface EngineReading {
  /** When it was taken, by the clock of the reader. */
  at: string;
  /** Now, by the engine's clock, milliseconds; null when it could not be read. */
  now: number | null;
  containers: Container[];
  images: Image[];
  noted: Noted[];
  current: Current | null;
  /** What the tag stands for in the registry now; null where the manifest names no tag. */
  tag: { digest: string } | { problem: string } | null;
}

/** Reads the answer of `survey` or `read`. Throws when the engine shows something that is not understood. */
export function readEngine(answer: Answer): EngineReading {
  const now = Date.parse(parsed(answer.get("now") ?? "null", z.string().nullable()) ?? "");
  return {
    at: new Date().toISOString(),
    now: Number.isNaN(now) ? null : now,
    containers: answer.all("container").map((text) => parsed(text, Container)),
    images: answer.all("image").map((text) => parsed(text, Image)),
    noted: answer.all("noted").flatMap(readNoted),
    current: readCurrent(answer.get("current")),
    tag: readTag(answer),
  };
}

/** A line of JSON as it should be. */
export function parsed<T>(text: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(text));
}

/** Milliseconds for which a container has been up, by the engine's clock; null when it is not, or cannot be told. */
export function upMilliseconds({ running, started }: Container, { now }: Pick<EngineReading, "now">): number | null {
  const since = Date.parse(started);
  return !running || now === null || Number.isNaN(since) ? null : Math.max(0, now - since);
}

/** A status is a state that a container is in, but for the one that is a deed: it `has` exited. */
export function verbOf({ status }: Container): "is" | "has" {
  return status === "exited" ? "has" : "is";
}

function readNoted(text: string): Noted[] {
  const [key, id, source, commit, reference] = text.split(" ");
  if (!key || !id || !source || !commit || !reference) return [];
  return [{ key, id, source, commit, reference: reference === "-" ? null : reference }];
}

function readCurrent(text: string | null): Current | null {
  const [container, key, source, commit, configuration] = text?.split(" ") ?? [];
  if (!container || !key || !source || !commit || !configuration) return null;
  return { container, key, source, commit, configuration };
}

const Manifest = z.object({
  Descriptor: z.object({
    digest: z.string(),
    platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
  }),
});

/** One manifest, or one per platform: then that of the engine's own. */
function readTag(answer: Answer): EngineReading["tag"] {
  const problem = answer.get("notag");
  if (problem !== null) return { problem };
  const text = answer.get("tag");
  if (text === null) return null;
  const [, os = "", architecture = ""] = engineWords(answer);
  const found = z.union([z.array(Manifest), Manifest]).safeParse(json(text));
  const manifests = found.success ? [found.data].flat() : [];
  const ours = manifests.filter(({ Descriptor: { platform } }) => {
    return manifests.length === 1 || (platform?.os === os && platform.architecture === architecture);
  });
  const digest = ours[0]?.Descriptor.digest;
  if (digest === undefined) return { problem: `the registry has no image for ${os}/${architecture}` };
  return { digest };
}

/** Version, operating system and architecture of the engine, and the version of its client. */
export function engineWords(answer: Answer): string[] {
  return (answer.get("engine") ?? "").split(" ").map((word) => word.replaceAll('"', ""));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
