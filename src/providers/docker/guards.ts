import type { Finding } from "../../model/finding.ts";
import type { PlacePlan } from "../provider.ts";
import type { DockerFacts } from "./facts.ts";
import { containerName, placeLabel } from "./names.ts";
import { type DockerPlace, portsOf, secretNames } from "./spec.ts";

type Found = Pick<Finding, "code" | "level" | "message"> & { fix?: string };

/** What an image may need beyond the files that it is built from. Bytes. */
const room = 512 * 1024 * 1024;

/** Checks before the first write, all of them from what the survey read. Nothing is checked where nothing will change. */
export async function guards(
  place: DockerPlace,
  facts: DockerFacts,
  { plan, releaseBytes }: { plan: PlacePlan; releaseBytes: number },
): Promise<Finding[]> {
  if (plan.steps.length === 0) return [];
  const { component, target } = place;
  const found = [...engine(facts), ...space(facts, plan, releaseBytes), ...ports(place, facts), ...secrets(place)];
  return found.map((finding) => ({ ...finding, component, target }));
}

function engine({ directoryProblem, lockTool, host, engine: { version, platform } }: DockerFacts): Found[] {
  const found: Found[] = [];
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (!platform.startsWith("linux/")) {
    const message = `the engine on ${host} runs containers of ${platform}, and not of Linux`;
    found.push({ code: "engine-unsupported", level: "block", message });
  } else if (Number(major) * 100 + Number(minor) < 2010) {
    const message = `the engine on ${host} is Docker ${version}; nothing older than 20.10 was tried`;
    found.push({ code: "engine-unsupported", level: "warning", message });
  }
  if (directoryProblem !== null)
    found.push({ code: "directory-unusable", level: "block", message: `${host}: ${directoryProblem}` });
  if (!lockTool) found.push({ code: "no-lock-tool", level: "block", message: `${host} has neither flock nor perl` });
  return found;
}

function space({ freeBytes, host }: DockerFacts, plan: PlacePlan, releaseBytes: number): Found[] {
  if (!plan.steps.some(({ action }) => action === "image" || action === "pull")) return [];
  const needed = releaseBytes * 2 + room;
  if (freeBytes === null) {
    const message = `how much space the Docker engine on ${host} has was not readable`;
    return [{ code: "disk-full", level: "note", message }];
  }
  if (freeBytes >= needed) return [];
  const message = `the Docker engine on ${host} has ${mebibytes(freeBytes)} free, and ${mebibytes(needed)} are needed`;
  return [{ code: "disk-full", level: "block", message }];
}

/** A port in use by anything but the place's own containers, which give it up. */
function ports(place: DockerPlace, { containers, listening, host }: DockerFacts): Found[] {
  const running = containers.filter((container) => container.running);
  const own = running.filter(({ place: label, name }) => label === placeLabel(place) || name === containerName(place));
  return portsOf(place.spec).flatMap(({ host: port }): Found[] => {
    const holds = ({ ports: published }: (typeof running)[number]) =>
      Object.values(published).some((bindings) => bindings?.some(({ HostPort }) => HostPort === String(port)));
    if (own.some(holds)) return [];
    const other = running.find(holds);
    if (other) return [taken(`port ${port} of ${host} is published by container ${other.name}`)];
    return listening.includes(port) ? [taken(`something that is no container listens on port ${port} of ${host}`)] : [];
  });
}

function taken(message: string): Found {
  return { code: "port-taken", level: "block", message };
}

/** Variables travel line by line. */
function secrets({ spec, values }: DockerPlace): Found[] {
  if (!Array.isArray(spec.secrets)) return [];
  const long = secretNames(spec).filter((name) => /[\n\r\0]/.test(values[`env.${name}`] ?? ""));
  return long.map((name) => ({
    code: "bad-value",
    level: "block",
    message: `the secret ${name} has several lines, which a variable of a container can't have`,
    fix: `Give it as a file: secrets: { ${name}: { file: /run/secrets/${name.toLowerCase()} } }`,
  }));
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}
