import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { AwsSessions } from "../../src/io/aws/session.ts";
import { openHosts } from "../../src/io/open-hosts.ts";
import type { ArtifactFile, StoredArtifact } from "../../src/model/artifact.ts";
import type { Evidence } from "../../src/model/evidence.ts";
import type { StepEnd } from "../../src/model/step.ts";
import type { MachineFacts } from "../../src/providers/machine/facts.ts";
import { machine } from "../../src/providers/machine/index.ts";
import { MachineSpec } from "../../src/providers/machine/spec.ts";
import type { MachinePlace } from "../../src/providers/machine/target.ts";
import type { Context, PlacePlan, Wanted, Work } from "../../src/providers/provider.ts";

/** A file of a made-up artifact. */
export interface SceneFile {
  path: string;
  content: string;
  mode?: ArtifactFile["mode"];
}

/** What should run, and the artifact for it. */
export interface SceneRevision {
  wanted: Wanted;
  artifact: StoredArtifact;
}

/** A machine on localhost in a folder of its own, with a daemon that a pid file names. */
export interface MachineScene {
  root: string;
  directory: string;
  pidFile: string;
  context: Context;
  place(spec?: object, values?: Record<string, string>): MachinePlace;
  revision(files: readonly SceneFile[], more?: Partial<Wanted>): Promise<SceneRevision>;
  plan(place: MachinePlace, revision: SceneRevision): Promise<PlacePlan>;
  work(revision: SceneRevision, token?: number, onLine?: (line: string) => void): Work;
  /** Plans and runs until a step fails. */
  deploy(place: MachinePlace, revision: SceneRevision, token?: number): Promise<StepEnd[]>;
  facts(place: MachinePlace): Promise<MachineFacts>;
  prove(place: MachinePlace, revision: SceneRevision, changed?: boolean, facts?: MachineFacts): Promise<Evidence[]>;
  pid(): number;
  dispose(): Promise<void>;
}

/** Stops the daemon of the pid file, if there is one, and starts another in `current`. It lives for ten minutes at most. */
export const restartDaemon = `
if [ -f "$PID_FILE" ]; then kill "$(cat "$PID_FILE")" 2>/dev/null || true; fi
cd "$LANDFALL_DIRECTORY/current"
sleep 600 </dev/null >/dev/null 2>&1 &
echo $! >"$PID_FILE"
`;

export function machineScene(): MachineScene {
  const root = mkdtempSync(join(tmpdir(), "landfall-machine-"));
  const directory = join(root, "app");
  const pidFile = join(root, "pid");
  const hosts = openHosts(root);
  const context: Context = {
    hosts,
    aws: new AwsSessions(),
    signal: new AbortController().signal,
    mask: (text) => text,
  };
  let token = 0;

  function place(spec: object = {}, values: Record<string, string> = {}): MachinePlace {
    const standard = {
      directory,
      // A file beside the pid file lets the step do nothing.
      steps: { restart: { run: `PID_FILE='${pidFile}'\n[ ! -f "$PID_FILE.hold" ] || exit 0\n${restartDaemon}` } },
      prove: { process: { pidFile }, stable: "1s", within: "2s" },
    };
    return {
      application: "app",
      environment: "test",
      component: "web",
      target: "here",
      spec: MachineSpec.parse({ ...standard, ...spec }),
      at: { host: "localhost" },
      values,
      fromOutside: [],
    };
  }

  const work = (revision: SceneRevision, useToken = ++token, onLine = (_: string) => {}): Work => ({
    rollout: `R${useToken}-${randomBytes(4).toString("hex")}`,
    token: useToken,
    ledger: revision.wanted.ledger,
    ...revision,
    confirm: async () => {},
    onLine,
  });

  async function facts(at: MachinePlace): Promise<MachineFacts> {
    const survey = await machine.survey(at, context);
    if (survey.state !== "read") throw new Error(survey.finding.message);
    return survey.facts;
  }

  async function plan(at: MachinePlace, revision: SceneRevision): Promise<PlacePlan> {
    return machine.plan(at, await facts(at), revision.wanted);
  }

  async function deploy(at: MachinePlace, revision: SceneRevision, useToken = ++token): Promise<StepEnd[]> {
    const { steps } = await plan(at, revision);
    const job = work(revision, useToken);
    const ends: StepEnd[] = [];
    for (const step of steps) {
      const end = await machine.run(step, at, job, context);
      ends.push(end);
      if (end.result === "failed") break;
    }
    return ends;
  }

  return {
    root,
    directory,
    pidFile,
    context,
    place,
    revision: (files, more) => makeRevision(root, files, more),
    plan,
    work,
    deploy,
    facts,
    prove: (at, { wanted, artifact }, changed = true, seen) =>
      machine.prove(at, wanted, artifact, changed, context, seen),
    pid: () => Number(readFileSync(pidFile, "utf8")),
    dispose: async () => {
      if (existsSync(pidFile)) kill(Number(readFileSync(pidFile, "utf8")));
      await hosts.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Whether a process runs. One that ended and was not yet reaped by its parent does not. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return !/^(Z|$)/.test(stdout.trim());
}

/** Ends a process that a test started. */
export function kill(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

/** A made-up revision of these files, with its tar in the folder. */
export async function makeRevision(
  root: string,
  files: readonly SceneFile[],
  more: Partial<Wanted> = {},
): Promise<SceneRevision> {
  const tar = pack();
  const path = join(root, `${randomBytes(6).toString("hex")}.tar`);
  const written = pipeline(tar, createWriteStream(path));
  const listed: ArtifactFile[] = files.map(({ path: name, content, mode = "100644" }) => {
    if (mode === "120000") tar.entry({ name, type: "symlink", linkname: content });
    else tar.entry({ name, mode: mode === "100755" ? 0o755 : 0o644 }, content);
    return { path: name, mode, sha256: sha256(content), bytes: Buffer.byteLength(content) };
  });
  tar.finalize();
  await written;
  const digest = sha256(JSON.stringify(listed));
  const commit = more.commit ?? sha256(`commit of ${digest}`).slice(0, 40);
  const wanted: Wanted = {
    commit,
    digest: `sha256:${digest}`,
    accepts: [commit],
    force: false,
    once: {},
    answers: {},
    proven: [],
    artifact: null,
    texts: {},
    runsOnce: true,
    ledger: "ledger-1",
    ...more,
  };
  const artifact = {
    component: "web",
    source: wanted.digest,
    commit,
    digest: `sha256:${digest}`,
    bytes: 1,
    files: listed,
    path,
  };
  return { wanted, artifact };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
