/**
 * How a command ended, and the exit code of each ending: the one table behind the process's exit code, `--json`, `--help`
 * and the reference. `drift` of status and prove, and the findings of check, end as `failed`.
 */
export const endings = {
  ok: { code: 0, meaning: "done; no verdict was asked for" },
  proven: {
    code: 0,
    meaning: "the intended revision runs, as read; deferred targets are listed",
  },
  failed: {
    code: 1,
    meaning: "a step failed, or evidence refutes the claim (drift, too); for check: blocking findings",
  },
  invalid: { code: 2, meaning: "wrong usage, or an invalid manifest, in every verb" },
  blocked: { code: 3, meaning: "a guard, a lock or a missing approval refused; nothing was changed" },
  unproven: { code: 4, meaning: "the change was made, the proof could not be had" },
  interrupted: { code: 4, meaning: "the change was begun, and its process ended too early" },
  deferred: { code: 5, meaning: "targets are deferred, with --no-deferred" },
  cancelled: { code: 130, meaning: "stopped by Ctrl-C or a signal; what was under way is recorded" },
} as const satisfies Record<string, { code: number; meaning: string }>;

export type Ending = keyof typeof endings;

export function exitCode(ending: Ending): number {
  return endings[ending].code;
}
