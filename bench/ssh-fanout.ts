import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Fleet, startFleet } from "./fleet.ts";
import { median, runMany } from "./measure.ts";

/** What was measured of many targets over SSH. Times are medians of the rounds, in milliseconds. */
export interface SshFanout {
  targets: number;
  rounds: number;
  /** Logins of one rollout, by sshd's own log: one for each target. */
  loginsOfNoop: number;
  loginsOfRelease: number;
  noop: Times;
  release: Times;
  /** Peers that are not installed, with the way to get them. */
  missing: string[];
}

export type Times = { name: string; cpu: number; wall: number }[];

const size = 50;
const rounds = 5;
const landfall = [join(import.meta.dirname, "../bin/landfall"), "deploy", "fleet"];

/**
 * A no-op proof of fifty targets (lock, survey, evidence and record included) against plain parallel ssh and Ansible, and a
 * release of 1 MB to fifty targets against tar over plain parallel ssh. All with the same ssh settings, in interleaved rounds.
 */
export async function sshFanout(): Promise<SshFanout> {
  const fleet = await startFleet(size, 1_000_000);
  try {
    runMany(landfall, fleet.repository, 1);
    const hasAnsible = spawnSync("ansible", ["--version"]).status === 0;
    const noop = [
      { name: "ssh, in parallel (xargs -P50)", command: plainSsh(fleet) },
      { name: "landfall deploy, nothing to do", command: landfall },
      ...(hasAnsible ? [{ name: "ansible shell, pipelining, forks 50", command: ansible(fleet) }] : []),
    ];
    const release = [
      { name: "tar over ssh, in parallel", command: tarOverSsh(fleet) },
      { name: "landfall deploy, 1 MB", command: landfall, before: fleet.change },
    ];
    const before = fleet.logins();
    runMany(landfall, fleet.repository, 1);
    const loginsOfNoop = fleet.logins() - before;
    const noopTimes = interleaved(noop, fleet);
    const between = fleet.logins();
    fleet.change();
    runMany(landfall, fleet.repository, 1);
    const loginsOfRelease = fleet.logins() - between;
    return {
      targets: size,
      rounds,
      loginsOfNoop,
      loginsOfRelease,
      noop: noopTimes,
      release: interleaved(release, fleet),
      missing: hasAnsible ? [] : ["ansible is not installed: apt-get install ansible-core"],
    };
  } finally {
    fleet.remove();
  }
}

interface Contender {
  name: string;
  command: readonly string[];
  before?: () => void;
}

function interleaved(contenders: readonly Contender[], fleet: Fleet): Times {
  const samples = contenders.map(() => ({ cpu: [] as number[], wall: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, { command, before }] of contenders.entries()) {
      before?.();
      const { cpu, wall } = runMany(command, fleet.repository, 1);
      samples[index]?.cpu.push(cpu);
      samples[index]?.wall.push(wall);
    }
  }
  return contenders.map(({ name }, index) => ({
    name,
    cpu: median(samples[index]?.cpu ?? []),
    wall: median(samples[index]?.wall ?? []),
  }));
}

/** A script of four lines that does next to nothing: the least that any tool must do on each target. */
function plainSsh({ sshConfig, inventory }: Fleet): string[] {
  const script = "set -e\ntest -d /srv/app\nid -u >/dev/null\nuname >/dev/null";
  return ["sh", "-c", 'xargs -P50 -I{} ssh -F "$1" {} "$2" <"$3"', "sh", sshConfig, script, inventory];
}

function tarOverSsh({ sshConfig, inventory }: Fleet): string[] {
  // A directory for each target: all of them share one file system here.
  const unpack = "mkdir -p /tmp/plain-$2 && tar -xf - -C /tmp/plain-$2";
  const each = `tar -cf - --exclude=.git . | ssh -F "$1" "$2" "${unpack}"`;
  return ["sh", "-c", 'xargs -P50 -I{} sh -c "$1" sh "$2" {} <"$3"', "sh", each, sshConfig, inventory];
}

function ansible({ sshConfig, inventory }: Fleet): string[] {
  const settings = ["ANSIBLE_PIPELINING=1", "ANSIBLE_FORKS=50", "ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3"];
  const connection = `ANSIBLE_SSH_ARGS=-F ${sshConfig} -o ControlMaster=auto -o ControlPersist=60s`;
  return ["env", ...settings, connection, "ansible", "all", "-i", inventory, "-m", "shell", "-a", "true"];
}
