import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AwsSessions } from "../../io/aws/session.ts";
import { openHosts } from "../../io/open-hosts.ts";
import type { Context } from "../provider.ts";
import { survey } from "./facts.ts";
import { type DockerPlace, DockerSpec } from "./spec.ts";

const place: DockerPlace = {
  application: "shop",
  environment: "uat",
  component: "web",
  target: "m1",
  spec: DockerSpec.parse({}),
  at: { host: "localhost" },
  values: {},
  fromOutside: [],
};

describe("an engine that cannot be read", { concurrency: false }, () => {
  const root = mkdtempSync(join(tmpdir(), "landfall-engine-"));
  const bin = join(root, "bin");
  const hosts = openHosts(root);
  const context: Context = {
    hosts,
    aws: new AwsSessions(),
    signal: new AbortController().signal,
    mask: (text) => text,
  };
  const path = process.env.PATH;
  before(() => {
    mkdirSync(bin);
    process.env.PATH = `${bin}:${path}`;
  });
  after(async () => {
    process.env.PATH = path;
    await hosts.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** A docker command that ends with these words. */
  const docker = (words: string) => {
    writeFileSync(join(bin, "docker"), `#!/bin/sh\necho ${JSON.stringify(words)} >&2\nexit 1\n`);
    chmodSync(join(bin, "docker"), 0o755);
  };

  const cases: [what: string, words: string, state: string, code: string][] = [
    [
      "because it is down is unreachable",
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      "unreachable",
      "engine-unreachable",
    ],
    [
      "because the login may not use it is refused",
      "Got permission denied while trying to connect to the Docker daemon socket",
      "refused",
      "engine-refused",
    ],
  ];
  for (const [what, words, state, code] of cases)
    it(what, async () => {
      docker(words);
      const found = await survey(place, context);
      assert.ok(found.state !== "read");
      assert.deepEqual([found.state, found.finding.code], [state, code]);
      assert.match(found.finding.message, /localhost/);
    });

  it("because its answer is not understood is not read as empty", async () => {
    writeFileSync(join(bin, "docker"), "#!/bin/sh\ncase $1 in ps) echo x ;; inspect) echo '{' ;; esac\n");
    await assert.rejects(survey(place, context));
  });
});

for (const shell of [["dash"], ["bash", "--posix"], ["busybox", "sh"]])
  it(`the library parses under ${shell[0]}`, () => {
    const parts = ["../target.sh", "engine.sh", "engine-image.sh", "engine-container.sh"];
    const text = parts.map((part) => readFileSync(new URL(part, import.meta.url), "utf8")).join("\n");
    const { status, stderr } = spawnSync(shell[0] ?? "", [...shell.slice(1), "-n"], { input: text, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
