import { z } from "zod";
import { absolutePath, command, duration, name, relativePath, unitName } from "../../model/text.ts";
import { hostKeys } from "../host-target.ts";
import { VersionClaim } from "../http-version.ts";

const Backup = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .refine((path) => !/[\0\n]/.test(path) && path.split("/").every((part) => part !== "..") && !path.endsWith("/"), {
        error: "must be the path of a file, without ..",
      })
      .describe(
        "Where the step writes it: absolute, or relative to the component's `directory`, where its folder is made. The step and the check find it in `$LANDFALL_BACKUP`.",
      ),
    check: command().describe(
      "A command that ends with exit status 0 only when the file can be used, such as `pg_restore --list`.",
    ),
  })
  .describe(
    "The step makes a backup: it has failed, and nothing after it is reached, unless the file is there, not empty, newer than the step's start, and its check succeeds.",
  );

/** One command that runs on the target. */
const StepKeys = z.strictObject({
  run: command().describe(
    "The command, for `sh -eu`, run in the release directory. A `${…}` reaches it as a shell variable, never as pasted text.",
  ),
  once: z
    .literal("revision")
    .optional()
    .describe(
      "`revision`: takes effect on one target, once for this component's source digest, however often it is tried. For migrations.",
    ),
  pending: command()
    .optional()
    .describe(
      "Beside `once`: a command that only reads and tells whether the step still has work to do. Exit status 0: nothing is pending. 1: something is, and running the step now is right. Anything else: not known. It is asked before the step is run, and answers what an interrupted run has left open.",
    ),
  backup: Backup.optional(),
  only: z.array(name()).min(1).optional().describe("The targets that run this step. Default: all of them."),
  except: z.array(name()).min(1).optional().describe("The targets that leave this step out."),
  timeout: duration()
    .default("10m")
    .describe("How long the step may take before it is ended with everything that it started."),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe("How many more times a failing step is tried, with a growing pause between."),
  afterSwitch: z
    .boolean()
    .optional()
    .describe(
      "`true`: `current` points to the new release before this step runs, and before all that follow. Default: true from the first step named `restart`, `start` or `reload`.",
    ),
});

export const Step = StepKeys.refine((step) => step.pending === undefined || step.once !== undefined, {
  error: "has `pending`, which tells of a step that has `once: revision`, and has no `once`",
});
export type Step = z.infer<typeof Step>;

const ProcessClaim = z
  .strictObject({
    pidFile: absolutePath().optional().describe("The file that holds the process's id."),
    port: z.int().min(1).max(65535).optional().describe("The TCP port that the process listens on."),
  })
  .refine((claim) => (claim.pidFile === undefined) !== (claim.port === undefined), {
    error: "needs pidFile or port, and not both",
  })
  .describe("Without systemd: how the process is found. It must run from the release, and be younger than the switch.");

const Prove = z
  .strictObject({
    service: unitName()
      .optional()
      .describe("The systemd unit that must be active, started after the switch, and run from the release."),
    process: ProcessClaim.optional(),
    http: VersionClaim.optional().describe("The address whose answer must name the revision."),
    stable: duration()
      .default("10s")
      .describe("How long the process must have stayed up. Not waited for when it has been up longer already."),
    within: duration()
      .default("30s")
      .describe("How long the claims may take to come true after a change. Nothing is proven before it is read."),
  })
  .refine((prove) => prove.service === undefined || prove.process === undefined, {
    error: "takes service or process, not both: they name the same thing",
  })
  .describe("What is read on the target to prove the revision. At least one of `service`, `process` and `http`.");

const ownSteps = ["upload", "switch", "finish"];

/** A step's name: none of Landfall's own, and not only digits, because JavaScript would move such keys to the front. */
const stepName = () =>
  name()
    .refine((value) => !/^\d+$/.test(value), { error: "must not be a number" })
    .refine((value) => !ownSteps.includes(value), { error: `is a step of Landfall's own (${ownSteps.join(", ")})` });

/** The keys of a component of type `machine`, beyond those that every component has. */
export const MachineSpec = z.strictObject({
  directory: absolutePath().describe(
    "Where the component lives on the target: `releases/<id>`, `current` (a link to one of them), `shared/`, `.landfall/`.",
  ),
  shared: z
    .array(relativePath())
    .default([])
    .describe(
      "Paths that survive a release: linked from `<directory>/shared` into each release. One that ends in / is a folder, and made when it is missing.",
    ),
  keep: z
    .int()
    .min(2)
    .default(5)
    .describe(
      "How many releases stay on the target. The current one and proven ones that a rollback may need are kept.",
    ),
  shell: z
    .enum(["sh", "bash"])
    .default("sh")
    .describe("What runs the steps: `sh -eu`, or `bash -eu -o pipefail` (which must exist on the target)."),
  steps: z
    .record(stepName(), Step)
    .default({})
    .describe("Commands by name, run in the order of the file, each by itself."),
  prove: Prove.prefault({}),
});
export type MachineSpec = z.infer<typeof MachineSpec>;

/** The keys of a target that is a machine. */
export const MachineTarget = z.strictObject({
  ...hostKeys,
  unit: unitName().optional().describe("The systemd unit on this target, for `${target.unit}`."),
});
export type MachineTarget = z.infer<typeof MachineTarget>;

/** Every command that a step brings: its own, and those that check it. */
export function commandsOfStep({ run, pending, backup }: Step): string[] {
  return [run, pending, backup?.check].filter((command) => command !== undefined);
}
