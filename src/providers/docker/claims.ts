import type { Host } from "../../io/hosts.ts";
import { fetchText } from "../../io/http.ts";
import type { Code } from "../../model/codes.ts";
import type { Reading } from "../../model/evidence.ts";
import { shortCommit } from "../../model/revision.ts";
import type { Judged } from "../judged.ts";
import type { Wanted } from "../provider.ts";
import { atDigest, imageKey, shortId } from "./names.ts";
import { type Container, type EngineReading, upMilliseconds, verbOf } from "./reading.ts";
import { type DockerPlace, imagePlan, portsOf } from "./spec.ts";
import { olderBeside } from "./strays.ts";

/** The key of the image that should run: for a tag by the digest that it stood for at the last switch. */
export function wantedKey(place: DockerPlace, wanted: Wanted, reading: EngineReading): string {
  if (imagePlan(place.spec).from === "tag") return reading.current?.key ?? "";
  return imageKey(place, wanted, null);
}

/**
 * The running container's image is the very one that was built or pulled for this revision, by the id that is a hash of all
 * that is in it. For one that was built, its own label must name the commit too: a label alone is no proof, but one that
 * names another commit refutes.
 */
export function imageClaim(
  place: DockerPlace,
  wanted: Wanted,
  key: string,
  container: Container | undefined,
  { noted, images, at }: EngineReading,
): Judged {
  const from = imagePlan(place.spec);
  const record = noted.find((entry) => entry.key === key);
  const expected =
    from.from === "build"
      ? `the image of ${shortCommit(wanted.commit)}${record ? ` (${shortId(record.id)})` : ""}`
      : `the image ${record?.reference ?? from.ref}`;
  if (container === undefined) return missing("image", expected, at);
  const image = images.find(({ id }) => id === container.image);
  const unit = `container ${shortId(container.id)}`;
  const readings: Reading[] = [{ unit, identity: container.image, source: "docker inspect .Image", at }];
  if (image?.revision)
    readings.push({
      unit: `image ${shortId(image.id)}`,
      identity: image.revision,
      source: "label org.opencontainers.image.revision",
      at,
    });
  const known = image?.digests.filter((each) => digestOf(each) === digestOf(record?.reference ?? "")) ?? [];
  for (const digest of known)
    readings.push({
      unit: `image ${shortId(container.image)}`,
      identity: digest,
      source: "docker image inspect .RepoDigests",
      at,
    });
  const claim = { claim: "image", expected, readings };
  const refuted = (reason: string): Judged => ({ ...claim, verdict: "refuted", code: "wrong-image", reason });
  const revision = image?.revision ?? null;
  if (from.from === "build" && revision !== null && !wanted.accepts.includes(revision))
    return refuted(`${unit} runs image ${shortId(container.image)}, which is of ${revision.slice(0, 12)}`);
  if (record === undefined) {
    const reason = `which image is of ${shortCommit(wanted.commit)} is not noted here, so ${shortId(container.image)} can't be compared`;
    return { ...claim, verdict: "unknown", code: "no-evidence", reason };
  }
  if (container.image !== record.id)
    return refuted(`${unit} runs image ${shortId(container.image)}, not ${shortId(record.id)}`);
  if (from.from === "build" && !wanted.accepts.includes(record.commit))
    return refuted(`${unit} runs the image of ${shortCommit(record.commit)}`);
  if (from.from === "build" && revision === null)
    return {
      ...claim,
      verdict: "unknown",
      code: "no-evidence",
      reason: `image ${shortId(container.image)} could not be read`,
    };
  if (record.reference !== null && known.length === 0)
    return refuted(`image ${shortId(container.image)} is not known by the digest ${record.reference}`);
  const which = record.reference ?? shortId(record.id);
  return {
    ...claim,
    verdict: "proven",
    reason: `${unit} runs ${which}${revision === null ? "" : `, of ${shortCommit(revision)}`}`,
  };
}

/** The container that the last switch started runs, has never been restarted, is healthy, and nothing old runs beside it. */
export function runningClaim(
  place: DockerPlace,
  wanted: Wanted,
  container: Container | undefined,
  reading: EngineReading,
): Judged {
  const expected = "the container of the last switch runs, alone, healthy and without a restart";
  if (container === undefined) return missing("running", expected, reading.at);
  const { current, at } = reading;
  const unit = `container ${shortId(container.id)}`;
  const readings: Reading[] = [
    { unit, identity: inWords(container), source: "docker inspect .State", at },
    { unit, identity: container.started, source: "docker inspect .State.StartedAt", at },
  ];
  const claim = { claim: "running", expected, readings };
  if (current !== null && container.id !== current.container) {
    const reason = `${unit} (${container.name}) is not ${shortId(current.container)}, which the last switch started`;
    return { ...claim, verdict: "refuted", code: "container-foreign", reason };
  }
  if (current === null)
    return {
      ...claim,
      verdict: "refuted",
      code: "container-foreign",
      reason: `${unit} (${container.name}) was not started by a deploy`,
    };
  const state = stateVerdict(container);
  if (state !== null) return { ...claim, ...state };
  const [older] = olderBeside(place, reading, container);
  if (older) {
    readings.push({ unit: `container ${shortId(older.id)}`, identity: shortId(older.image), source: "docker ps", at });
    const reason = `container ${older.name} (${shortId(older.id)}, image ${shortId(older.image)}) still runs beside ${shortId(container.id)}`;
    return { ...claim, verdict: "refuted", code: "old-container", reason };
  }
  const up = Math.floor((upMilliseconds(container, reading) ?? 0) / 1000);
  const commit = shortCommit(imagePlan(place.spec).from === "build" ? current.commit : wanted.commit);
  return { ...claim, verdict: "proven", reason: `${commit} (${unit}, image ${shortId(container.image)}, up ${up} s)` };
}

/** What is wrong with a container's own state; null when nothing is. */
export function stateVerdict(container: Container): Pick<Judged, "verdict" | "code" | "reason"> | null {
  const unit = `container ${shortId(container.id)}`;
  const refuted = (code: Code, reason: string) => ({ verdict: "refuted", code, reason }) as const;
  if (container.restarts > 0 || container.status === "restarting")
    return refuted("container-restarted", `${unit} ${restarted(container)}; it ${isInWords(container)}`);
  if (!container.running || container.status !== "running")
    return refuted("container-not-running", `${unit} ${isInWords(container)}`);
  if (container.health === "unhealthy") return refuted("container-unhealthy", `${unit} runs and is unhealthy`);
  if (container.health === null || container.health === "healthy" || container.health === "none") return null;
  return {
    verdict: "unknown",
    code: "container-unhealthy",
    reason: `the health check of ${unit} has not succeeded yet`,
  };
}

/** `was restarted 2 times`. */
export function restarted({ restarts }: Container): string {
  return `was restarted ${restarts} ${restarts === 1 ? "time" : "times"}`;
}

/** `is paused`, `has exited (exit status 3)`. */
function isInWords(container: Container): string {
  return `${verbOf(container)} ${inWords(container)}`;
}

/** `exited (exit status 3, out of memory)`. */
export function inWords({ status, exit, oom, error, health }: Container): string {
  const ended = status !== "running" && status !== "created";
  const details = [
    ended ? `exit status ${exit}` : "",
    oom ? "killed for want of memory" : "",
    error,
    status === "running" && health ? health : "",
  ].filter(Boolean);
  return details.length === 0 ? status : `${status} (${details.join(", ")})`;
}

/** Each published port leads to this container. */
export function portsClaim(place: DockerPlace, container: Container, { at }: EngineReading): Judged {
  const wanted = portsOf(place.spec);
  const unit = `container ${shortId(container.id)}`;
  const held = Object.entries(container.ports).flatMap(([inside, bindings]) =>
    (bindings ?? []).map(({ HostIp, HostPort }) => ({ inside, address: HostIp, host: Number(HostPort) })),
  );
  const lost = wanted.filter(
    (port) =>
      !held.some(
        ({ inside, address, host }) =>
          inside === `${port.container}/tcp` &&
          host === port.host &&
          (port.address === "" ? /^(0\.0\.0\.0|::|)$/.test(address) : address === port.address),
      ),
  );
  const expected = `${place.spec.ports.join(", ")} ${wanted.length === 1 ? "leads" : "lead"} to the container`;
  const identity = held.map(({ inside, address, host }) => `${address}:${host}->${inside}`).join(", ") || null;
  const claim = {
    claim: "ports",
    expected,
    readings: [{ unit, identity, source: "docker inspect .NetworkSettings.Ports", at }],
  };
  if (lost.length === 0) return { ...claim, verdict: "proven", reason: `${unit} has ${identity}` };
  const names = lost.map(({ host }) => host).join(", ");
  return {
    ...claim,
    verdict: "refuted",
    code: "port-not-held",
    reason: `port ${names} of the host does not lead to ${unit}`,
  };
}

/** The registry's tag still stands for the digest that was deployed. */
export function tagClaim(place: DockerPlace, key: string, { tag, noted, at }: EngineReading): Judged {
  const name = place.spec.image.tag ?? "";
  const deployed = noted.find((entry) => entry.key === key)?.reference ?? null;
  const claim = {
    claim: "tag",
    expected: `${name} stands for ${deployed ?? "what was deployed"}`,
    readings: [] as Reading[],
  };
  if (tag === null || "problem" in tag || deployed === null) {
    const why = tag !== null && "problem" in tag ? tag.problem : "nothing was deployed from it here";
    return {
      ...claim,
      verdict: "unknown",
      code: "no-evidence",
      reason: `whether ${name} was moved can't be told: ${why}`,
    };
  }
  const now = atDigest(name, tag.digest);
  claim.readings.push({ unit: name, identity: now, source: "docker manifest inspect", at });
  if (now === deployed)
    return { ...claim, verdict: "proven", reason: `${name} still stands for ${shortId(tag.digest)}` };
  const was = shortId(deployed.slice(deployed.indexOf("@") + 1));
  return {
    ...claim,
    verdict: "refuted",
    code: "tag-moved",
    reason: `${name} was moved from ${was} to ${shortId(tag.digest)}`,
  };
}

/** The health address answers well. It says nothing of the revision. */
export async function healthClaim(url: string, host: Host, signal: AbortSignal): Promise<Judged> {
  const options = {
    connect: (name: string, port: number) => host.connect(name, port),
    timeoutSeconds: 5,
    maxBytes: 1024 * 1024,
    signal,
  };
  const answer = await fetchText(url, options);
  const at = new Date().toISOString();
  const claim = { claim: "health", expected: `${url} answers with a status from 200 to 299` };
  if (answer.ended === "none")
    return {
      ...claim,
      readings: [],
      verdict: "unknown",
      code: "health-failed",
      reason: `${url} does not answer: ${answer.message}`,
    };
  const readings = [{ unit: url, identity: `status ${answer.status}`, source: `GET ${url}`, at }];
  if (answer.status >= 200 && answer.status <= 299)
    return { ...claim, readings, verdict: "proven", reason: `${url} answers with status ${answer.status}` };
  return {
    ...claim,
    readings,
    verdict: "refuted",
    code: "health-failed",
    reason: `${url} answers with status ${answer.status}`,
  };
}

function missing(claim: string, expected: string, at: string): Judged {
  const readings = [{ unit: "the engine", identity: "no container", source: "docker ps --all", at }];
  return {
    claim,
    expected,
    readings,
    verdict: "refuted",
    code: "container-missing",
    reason: "the engine has no container of this component",
  };
}

/** An engine shortens the name of a repository; the digest is what counts. */
function digestOf(reference: string): string {
  return reference.slice(reference.indexOf("@") + 1);
}
