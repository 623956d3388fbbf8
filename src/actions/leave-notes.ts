import { AwsSessions } from "../io/aws/session.ts";
import { resolveEnvironment } from "../manifest/resolve.ts";
import type { AgentNote } from "../model/agent.ts";
import type { Finding } from "../model/finding.ts";
import type { ResolvedPlace } from "../model/place.ts";
import { createMask } from "../util/mask.ts";
import { version } from "../util/version.ts";
import type { RolloutAnswer } from "./answers.ts";
import { readManifest } from "./open-scene.ts";
import { providerOf } from "./survey.ts";
import type { World } from "./world.ts";

/** The target that this runs on. */
interface Here {
  environment: string;
  target: string;
}

/** Leaves what a sync came to on the target. A note that could not be left is a warning in the answer, which else stays as it is. */
export async function leaveNotes(
  answer: RolloutAnswer,
  recorded: boolean,
  request: Here,
  world: World,
): Promise<RolloutAnswer> {
  const note: AgentNote = {
    schemaVersion: 1,
    at: world.now().toISOString(),
    environment: request.environment,
    target: request.target,
    commit: answer.revision?.commit ?? null,
    outcome: answer.outcome.outcome,
    reasons: answer.outcome.reasons.map(({ message }) => message),
    rollout: answer.id,
    recorded,
    version,
  };
  const hosts = world.openHosts(world.directory);
  const aws = new AwsSessions();
  try {
    const context = { hosts, aws, signal: world.force, mask: createMask().text };
    const left = (await placesOf(request, world)).map((place) =>
      providerOf(place, world).leaveNote?.(place, note, context),
    );
    const found = await Promise.all(left);
    return { ...answer, findings: [...answer.findings, ...found.flatMap((findings) => findings ?? [])] };
  } catch (error) {
    return { ...answer, findings: [...answer.findings, notLeft(error)] };
  } finally {
    await hosts.close();
  }
}

/** The places as the work tree's manifest has them now: also when no revision could be chosen. */
async function placesOf({ environment, target }: Here, world: World): Promise<ResolvedPlace[]> {
  const loaded = await readManifest(world, environment);
  const options = { environment, target, env: world.env, commit: null, providers: world.providers };
  return resolveEnvironment(loaded, options).places;
}

function notLeft(error: unknown): Finding {
  const message = `the agent's note could not be left on the target: ${error instanceof Error ? error.message : String(error)}`;
  return { code: "agent-failed", level: "warning", message };
}
