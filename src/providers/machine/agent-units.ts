import { createHash } from "node:crypto";
import { version as present } from "../../util/version.ts";

/** What the agent's units are made from. */
export interface AgentUnits {
  application: string;
  environment: string;
  target: string;
  /** The user that the catch-up runs as. */
  user: string;
  /** Where the manifest lies in the agent's clone. Absolute. */
  directory: string;
  /** The manifest's file name. */
  file: string;
}

/** Where everything of one application's agent lies on a target. */
export function agentPaths(application: string, environment: string) {
  const name = `${application}-${environment}`;
  return {
    unit: `landfall-sync-${name}`,
    units: "/etc/systemd/system",
    clone: `/var/lib/landfall/${name}`,
    variables: `/etc/landfall/${name}.env`,
    programs: "/opt/landfall",
  };
}

/** How long a catch-up may wait for whoever works on the environment, and take in all. */
const wait = "10m";
const limit = "30min";

/**
 * The service and the timer. Pure. The timer is wanted by timers.target, and the application is not ordered after the
 * service: were it, the restart in a catch-up would wait for the catch-up to end.
 */
export function agentUnits(given: AgentUnits, version: string = present): { service: string; timer: string } {
  const { application, environment, target, user, directory, file } = given;
  const paths = agentPaths(application, environment);
  const name = `${application} in ${environment} on ${target}`;
  const command = [
    ...[`${paths.programs}/${version}/bin/landfall`, "sync", environment, "--target", target],
    ...["--wait", wait, "-C", directory, "-f", file],
  ];
  const service = `# Made by landfall agent install; changes are found and overwritten.
[Unit]
Description=Landfall brings ${name} to its last proven revision
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User=${user}
EnvironmentFile=${paths.variables}
ExecStart=${command.map(word).join(" ")}
TimeoutStartSec=${limit}
TimeoutStopSec=90s
# Only the catch-up itself is ended: a step goes on under the target's lock, and a daemon that a step started stays.
KillMode=process
`;
  const timer = `# Made by landfall agent install; changes are found and overwritten.
[Unit]
Description=At boot and every five minutes: Landfall looks whether ${name} is behind

[Timer]
OnBootSec=15s
OnUnitInactiveSec=5min
AccuracySec=1s
Unit=${paths.unit}.service

[Install]
WantedBy=timers.target
`;
  return { service, timer };
}

/** What installed units were made from, as far as they say it; null where they do not look like ours. */
export function readUnits(service: string): { user: string; directory: string; file: string; version: string } | null {
  const user = /^User=(.+)$/m.exec(service)?.[1];
  const command = /^ExecStart=\/opt\/landfall\/([^/\s]+)\/bin\/landfall (.*)$/m.exec(service);
  const directory = / -C ("(?:[^"\\]|\\.)*"|\S+)/.exec(command?.[2] ?? "")?.[1];
  const file = / -f ("(?:[^"\\]|\\.)*"|\S+)/.exec(command?.[2] ?? "")?.[1];
  if (!user || !command?.[1] || !directory || !file) return null;
  return { user, directory: plain(directory), file: plain(file), version: command[1] };
}

/** How the installed units differ from what would be installed now, in a few words; null: not at all. */
export function unitsDiffer(
  installed: { service: string; timer: string },
  place: { application: string; environment: string; target: string },
): string | null {
  const said = readUnits(installed.service);
  if (said === null) return "its service is not one that landfall agent install writes";
  if (said.version !== present) return `it starts Landfall ${said.version}, and this is ${present}`;
  const wanted = agentUnits({ ...place, ...said });
  const names = (["service", "timer"] as const).filter((kind) => hash(wanted[kind]) !== hash(installed[kind]));
  return names.length === 0 ? null : `its ${names.join(" and ")} ${names.length === 1 ? "was" : "were"} changed`;
}

function hash(text: string): string {
  return createHash("sha256").update(text.trim()).digest("hex");
}

/** One word of a command as systemd reads it: `%` and `$` mean something there. */
function word(text: string): string {
  const escaped = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[A-Za-z0-9_./:@=%$+-]+$/.test(escaped) ? escaped : `"${escaped.replace(/["\\]/g, "\\$&")}"`;
}

function plain(written: string): string {
  const inner = written.startsWith('"') ? written.slice(1, -1).replace(/\\(["\\])/g, "$1") : written;
  return inner.replaceAll("%%", "%").replaceAll("$$", "$");
}
