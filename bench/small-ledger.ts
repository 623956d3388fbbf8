import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGitLedger } from "../src/ledger/git-store.ts";
import type { RolloutEvent } from "../src/model/rollout.ts";

/** A repository with one commit and the record of one proven rollout: what `status` is measured on. */
export async function smallLedger(): Promise<{ directory: string; remove: () => void }> {
  const directory = mkdtempSync(join(tmpdir(), "landfall-bench-"));
  const git = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("git", args, { cwd: directory, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
    return stdout.trim();
  };
  git("init", "--quiet", "--initial-branch=main");
  git("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "--quiet", "--allow-empty", "-m", "first");
  const ledger = await openGitLedger(directory);
  const recorder = await ledger.record("uat", rollout, "bench");
  for (const event of events(directory, git("rev-parse", "HEAD"))) await recorder.append(event);
  await recorder.close();
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
}

const rollout = "01JD0000000000000000000001";
const at = "2026-11-20T10:00:00.000Z";

function events(repository: string, commit: string): RolloutEvent[] {
  const place = { component: "app", target: "m1" };
  const digest = `sha256:${"0".repeat(64)}`;
  return [
    {
      event: "rollout-opened",
      at,
      rollout,
      application: "bench",
      environment: "uat",
      intent: "deploy",
      revision: {
        repository,
        commit,
        committedAt: at,
        subject: "first",
        branches: ["main"],
        dirty: false,
        components: { app: digest },
      },
      manifestDigest: digest,
      owner: { who: "bench", host: "localhost", boot: "", pid: 1 },
      token: 1,
    },
    {
      event: "evidence",
      at,
      evidence: {
        ...place,
        claim: "process",
        expected: commit,
        readings: [{ unit: "pid 1", identity: commit, source: "/proc/1/cwd", at }],
        verdict: "proven",
        reason: "pid 1 runs it",
      },
    },
    {
      event: "rollout-closed",
      at,
      rollout,
      outcome: { outcome: "proven", reasons: [{ ...place, message: "runs" }], deferred: [] },
    },
  ];
}
