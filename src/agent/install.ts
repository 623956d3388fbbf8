import { createHash } from "node:crypto";
import { join } from "node:path";
import type { World } from "../actions/world.ts";
import type { AgentAnswer } from "../model/agent.ts";
import { UserError } from "../model/errors.ts";
import { agentUnits } from "../providers/machine/agent-units.ts";
import { version } from "../util/version.ts";
import { type AgentRequest, type AgentScene, openAgentScene } from "./agent-scene.ts";
import { agentGuards } from "./guards.ts";
import { architectureOf, nodeFor } from "./node-for.ts";
import { asRoot, look } from "./on-target.ts";
import { programOf, withArchive } from "./program.ts";
import { sudoCommands } from "./sudo-commands.ts";
import { variablesFile } from "./variables-file.ts";

/**
 * Installs on a target what brings it to the environment's last proven revision when it boots: a Landfall with its own
 * Node, a clone, the variables that its places need, a service and a timer. Everything that it will need is checked first,
 * as the user that it will run as, and told at once; then nothing was changed. What is there as it should be is left alone.
 *
 * @param root where the built program lies.
 */
export async function installAgent(request: AgentRequest, root: string, world: World): Promise<AgentAnswer> {
  const hosts = world.openHosts(world.directory);
  try {
    const scene = await openAgentScene(request, hosts, world);
    const variables = variablesFile(scene.variables, world.env);
    const seen = await look(scene.host, lookArguments(scene), world.signal);
    const blocks = agentGuards(scene, seen);
    if (blocks.length > 0) throw new UserError("blocked", blocks);
    const told = (key: string) => seen.get(key)?.[0] ?? "";
    const user = told("user");
    const units = agentUnits({ ...scene, user, directory: join(scene.paths.clone, scene.folder) });
    const placed = await placeProgram(scene, told("machine"), told("program"), root, world);
    const changed = await asRoot(
      scene.host,
      "install",
      {
        ...scene.paths,
        ...units,
        user,
        home: told("home"),
        address: scene.address,
        commit: scene.commit,
        ledger_name: scene.ledger.name,
        ledger_address: scene.ledger.address,
      },
      { payload: { text: variables }, signal: world.force },
    );
    return {
      ...named(scene),
      changed: [...placed, ...changed],
      installed: { user, version, unit: scene.paths.unit, clone: scene.paths.clone, variables: scene.variables },
    };
  } finally {
    await hosts.close();
  }
}

/** Removes exactly what installing made. What runs, and what was deployed, stays. */
export async function uninstallAgent(request: AgentRequest, world: World): Promise<AgentAnswer> {
  const hosts = world.openHosts(world.directory);
  try {
    const scene = await openAgentScene({ ...request, remote: request.remote ?? "unused" }, hosts, world);
    const seen = await look(scene.host, lookArguments({ ...scene, addresses: [] }), world.signal);
    const blocks = agentGuards(scene, seen).filter(({ message }) => message.startsWith("installing needs root"));
    if (blocks.length > 0) throw new UserError("blocked", blocks);
    const changed = await asRoot(scene.host, "uninstall", { ...scene.paths, user: "" }, { signal: world.force });
    return { ...named(scene), changed, installed: null };
  } finally {
    await hosts.close();
  }
}

function named({
  application,
  environment,
  target,
}: AgentScene): Pick<AgentAnswer, "application" | "environment" | "target"> {
  return { application, environment, target };
}

function lookArguments({ user, paths, addresses, places }: AgentScene): string[] {
  const commands = [...new Set(places.flatMap(sudoCommands))];
  const program = `${paths.programs}/${version}`;
  return [user ?? "", paths.unit, paths.units, paths.variables, program, addresses.join("\n"), commands.join("\n")];
}

/** Brings the program there, unless the very same is there. */
async function placeProgram(
  scene: AgentScene,
  machine: string,
  present: string,
  root: string,
  world: World,
): Promise<string[]> {
  const node = await nodeFor(architectureOf(machine) ?? "", world.env, world.signal);
  const program = await programOf(root, node);
  const digest = createHash("sha256").update(`${program.digest} ${machine}`).digest("hex");
  if (present === digest) return [];
  const values = { programs: scene.paths.programs, version, digest };
  return await withArchive(program, (file) =>
    asRoot(scene.host, "place", values, { payload: { file }, signal: world.force }),
  );
}
