import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../../src/io/process.ts";
import { baseImage, docker, dockerProgram } from "../helpers/docker.ts";
import { type Case, checkCase, imageCases, layCase, verdictOf } from "../helpers/image-corpus.ts";

const oracle = "landfall-test/oracle";

/** What an image really does: whether it is built, what its programs tell at their ends, and their last lines. */
async function happens(each: Case, folder: string): Promise<{ verdict: Case["verdict"]; said: string }> {
  const tag = `landfall-test/case-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const real = each.dockerfile.replace(/^FROM python:\S+/gm, `FROM ${oracle}`);
  writeFileSync(join(folder, "Dockerfile"), real);
  const args = Object.entries(each.args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  const target = each.target === undefined ? [] : ["--target", each.target];
  const env = { ...process.env, DOCKER_BUILDKIT: "1" };
  const built = await run(dockerProgram, ["build", "-q", "-t", tag, ...args, ...target, folder], {
    env,
    timeoutSeconds: 60,
  });
  if (built.ended !== "exit" || built.status !== 0) return { verdict: "fatal", said: built.stderr };
  try {
    const options = ["--rm", "--network", "none", "-e", `ORACLE_STUBS=${each.stubs.join(",")}`];
    const ran = await run(dockerProgram, ["run", ...options, tag], { timeoutSeconds: 30 });
    const told = [...ran.stdout.matchAll(/^ORACLE (.*)$/gm)].map(
      ([, line = ""]) => JSON.parse(line) as { boot: boolean; request: string[] },
    );
    const said = `${ran.stdout}\n${ran.stderr}`;
    const ended = ran.ended === "exit" && ran.status === 0;
    if (!ended || told.length === 0 || told.some(({ boot }) => !boot)) return { verdict: "fatal", said };
    return { verdict: told.some(({ request }) => request.length > 0) ? "request" : "complete", said };
  } finally {
    await docker(["rmi", "--force", tag]);
  }
}

describe("the verdict on each image is what happens when it is built and started", { concurrency: 2 }, () => {
  before(async () => {
    const folder = join(import.meta.dirname, "../image-oracle");
    await docker(["build", "-q", "-t", oracle, "--build-arg", `BASE=${baseImage()}`, folder]);
  });
  after(async () => {
    await docker(["rmi", "--force", oracle]);
  });

  for (const each of imageCases().filter(({ real, verdict }) => real && verdict !== "undetermined"))
    it(`${each.verdict}: ${each.name}`, async () => {
      const { folder, remove } = layCase(each);
      try {
        const report = await checkCase(each, folder);
        const { verdict, said } = await happens(each, folder);
        assert.equal(verdict, each.verdict, `the case expects something else:\n${said}`);
        assert.equal(verdictOf(report), verdict, said);
      } finally {
        remove();
      }
    });
});
