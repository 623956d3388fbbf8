import { packageOf } from "./packages.ts";
import { setStage } from "./stage.ts";

/** Builds a package in a clone and prints its digest: for a process that has another environment than the test's own. */
const [, , origin = "", commit = "", run = "", when = ""] = process.argv;
const stage = setStage();
stage.git("fetch", "--quiet", origin, "+main:other");
const artifact = await packageOf(stage, commit, { run, variables: { WHEN: when } });
process.stdout.write(`${artifact.digest}\n`);
stage.remove();
