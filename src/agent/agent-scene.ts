import { relative, resolve } from "node:path";
import { Attempt } from "../actions/attempt.ts";
import { openScene } from "../actions/open-scene.ts";
import type { World } from "../actions/world.ts";
import { git } from "../io/git.ts";
import type { Host, Hosts } from "../io/hosts.ts";
import { userError } from "../model/errors.ts";
import { agentPaths } from "../providers/machine/agent-units.ts";
import type { MachinePlace } from "../providers/machine/target.ts";

export interface AgentRequest {
  environment: string;
  target: string;
  /** Logs in as this user instead of the target's own. */
  login?: string | undefined;
  /** The user that the agent runs as; undefined: the target's own. */
  user?: string | undefined;
  /** Where the target fetches the application from; undefined: the origin of the clone here. */
  remote?: string | undefined;
}

/** What an agent is made from, as the manifest and this clone tell it. Nothing outside was touched. */
export interface AgentScene {
  application: string;
  environment: string;
  target: string;
  places: MachinePlace[];
  /** Names of the env variables that the places use. */
  variables: string[];
  paths: ReturnType<typeof agentPaths>;
  commit: string;
  /** Where the target fetches the application from. */
  address: string;
  /** All git addresses that it must be able to read. */
  addresses: string[];
  /** A remote that the ledger is shared at and the clone needs besides its origin; both empty where there is none. */
  ledger: { name: string; address: string };
  /** The manifest in the clone: its folder below the clone's root, and its name. */
  folder: string;
  file: string;
  host: Host;
  /** The user that the agent is to run as; null: whoever logs in. */
  user: string | null;
  mask: (text: string) => string;
}

/** Reads the manifest and this clone, and opens the way to the target. Throws a UserError for what is wrong with them. */
export async function openAgentScene(request: AgentRequest, hosts: Hosts, world: World): Promise<AgentScene> {
  const { environment, target } = request;
  const attempt = new Attempt({ intent: "sync", environment, waitSeconds: null }, world);
  const asked = { environment, target, components: [], ref: "HEAD", approach: false } as const;
  const scene = await openScene(asked, attempt, world);
  const places = scene.environment.places.filter(({ type }) => type === "machine") as MachinePlace[];
  const [place] = places;
  if (!place)
    throw userError("invalid", "agent-cannot", `${target} runs no component of type machine: an agent needs one`);
  const ledger = await ledgerRemote(scene.loaded.manifest.ledger?.remote, scene.directory);
  // Git's own word: the way here may lead through links.
  const folder = (await git(scene.directory, ["rev-parse", "--show-prefix"])).replace(/\/?\n$/, "");
  const address = request.remote ?? (await originOf(scene.directory));
  const { sshConfig, user } = place.at;
  const at = {
    ...place.at,
    user: request.login ?? user,
    sshConfig: sshConfig === undefined ? undefined : resolve(scene.directory, sshConfig),
  };
  const { application } = scene.environment;
  return {
    application,
    environment,
    target,
    places,
    variables: scene.environment.variables,
    paths: agentPaths(application, environment),
    commit: scene.resolved.revision.commit,
    address,
    addresses: [...new Set([address, ledger.address || address, ...otherSources(scene.loaded.manifest.components)])],
    ledger,
    folder,
    file: relative(scene.directory, scene.loaded.file),
    host: hosts.get(at),
    user: request.user ?? user ?? null,
    mask: attempt.mask.text,
  };
}

/** Throws where the ledger is not shared: an agent could not know what was proven. */
async function ledgerRemote(setting: string | undefined, directory: string): Promise<AgentScene["ledger"]> {
  if (setting === "local")
    throw userError("invalid", "agent-cannot", "the ledger is kept in this clone only, where no target can read it", {
      fix: "share it: leave out `ledger`, or name a remote there",
    });
  if (setting === undefined || setting === "origin") return { name: "", address: "" };
  if (/[/:]/.test(setting)) return { name: "", address: setting };
  const address = (await git(directory, ["remote", "get-url", setting], { allowStatus: [2, 128] })).trim();
  return { name: setting, address: withoutCredentials(address) };
}

/** Addresses of components whose source is a repository of its own. */
function otherSources(components: Readonly<Record<string, object>>): string[] {
  return Object.values(components).flatMap((component) => {
    const source: unknown = "source" in component ? component.source : undefined;
    const git = typeof source === "object" && source !== null && "git" in source ? source.git : null;
    return typeof git === "string" ? [git] : [];
  });
}

/** The origin's address without credentials: the target has its own. */
async function originOf(directory: string): Promise<string> {
  const address = (await git(directory, ["remote", "get-url", "origin"], { allowStatus: [2, 128] })).trim();
  if (address === "")
    throw userError("invalid", "agent-cannot", "this clone has no origin that the target could fetch from", {
      fix: "name the address with --remote URL",
    });
  return withoutCredentials(address);
}

function withoutCredentials(address: string): string {
  return address.replace(/^([a-z+]+:\/\/)[^@/]*@/, (all, scheme: string) => (/^ssh/.test(scheme) ? all : scheme));
}
