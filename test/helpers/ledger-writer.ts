import { writeSync } from "node:fs";
import { openGitLedger } from "../../src/ledger/git-store.ts";
import { closing, opened, request, surveyed } from "../../src/ledger/scenes.ts";
import type { RolloutEvent } from "../../src/model/rollout.ts";

// A process that records a rollout and says on standard output what was acknowledged, so that a test can kill it at any moment.
const [repository = "", rollout = "", count = "0", environment = "uat", locks = ""] = process.argv.slice(2);
const say = (line: string) => writeSync(1, `${line}\n`);

const ledger = await openGitLedger(repository, { leaseSeconds: 4, heartbeatSeconds: 0.8, sendEverySeconds: 0.1 });
const lease = locks ? await ledger.lock(environment, request({ rollout, waitSeconds: 60 })) : null;
const recorder = await opened(ledger, environment, lease?.token ?? 1, rollout);
say("ack opened");
const append = (name: string, event: RolloutEvent) =>
  recorder.append(event).then(
    () => say(`ack ${name}`),
    (error: Error) => say(`refused ${name} ${error.message.split("\n")[0]}`),
  );
// Two at a time: the second one waits for the batch of the first.
for (let index = 0; index < Number(count); index += 2)
  await Promise.all([index, index + 1].map((each) => append(`${each}`, surveyed(`${each}`))));
await append("closed", closing(rollout, "proven"));
await recorder.close();
await lease?.release();
