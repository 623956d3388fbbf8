import { basename } from "node:path";
import { Worker } from "node:worker_threads";

// Preloaded into each process of `node --test`. The runner limits tests and not files: one that spins, or that something keeps
// alive, would hold a whole run until somebody ends it. A thread of its own sees the clock whatever the file does.
const seconds = Number(process.env.TEST_FILE_SECONDS ?? 1200);

const watch = `
const { writeSync } = require("node:fs");
const { workerData: { text, seconds } } = require("node:worker_threads");
setTimeout(() => {
  writeSync(2, text);
  process.kill(process.pid, "SIGKILL");
}, seconds * 1000);
`;

// The runner's own process has no such variable.
if (process.env.NODE_TEST_CONTEXT !== undefined) {
  const text = `${basename(process.argv[1] ?? "a test file")} was ended: it took longer than ${seconds} seconds\n`;
  new Worker(watch, { eval: true, workerData: { text, seconds }, execArgv: [] }).unref();
}
