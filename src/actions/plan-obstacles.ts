import type { Finding } from "../model/finding.ts";
import type { Scene } from "./scene.ts";

/**
 * What would keep a deploy from beginning, or make it wait, beyond what its guards say: a shared ledger that cannot be
 * asked, which refuses it, and a lock that somebody holds.
 */
export async function obstacles({ ledger, environment: { environment } }: Scene): Promise<Finding[]> {
  const problem = (await ledger.freshness())?.problem;
  if (problem) return [{ ...problem, level: "block" }];
  const holder = await ledger.holder(environment);
  if (holder === null || holder.dead) return [];
  const { owner, rollout } = holder;
  const message = `${owner.who} on ${owner.host} (pid ${owner.pid}) holds the lock of ${environment}, for rollout ${rollout}: a deploy would wait for it`;
  return [{ code: "lock-held", level: "warning", message }];
}

/** A target that is busy is waited for, and refuses nothing. */
export function asAwaited(finding: Finding): Finding {
  if (finding.code !== "target-busy" || finding.level !== "block") return finding;
  return { ...finding, level: "warning", message: `${finding.message}: a deploy would wait for it` };
}
