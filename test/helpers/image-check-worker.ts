import { parentPort } from "node:worker_threads";
import { UserError } from "../../src/model/errors.ts";
import { type Case, checkCase } from "./image-corpus.ts";

/** Checks cases in a thread of its own, so that one that never ends can be told from outside. Answers null, or what was thrown. */
parentPort?.on("message", async ({ each, folder }: { each: Case; folder: string }) => {
  let thrown: string | null = null;
  try {
    const { findings } = await checkCase(each, folder);
    for (const finding of findings) if (finding.message === "") thrown = `an empty message: ${JSON.stringify(finding)}`;
  } catch (error) {
    if (!(error instanceof UserError)) thrown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  parentPort?.postMessage(thrown);
});
