import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { docker, dockerProgram, removeContainerNow } from "../test/helpers/docker.ts";
import { makeKey } from "../test/helpers/keys.ts";

/** Many targets: one sshd in a container that listens on many ports, each with a directory of its own. */
export interface Fleet {
  /** The repository that is deployed: `landfall deploy fleet`. */
  repository: string;
  sshConfig: string;
  inventory: string;
  /** Names of the targets in the ssh configuration. */
  targets: string[];
  /** Commits a release of this many bytes that differs from every earlier one. */
  change(): void;
  /** How many logins sshd has accepted so far. */
  logins(): number;
  remove(): void;
}

const firstPort = 3000;

/** Starts a fleet. `releaseBytes` is the size of what is deployed. */
export async function startFleet(size: number, releaseBytes: number): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), "landfall-fleet-"));
  const name = `landfall-bench-${process.pid}`;
  const key = makeKey("fleet");
  const ports = Array.from({ length: size }, (_, index) => firstPort + index);
  const targets = ports.map((_, index) => `t${index + 1}`);
  const image = execFileSync("sh", [join(import.meta.dirname, "../scripts/test-env"), "--image"], {
    encoding: "utf8",
  }).trim();
  const start = [
    "mkdir -p /run/sshd /srv/app && chown deploy /srv/app && rm -f ~deploy/.bashrc",
    `printf '%s\\n' "$1" >/etc/ssh/keys/deploy && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key`,
    // One sshd takes sixteen sockets at most.
    ...inGroups(ports, 16).map(
      (group) =>
        `/usr/sbin/sshd -E /var/log/sshd -4 -o MaxStartups=500 -o UsePAM=no ${group.map((port) => `-p ${port}`).join(" ")}`,
    ),
    // As the first process of the container it takes in whatever is orphaned: nothing else would reap it.
    "sleep infinity & wait $!",
  ].join("\n");
  process.once("exit", () => removeContainerNow(name));
  await docker(["run", "--detach", "--name", name, "--entrypoint", "/bin/sh", image, "-c", start, "sh", key.public]);
  const address = await docker(["inspect", "--format", "{{.NetworkSettings.IPAddress}}", name]);
  const known = join(folder, "known_hosts");
  const hostKey = await untilAnswered(() => docker(["exec", name, "cat", "/etc/ssh/ssh_host_ed25519_key.pub"]));
  writeFileSync(known, `fleet ${hostKey}\n`);
  const sshConfig = join(folder, "ssh_config");
  const common = `User deploy\nIdentityFile ${key.path}\nIdentitiesOnly yes\nUserKnownHostsFile ${known}\nHostKeyAlias fleet\nKexAlgorithms curve25519-sha256\n`;
  writeFileSync(
    sshConfig,
    targets.map((target, index) => `Host ${target}\nHostName ${address}\nPort ${ports[index]}\n`).join("") +
      `Host *\n${common}`,
  );
  const inventory = join(folder, "inventory");
  writeFileSync(inventory, `${targets.join("\n")}\n`);
  await untilAnswered(async () => execFileSync("ssh", ["-F", sshConfig, "t1", "true"], { stdio: "pipe" }).toString());

  const repository = join(folder, "repository");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Bench", "-c", "user.email=bench@example.invalid", ...args], {
      cwd: repository,
    });
  mkdirSync(repository);
  git("init", "--quiet", "--initial-branch=main");
  let changes = 0;
  const change = () => {
    changes += 1;
    const part = Buffer.alloc(Math.ceil(releaseBytes / 40), `${changes} `);
    for (let file = 0; file < 40; file++) writeFileSync(join(repository, `file-${file}`), part);
    git("add", "--all");
    git("commit", "--quiet", "--message", `release ${changes}`);
  };
  writeFileSync(join(repository, "landfall.yaml"), manifest(sshConfig, targets));
  writeFileSync(
    join(repository, "restart.sh"),
    'pid=$LANDFALL_DIRECTORY/shared/pid\n[ ! -s "$pid" ] || kill "$(cat "$pid")"\nsleep 100000 &\necho $! >"$pid"\n',
  );
  chmodSync(join(repository, "restart.sh"), 0o755);
  change();
  return {
    repository,
    sshConfig,
    inventory,
    targets,
    change,
    logins: () =>
      Number(
        execFileSync(dockerProgram, ["exec", name, "grep", "-c", "Accepted publickey", "/var/log/sshd"], {
          encoding: "utf8",
        }),
      ),
    remove: () => {
      removeContainerNow(name);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function manifest(sshConfig: string, targets: readonly string[]): string {
  return `application: fleet
components:
  app:
    type: machine
    directory: /srv/app/\${target.name}
    steps: { restart: { run: "sh restart.sh" } }
    prove: { process: { pidFile: "/srv/app/\${target.name}/shared/pid" }, stable: 1s }
environments:
  fleet:
    branch: main
    targets:
${targets.map((target) => `      ${target}: { host: ${target}, sshConfig: ${sshConfig} }\n`).join("")}`;
}

function inGroups<T>(items: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, index) =>
    items.slice(index * most, (index + 1) * most),
  );
}

async function untilAnswered(ask: () => Promise<string>): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(200);
    }
  }
}
