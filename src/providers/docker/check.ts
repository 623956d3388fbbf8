import type { PlannedStep, StepEnd } from "../../model/step.ts";
import { seconds } from "../../model/text.ts";
import { pause } from "../../util/pause.ts";
import { versionClaim } from "../http-version.ts";
import type { Judged } from "../judged.ts";
import type { Context, Wanted, Work } from "../provider.ts";
import { tellOfSettling } from "../waiting.ts";
import { candidateAddresses } from "./addresses.ts";
import { causeLines, likelyCauses } from "./causes.ts";
import { healthClaim, imageClaim, stateVerdict } from "./claims.ts";
import { askedIn, holds, type Look, lookUntil, readPlace, secondsLeft, type Unreadable } from "./look.ts";
import { placeLabel, shortId } from "./names.ts";
import type { Container } from "./reading.ts";
import { lookInside } from "./sight.ts";
import type { DockerPlace } from "./spec.ts";
import { failed, fencing, notDone } from "./step-end.ts";
import { hostOf, onEngine } from "./target.ts";

/** Waits until the candidate has proven itself and stayed up. One that does not is removed; what ran before runs on. */
export async function checkCandidate(
  step: PlannedStep,
  place: DockerPlace,
  work: Work,
  context: Context,
): Promise<StepEnd> {
  const look = () => lookAt(String(step.input.key), place, work.wanted, context);
  const { within, stable } = place.spec.prove;
  const tell = (message: string) => work.onLine(context.mask(message));
  let seen = await lookUntil(look, seconds(within), context.signal, tell);
  if ("claims" in seen && holds(seen)) {
    const left = Math.max(0, secondsLeft(seen, seconds(stable)));
    tellOfSettling(work.onLine, left);
    await pause(left, context.signal);
    seen = await look();
  }
  if (!("claims" in seen)) return notDone(seen, context);
  if (holds(seen))
    return { result: "done", notes: seen.claims.map(({ claim, reason }) => `${claim}: ${context.mask(reason)}`) };
  if (context.signal.aborted) return failed("cancelled", "cancelled while the new container was looked at");
  const end = await refuted(place, seen, context);
  await onEngine("discard", place, fencing(step, work), context, { timeoutSeconds: step.timeoutSeconds });
  return end;
}

async function lookAt(key: string, place: DockerPlace, wanted: Wanted, context: Context): Promise<Look | Unreadable> {
  const reading = await readPlace(place, context);
  if ("ended" in reading) return reading;
  const label = placeLabel(place);
  const container = reading.containers.find((each) => each.place === label && each.role === "candidate");
  const claims = [imageClaim(place, wanted, key, container, reading)];
  if (container !== undefined) claims.push(stateClaim(container, reading.at));
  if (container?.running) claims.push(...(await answers(place, wanted, container, context)));
  return { reading, container, claims };
}

function stateClaim(container: Container, at: string): Judged {
  const unit = `container ${shortId(container.id)}`;
  const claim = {
    claim: "running",
    expected: "the new container runs, healthy and without a restart",
    readings: [{ unit, identity: container.status, source: "docker inspect .State", at }],
  };
  return { ...claim, ...(stateVerdict(container) ?? { verdict: "proven", reason: `${unit} runs` }) };
}

async function answers(place: DockerPlace, wanted: Wanted, container: Container, context: Context): Promise<Judged[]> {
  const { health, http } = candidateAddresses(place, container);
  const host = hostOf(place, context);
  return [
    ...(health === null ? [] : [await healthClaim(health, host, context.signal)]),
    ...(http === null ? [] : [await versionClaim(http, wanted, host, context.signal)]),
  ];
}

/** What did not hold, with the container's last lines and what they make likely. */
async function refuted(place: DockerPlace, { claims, container }: Look, context: Context): Promise<StepEnd> {
  const bad = claims.filter(({ verdict }) => verdict !== "proven");
  const sight = await lookInside(place, container?.id ?? null, askedIn(claims), context);
  const reasons = bad.map(({ reason }) => reason).join("; ");
  const causes = causeLines(likelyCauses(sight));
  const message = [`${reasons}; nothing was switched`, ...causes].join("; ");
  const ended = bad.some(({ code }) => code === "container-not-running");
  return failed(ended ? "container-failed" : "candidate-refuted", context.mask(message), {
    output: sight.lines.slice(-20),
  });
}
