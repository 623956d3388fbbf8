import type { Finding } from "../../model/finding.ts";
import type { PlannedStep } from "../../model/step.ts";
import { seconds } from "../../model/text.ts";
import { ledgerKey } from "../on-target.ts";
import type { PlacePlan, Wanted } from "../provider.ts";
import { restarted } from "./claims.ts";
import { configurationDigest } from "./container.ts";
import { type DockerFacts, servingContainer } from "./facts.ts";
import { atDigest, containerName, imageKey, shortId } from "./names.ts";
import { type Noted, verbOf } from "./reading.ts";
import { type DockerPlace, imagePlan } from "./spec.ts";
import { olderBeside } from "./strays.ts";

/** For the engine's own work: a build may take long. Seconds. */
const ownTimeout = 3600;

/** Facts in, steps out. Pure. */
export function plan(place: DockerPlace, facts: DockerFacts, wanted: Wanted): PlacePlan {
  const findings = [...foreignLedger(place, facts, wanted), ...unresolvedTag(place, facts)];
  const none = { steps: [], settled: [], findings };
  const digest = facts.tag !== null && "digest" in facts.tag ? facts.tag.digest : null;
  if (imagePlan(place.spec).from === "tag" && digest === null)
    return { ...none, reason: "what its tag stands for is not known" };
  const key = imageKey(place, wanted, digest);
  const noted = facts.noted.find((entry) => entry.key === key);
  const problem = wanted.force ? "it is deployed anew, as was asked for" : whatIsNeeded(place, facts, wanted, key);
  if (problem === null) return { ...none, reason: whyLeft(facts, wanted) };
  const here = noted !== undefined && facts.images.some(({ id }) => id === noted.id);
  // Of the same source, but made at a commit that nobody here knows: its label would refute it.
  const strange =
    imagePlan(place.spec).from === "build" && noted !== undefined && !wanted.accepts.includes(noted.commit);
  const again = strange || (wanted.force && noted?.reference === null);
  const have = here && !again;
  const step = (name: string, reason: string, input: PlannedStep["input"] = {}): PlannedStep => ({
    component: place.component,
    target: place.target,
    name,
    action: name,
    reason,
    // The check's own time is what it waits for; the margin is for the look that is under way when that is over.
    timeoutSeconds:
      name === "check" ? seconds(place.spec.prove.within) + seconds(place.spec.prove.stable) + 120 : ownTimeout,
    retries: 0,
    once: false,
    takesOver: name === "switch" || name === "finish",
    input: { key, ...input },
  });
  const steps = [
    ...(have ? [] : imageSteps(place, facts, digest, strange ? undefined : noted)).map(({ name, reason, input }) =>
      step(name, reason, name === "image" ? { ...input, anew: again } : input),
    ),
    step(
      "candidate",
      have ? `the image ${shortId(noted.id)} is tried beside what runs` : "the new image is tried beside what runs",
    ),
    step("check", "nothing is switched to a container that has not proven itself"),
    step("switch", "the new container takes over the ports"),
    step("finish", `removes what was replaced and keeps the newest ${place.spec.keep} images`),
  ];
  return { reason: problem, steps, settled: [], findings };
}

/** How the image comes to the target. */
function imageSteps(
  place: DockerPlace,
  { engine }: DockerFacts,
  digest: string | null,
  noted: Noted | undefined,
): { name: string; reason: string; input: PlannedStep["input"] }[] {
  const from = imagePlan(place.spec);
  if (from.from === "digest")
    return [{ name: "pull", reason: "the target does not have the image", input: { reference: from.ref } }];
  if (from.from === "tag") {
    const reference = atDigest(from.ref, digest ?? "");
    return [{ name: "pull", reason: `${from.ref} stands for ${shortId(digest ?? "")}`, input: { reference } }];
  }
  if (from.repository === null) {
    const how = engine.builder === "classic" ? "; the classic builder makes it, since BuildKit is not there" : "";
    const reason = `the target has no image of this source${how}`;
    return [{ name: "image", reason, input: { dockerfile: from.dockerfile } }];
  }
  if (noted?.reference)
    return [{ name: "pull", reason: "the target does not have the image", input: { reference: noted.reference } }];
  return [
    { name: "image", reason: "built once on this machine, for all targets", input: { dockerfile: from.dockerfile } },
    { name: "push", reason: "targets pull it by its digest", input: {} },
    { name: "pull", reason: "the target does not have the image", input: {} },
  ];
}

/** Why anything must be done; null when the right container runs as it should. */
function whatIsNeeded(place: DockerPlace, facts: DockerFacts, wanted: Wanted, key: string): string | null {
  const { current } = facts;
  const container = servingContainer(place, facts);
  if (container === undefined)
    return current === null ? "nothing was deployed here yet" : "the container that was deployed is gone";
  if (current === null || container.id !== current.container)
    return `container ${shortId(container.id)} was not started by a deploy`;
  const short = current.commit.slice(0, 7);
  if (current.key !== key) {
    const differs = current.source === wanted.digest ? "another image is wanted" : "whose source differs";
    return `it has ${short}, ${differs}`;
  }
  const noted = facts.noted.find((entry) => entry.key === key);
  if (noted === undefined || container.image !== noted.id)
    return `the container runs image ${shortId(container.image)}, which is not the one that was built or pulled for ${short}`;
  if (imagePlan(place.spec).from === "build" && !wanted.accepts.includes(noted.commit))
    return `it has ${noted.commit.slice(0, 7)}, which is not known to have the same source`;
  if (current.configuration !== configurationDigest(place))
    return "its ports, variables, secrets or other settings are not those that are wanted";
  if (!container.running) return `it has ${short}, but its container ${verbOf(container)} ${container.status}`;
  if (container.restarts > 0) return `it has ${short}, but its container ${restarted(container)}`;
  if (container.health === "unhealthy") return `it has ${short}, but its container is unhealthy`;
  // One that was started by hand, without our label or name, is not ours to stop: the proof names it.
  const older = olderBeside(place, facts, container).filter(
    ({ place: label, name }) => label ?? name === containerName(place),
  );
  return older.length === 0 ? null : `it has ${short}, and container ${older[0]?.name} runs beside it`;
}

function whyLeft({ current }: DockerFacts, wanted: Wanted): string {
  const short = current?.commit.slice(0, 7);
  const same = current?.commit === wanted.commit ? "" : `, which has the same source as ${wanted.commit.slice(0, 7)}`;
  return `it already runs ${short}${same}`;
}

function foreignLedger(place: DockerPlace, { token, host }: DockerFacts, wanted: Wanted): Finding[] {
  if (token === null || token.ledger === ledgerKey(wanted.ledger) || wanted.force) return [];
  const message = `${place.component} on ${host} was deployed from another ledger (${token.ledger})`;
  return [{ code: "foreign-ledger", level: "block", message, component: place.component, target: place.target }];
}

function unresolvedTag(place: DockerPlace, { tag, host }: DockerFacts): Finding[] {
  if (tag === null || "digest" in tag) return [];
  const message = `what ${place.spec.image.tag} stands for could not be read from ${host}: ${tag.problem}`;
  return [{ code: "image-pull-failed", level: "block", message, component: place.component, target: place.target }];
}
