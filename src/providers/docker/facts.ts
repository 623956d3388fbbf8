import { busyWords, readToken, unread } from "../on-target.ts";
import type { Context, Survey } from "../provider.ts";
import { containerName, placeLabel, shortId } from "./names.ts";
import { type Container, type EngineReading, engineWords, readEngine, verbOf } from "./reading.ts";
import { type DockerPlace, imagePlan, portsOf } from "./spec.ts";
import { hostOf, onEngine } from "./target.ts";

/** What was read of a Docker host before planning. */
export interface DockerFacts extends EngineReading {
  host: string;
  engine: { version: string; platform: string; builder: "buildkit" | "classic" };
  /** Null when Landfall's own folder can be used; otherwise what is in the way. */
  directoryProblem: string | null;
  freeBytes: number | null;
  lockTool: boolean;
  /** The highest fencing token that the place has seen, and of which ledger. */
  token: { token: number; ledger: string } | null;
  busy: string | null;
  /** Of the published ports those that something listens on. */
  listening: number[];
}

/** An engine that is read for longer hangs, while the environment's lock is held. Seconds. */
export const readSeconds = 120;

/** Reads the engine in one call. Changes nothing. */
export async function survey(place: DockerPlace, context: Context): Promise<Survey<DockerFacts>> {
  const host = hostOf(place, context).name;
  const args = {
    ...readArguments(place),
    ports: portsOf(place.spec)
      .map((port) => port.host)
      .join(" "),
  };
  const end = await onEngine("survey", place, args, context, { timeoutSeconds: readSeconds });
  if (end.ended !== "answer") {
    const failed = unread(end, host, place, context);
    // The machine answers; its engine is what does not, or does not let us in.
    if (failed.finding.code === "engine-unreachable") return { ...failed, state: "unreachable" };
    return failed.finding.code === "engine-refused" ? { ...failed, state: "refused" } : failed;
  }
  const { answer } = end;
  const [version = "", os = "", architecture = ""] = engineWords(answer);
  const free = Number(answer.get("free") || Number.NaN);
  const facts: DockerFacts = {
    ...readEngine(answer),
    host,
    engine: {
      version,
      platform: `${os}/${architecture}`,
      builder: answer.get("builder") === "buildkit" ? "buildkit" : "classic",
    },
    directoryProblem: answer.get("place") || null,
    freeBytes: Number.isNaN(free) ? null : free * 1024,
    lockTool: answer.get("locktool") !== "none",
    token: readToken(answer.get("token")),
    busy: busyWords(answer.get("busy")),
    listening: answer.all("listening").map(Number),
  };
  const { current } = facts;
  const running = servingContainer(place, facts)?.running ? current : null;
  return {
    state: "read",
    facts,
    summary: summary(place, facts),
    running: running === null ? null : { commit: running.commit, digest: running.source },
    busy: facts.busy,
  };
}

/** What every reading asks for: the tag, where there is one. */
export function readArguments({ spec }: DockerPlace): Record<string, string | undefined> {
  const plan = imagePlan(spec);
  return { tag: plan.from === "tag" ? plan.ref : undefined };
}

/** The container that the last switch started, if the engine still has it. */
export function servingContainer(
  place: DockerPlace,
  { containers, current }: Pick<EngineReading, "containers" | "current">,
): Container | undefined {
  return containers.find(({ id }) => id === current?.container) ?? namedContainer(place, containers);
}

/** Whoever has the place's own name or label and serves: its address, whatever it runs. */
export function namedContainer(place: DockerPlace, containers: readonly Container[]): Container | undefined {
  const label = placeLabel(place);
  return (
    containers.find(({ name }) => name === containerName(place)) ??
    containers.find((container) => container.place === label && container.role === "serving")
  );
}

function summary(place: DockerPlace, facts: DockerFacts): string {
  const container = servingContainer(place, facts);
  const engine = `Docker ${facts.engine.version}`;
  if (container === undefined)
    return `${engine}; ${facts.current === null ? "nothing was deployed here yet" : "the container that was deployed is gone"}`;
  const ours = container.id === facts.current?.container;
  const commit = ours && facts.current ? `at ${facts.current.commit.slice(0, 7)}` : "not started by a deploy";
  return `${engine}; container ${shortId(container.id)} ${verbOf(container)} ${container.status}, image ${shortId(container.image)}, ${commit}`;
}
