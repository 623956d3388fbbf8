import { AwsSessions } from "../../src/io/aws/session.ts";
import { openHosts } from "../../src/io/open-hosts.ts";
import { machine } from "../../src/providers/machine/index.ts";
import type { Context } from "../../src/providers/provider.ts";

/** A deployer to be killed: runs one step that standard input describes, in a process of its own. */
const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { step, place, work } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const context: Context = {
  hosts: openHosts("/"),
  aws: new AwsSessions(),
  signal: new AbortController().signal,
  mask: (text) => text,
};
const end = await machine.run(
  step,
  place,
  { ...work, confirm: async () => {}, onLine: (line) => process.stdout.write(`${line}\n`) },
  context,
);
process.stdout.write(JSON.stringify(end));
