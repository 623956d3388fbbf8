import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { makeRevision } from "../../../test/helpers/machine-scene.ts";
import { shim } from "../../../test/helpers/shims.ts";
import { AwsSessions } from "../../io/aws/session.ts";
import { openHosts } from "../../io/open-hosts.ts";
import type { PlannedStep, StepEnd } from "../../model/step.ts";
import type { Context, Work } from "../provider.ts";
import { type DockerPlace, DockerSpec } from "./spec.ts";
import { run } from "./steps.ts";

let root: string;
const { HOME, PATH } = process.env;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "landfall-docker-steps-"));
  mkdirSync(join(root, "home"));
  process.env.HOME = join(root, "home");
});
afterEach(() => {
  Object.assign(process.env, { HOME, PATH });
  rmSync(root, { recursive: true, force: true });
});

/** An engine whose command of this name is a text of shell; `$seen` is a file that a test may make while it runs. */
function engine(name: string, text: string): void {
  const rest = `version) echo '"20.10.24" "linux" "amd64" "20.10.24"' ;; buildx) exit 1 ;; *) exit 0 ;;`;
  shim(root, "docker", `seen='${root}/seen'\ncase $1 in ${name}) ${text} ;; ${rest} esac`);
}

/** Waits until somebody has read a line, and gives up after five seconds. */
const untilSeen = `for try in 1 2 3 4 5 6 7 8 9 10; do [ ! -e "$seen" ] || break; sleep 0.5; done; [ -e "$seen" ] || exit 9`;
const writesId = `while [ "$1" != --iidfile ]; do shift; done; echo sha256:${"a".repeat(64)} >"$2"`;

async function build(onLine: (line: string) => void): Promise<StepEnd> {
  const made = await makeRevision(root, [{ path: "Dockerfile", content: "FROM scratch\n" }]);
  const digest = createHash("sha256").update(readFileSync(made.artifact.path)).digest("hex");
  const revision = { ...made, artifact: { ...made.artifact, digest: `sha256:${digest}` } };
  const place: DockerPlace = {
    application: "shop",
    environment: "test",
    component: "web",
    target: "here",
    spec: DockerSpec.parse({ ports: ["8000:8000"], prove: { health: "/health" } }),
    at: { host: "localhost" },
    values: {},
    fromOutside: [],
  };
  const step: PlannedStep = {
    component: "web",
    target: "here",
    name: "image",
    action: "image",
    reason: "",
    timeoutSeconds: 60,
    retries: 0,
    once: false,
    takesOver: false,
    input: { dockerfile: "Dockerfile", key: "key" },
  };
  const hosts = openHosts(root);
  const mask = (text: string) => text.replaceAll("hunter2", "***");
  const context: Context = { hosts, aws: new AwsSessions(), signal: new AbortController().signal, mask };
  const work: Work = { rollout: "R1", token: 1, ledger: "ledger-1", ...revision, confirm: async () => {}, onLine };
  try {
    return await run(step, place, work, context);
  } finally {
    await hosts.close();
  }
}

describe("the build of an image", { concurrency: false }, () => {
  it("hands over each line while the build goes on, masked", async () => {
    engine("build", `echo 'hello hunter2'; ${untilSeen}; ${writesId}; printf world`);
    const lines: string[] = [];
    const end = await build((line) => {
      lines.push(line);
      writeFileSync(join(root, "seen"), "");
    });
    assert.equal(end.result, "done", `nobody saw a line before the build had ended: ${JSON.stringify(end)}`);
    assert.deepEqual(lines, ["hello ***", "world"]);
  });

  it("that failed keeps all that it printed on the machine of the engine, for its user alone", async () => {
    engine("build", 'i=0; while [ "$i" -lt 50 ]; do i=$((i + 1)); echo "line $i"; done; exit 3');
    const end = await build(() => {});
    assert.ok(end.result === "failed");
    assert.deepEqual([end.error.output?.[0], end.error.outputLines], ["line 31", 50]);
    const [, file = ""] = /^~(.*) on localhost$/.exec(end.error.log ?? "") ?? [];
    assert.match(readFileSync(join(root, "home", file), "utf8"), /^line 1\n[\s\S]*line 50\n$/);
    assert.equal(statSync(join(root, "home", dirname(file))).mode & 0o077, 0);
  });
});
