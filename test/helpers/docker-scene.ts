import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsSessions } from "../../src/io/aws/session.ts";
import { openHosts } from "../../src/io/open-hosts.ts";
import type { Evidence } from "../../src/model/evidence.ts";
import type { StepEnd } from "../../src/model/step.ts";
import { docker as provider } from "../../src/providers/docker/index.ts";
import { containerName } from "../../src/providers/docker/names.ts";
import { type DockerPlace, DockerSpec } from "../../src/providers/docker/spec.ts";
import type { Context, PlacePlan, Wanted, Work } from "../../src/providers/provider.ts";
import { baseImage, docker } from "./docker.ts";
import { makeRevision, type SceneFile, type SceneRevision } from "./machine-scene.ts";
import { freePort } from "./port.ts";

/** A place on this machine's engine, with a port and names of its own. */
export interface DockerScene {
  port: number;
  context: Context;
  place(spec?: object, values?: Record<string, string>): DockerPlace;
  /** A revision of the application; the commit is this digit forty times. */
  revision(digit: string, change?: AppChange, more?: Partial<Wanted>): Promise<SceneRevision>;
  plan(place: DockerPlace, revision: SceneRevision): Promise<PlacePlan>;
  work(revision: SceneRevision, token?: number): Work;
  /** Plans and runs until a step fails. */
  deploy(place: DockerPlace, revision: SceneRevision, token?: number): Promise<StepEnd[]>;
  prove(place: DockerPlace, revision: SceneRevision, changed?: boolean): Promise<Evidence[]>;
  /** The name of the place's container. */
  name: string;
  /** What the application answers at a path; null when nothing answers. */
  answer(path: string): Promise<string | null>;
  dispose(): Promise<void>;
}

/** How a made-up application differs from a sound one. */
export interface AppChange {
  /** Python that comes before it serves, and can break it. */
  body?: string;
  /** Lines at the end of its Dockerfile. */
  dockerfile?: string;
  /** What /version says instead of its commit. */
  says?: string;
  /** Its .dockerignore. */
  ignore?: string;
}

/**
 * A small application. /version answers the commit that its image was made of, /health `ok` whatever happens, /die ends the
 * process, /secrets what it was given.
 */
export function appFiles(
  commit: string,
  { body = "", dockerfile = "", says = commit, ignore = "" }: AppChange = {},
): SceneFile[] {
  return [
    { path: "Dockerfile", content: `${dockerfileOf(baseImage())}${dockerfile}\n` },
    { path: "app.py", content: `${body}\n${serving}` },
    { path: "REVISION", content: says },
    { path: "made-of", content: commit },
    { path: ".dockerignore", content: ignore },
  ];
}

function dockerfileOf(base: string): string {
  return `FROM ${base}
ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY app.py REVISION ./
CMD ["python3", "app.py"]
`;
}

const serving = `import http.server, json, os, signal
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
port = int(os.environ.get("PORT", "8000"))
host = os.environ.get("HOST", "0.0.0.0")

def read(path):
    return open(path).read() if os.path.exists(path) else None

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die":
            os._exit(3)
        found = {
            "/version": json.dumps({"commit": open("REVISION").read()}),
            "/health": "ok",
            "/secrets": json.dumps({"env": os.environ.get("TOKEN"), "file": read("/run/secrets/token")}),
        }.get(self.path)
        self.send_response(404 if found is None else 200)
        self.end_headers()
        self.wfile.write((found or "no").encode())

    def log_message(self, *words):
        pass

print(f"Listening at http://{host}:{port}")
http.server.ThreadingHTTPServer((host, port), Handler).serve_forever()
`;

/** Every step ended well. */
export function assertDone(ends: readonly StepEnd[]): void {
  const well = ends.every(({ result }) => result === "done" || result === "unchanged");
  assert.ok(well, JSON.stringify(ends, null, 1));
}

export async function dockerScene(): Promise<DockerScene> {
  const root = mkdtempSync(join(tmpdir(), "landfall-docker-"));
  const application = `test-${randomBytes(4).toString("hex")}`;
  const port = await freePort();
  const hosts = openHosts(root);
  const context: Context = {
    hosts,
    aws: new AwsSessions(),
    signal: new AbortController().signal,
    mask: (text) => text,
  };
  const home = process.env.HOME;
  // Where Landfall keeps its notes of an engine.
  process.env.HOME = root;
  let token = 0;

  function place(spec: object = {}, values: Record<string, string> = {}): DockerPlace {
    const standard = {
      ports: [`127.0.0.1:${port}:8000`],
      prove: { http: { url: `http://127.0.0.1:${port}/version`, revision: ".commit" }, stable: "1s", within: "20s" },
    };
    return {
      application,
      environment: "test",
      component: "web",
      target: "here",
      spec: DockerSpec.parse({ ...standard, ...spec }),
      at: { host: "localhost" },
      values,
      fromOutside: [],
    };
  }

  const work = (revision: SceneRevision, useToken = ++token): Work => ({
    rollout: `R${useToken}-${randomBytes(4).toString("hex")}`,
    token: useToken,
    ledger: revision.wanted.ledger,
    ...revision,
    confirm: async () => {},
    onLine: () => {},
  });

  async function plan(at: DockerPlace, revision: SceneRevision): Promise<PlacePlan> {
    const survey = await provider.survey(at, context);
    if (survey.state !== "read") throw new Error(survey.finding.message);
    return provider.plan(at, survey.facts, revision.wanted);
  }

  async function deploy(at: DockerPlace, revision: SceneRevision, useToken = ++token): Promise<StepEnd[]> {
    const { steps } = await plan(at, revision);
    const job = work(revision, useToken);
    const ends: StepEnd[] = [];
    for (const step of steps) {
      const end = await provider.run(step, at, job, context);
      ends.push(end);
      if (end.result === "failed") break;
    }
    return ends;
  }

  return {
    port,
    context,
    place,
    revision: async (digit, change = {}, more = {}) => {
      const commit = digit.repeat(40);
      // An image of its own for each scene: engines give the same content the same id, whoever built it.
      const dockerfile = `LABEL scene=${application}\n${change.dockerfile ?? ""}`;
      return await withDigest(root, appFiles(commit, { ...change, dockerfile }), { commit, ...more });
    },
    plan,
    work,
    deploy,
    prove: (at, { wanted, artifact }, changed = true) => provider.prove(at, wanted, artifact, changed, context),
    name: containerName(place()),
    answer: async (path) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
      return response === null ? null : await response.text().catch(() => null);
    },
    dispose: async () => {
      process.env.HOME = home;
      await hosts.close();
      await removeApplication(application);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** What the tar holds is compared on arrival, so its digest must be the real one. */
async function withDigest(root: string, files: readonly SceneFile[], more: Partial<Wanted>): Promise<SceneRevision> {
  const made = await makeRevision(root, files, more);
  const digest = createHash("sha256").update(readFileSync(made.artifact.path)).digest("hex");
  return { ...made, artifact: { ...made.artifact, digest: `sha256:${digest}` } };
}

/** Removes every container and image that a test made for an application of this name. */
export async function removeApplication(application: string): Promise<void> {
  const named = await docker(["ps", "--all", "--quiet", "--filter", `name=${application}`]);
  const ids = named.split("\n").filter(Boolean);
  if (ids.length > 0) await docker(["rm", "--force", "--volumes", ...ids]);
  const format = ["--format", "{{.Repository}}:{{.Tag}}"];
  const images = await docker(["images", ...format, "--filter", `reference=landfall/${application}-*`]);
  // By name: under its id an image may be another test's too.
  for (const name of images.split("\n").filter(Boolean)) await docker(["rmi", "--force", name]).catch(() => "");
}
