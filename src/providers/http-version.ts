import { z } from "zod";
import type { Host } from "../io/hosts.ts";
import { fetchText } from "../io/http.ts";
import type { Code } from "../model/codes.ts";
import { shortCommit } from "../model/revision.ts";
import { webAddress } from "../model/text.ts";
import type { Judged } from "./judged.ts";
import type { Wanted } from "./provider.ts";

/** An address whose answer names the revision, as a manifest declares it. */
export const VersionClaim = z.strictObject({
  url: webAddress().describe("The address as the target sees it: `localhost` is the target."),
  revision: z
    .string()
    .regex(/^(\.|(\.[A-Za-z0-9_-]+)+)$/, {
      error: "must be a path into the answer such as .commit or .build.sha; . is all of it",
    })
    .describe(
      "Where the answer names the commit: a path into its JSON such as `.commit`, or `.` for the whole answer.",
    ),
});
export type VersionClaim = z.infer<typeof VersionClaim>;

/** What the version endpoint showed. `identity` is the full commit when it names an accepted one. */
export interface VersionVerdict {
  verdict: "proven" | "refuted" | "unknown";
  identity: string | null;
  reason: string;
  code?: Code;
}

/** Asks the endpoint, as the target sees it, which revision answers. */
export async function readVersion(
  claim: VersionClaim,
  accepts: readonly string[],
  host: Host,
  signal: AbortSignal,
): Promise<VersionVerdict> {
  const answer = await fetchText(claim.url, {
    connect: (name, port) => host.connect(name, port),
    timeoutSeconds: 5,
    maxBytes: 1024 * 1024,
    signal,
  });
  if (answer.ended === "none")
    return unknown("version-unreachable", `${claim.url} does not answer: ${answer.message}`, null);
  if (answer.status < 200 || answer.status > 299)
    return unknown("version-unreachable", `${claim.url} answers with status ${answer.status}`, null);
  return versionVerdict(claim, answer.body, accepts);
}

/** The claim that the version endpoint names an accepted commit. */
export async function versionClaim(
  http: VersionClaim,
  { commit, accepts }: Pick<Wanted, "commit" | "accepts">,
  host: Host,
  signal: AbortSignal,
): Promise<Judged> {
  const { identity, ...verdict } = await readVersion(http, accepts, host, signal);
  const source = `GET ${http.url} ${http.revision}`;
  return {
    claim: "version",
    expected: commit,
    readings: identity === null ? [] : [{ unit: http.url, identity, source, at: new Date().toISOString() }],
    ...verdict,
  };
}

/** Judges the body of an answer. Only a commit that is accepted proves; only another commit refutes. */
export function versionVerdict(
  { url, revision }: VersionClaim,
  body: string,
  accepts: readonly string[],
): VersionVerdict {
  const found = valueAt(body, revision);
  if (found === null) {
    const where = revision === "." ? "holds nothing" : `has no text at ${revision}`;
    return unknown("version-missing", `${url} answers, and its answer ${where}`, null);
  }
  const said = found.length > 80 ? `${found.slice(0, 80)}…` : found;
  const commit = found.toLowerCase();
  if (!/^[0-9a-f]{7,64}$/.test(commit))
    return unknown("version-unknown", `${url} answers ${JSON.stringify(said)}, which names no commit`, said);
  const match = accepts.find((accepted) => accepted.startsWith(commit));
  if (match !== undefined)
    return { verdict: "proven", identity: match, reason: `${shortCommit(match)} answers at ${url}` };
  const reason = `${url} is answered by ${commit.slice(0, 12)}, not by ${shortCommit(accepts[0] ?? "")}`;
  return { verdict: "refuted", identity: commit, reason, code: "version-old" };
}

function valueAt(body: string, path: string): string | null {
  if (path === ".") return nonEmpty(unquoted(body.trim()));
  const value = answerValue(body, path);
  return typeof value === "string" ? nonEmpty(value.trim()) : null;
}

/** The value at a path of a JSON answer, such as `.commit` or `.items.0.id`; undefined when there is none. */
export function answerValue(body: string, path: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  for (const key of path === "." ? [] : path.split(".").slice(1)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** A body that is nothing but a JSON text is meant as that text. */
function unquoted(text: string): string {
  const match = /^"([^"\\]*)"$/.exec(text);
  return match?.[1] ?? text;
}

function nonEmpty(text: string): string | null {
  return text === "" ? null : text;
}

function unknown(code: Code, reason: string, identity: string | null): VersionVerdict {
  return { verdict: "unknown", code, reason, identity };
}
