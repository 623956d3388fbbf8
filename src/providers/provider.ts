import type { z } from "zod";
import type { AwsSessions } from "../io/aws/session.ts";
import type { Host, Hosts } from "../io/hosts.ts";
import type { AgentNote, AgentSeen } from "../model/agent.ts";
import type { Artifact, HeldArtifact } from "../model/artifact.ts";
import type { Evidence } from "../model/evidence.ts";
import type { Finding } from "../model/finding.ts";
import type { Permission } from "../model/permission.ts";
import type { Place } from "../model/place.ts";
import type { ProvenArtifact } from "../model/proven-artifacts.ts";
import type { Once } from "../model/state.ts";
import type { PlannedStep, StepEnd } from "../model/step.ts";

/** What every call of a provider is given: the way to the outside, and the word to stop. */
export interface Context {
  hosts: Hosts;
  aws: AwsSessions;
  signal: AbortSignal;
  /** Replaces every known secret value in a text. Whatever leaves a provider has gone through it. */
  mask: (text: string) => string;
  /** Told, in a proof that waits for claims to come true, of the one that does not hold yet. */
  onWait?: ((message: string) => void) | undefined;
}

/** The present state of a target: facts, or why there are none. Not being able to read is never an empty reading. */
export type Survey<Facts> =
  | {
      state: "read";
      facts: Facts;
      summary: string;
      running: { commit: string; digest: string } | null;
      busy: string | null;
      /** The agent that brings the target to what it missed; null: there is none, absent: the provider knows of none. */
      agent?: AgentSeen | null;
    }
  | { state: "unreachable"; finding: Finding }
  | { state: "refused"; finding: Finding }
  | { state: "unknown"; finding: Finding };

/** What should run at a place. */
export interface Wanted {
  commit: string;
  /** The component's source digest at that commit. */
  digest: string;
  /** Every commit known to have that digest for this component, the wanted one first: an answer that names one of them is right. */
  accepts: readonly string[];
  /** Lay the release anew even if the target says that it has it. */
  force: boolean;
  /** A target catches up by itself: what has the right source counts, however the manifest would make it now. */
  catchesUp?: boolean;
  /** What the ledger knows, for this source digest, of steps that must run once, by step name. */
  once: Readonly<Record<string, Once>>;
  /** A person's word on a step whose end is unknown. */
  answers: Readonly<Record<string, "done" | "rerun">>;
  /** The artifact that was proven for this source, here or in the environment that comes before; null: none was, or it is not built. */
  artifact: ProvenArtifact | null;
  /** The files that the provider asked for by `texts`, as they are at the commit, by path. One that is not there is absent. */
  texts: Readonly<Record<string, string>>;
  /** Whether this place is the one that runs the component's `once` steps. */
  runsOnce: boolean;
  /** Source digests that are proven on some target: releases with these must not be pruned. */
  proven: readonly string[];
  /** Identity of our ledger: its tokens are comparable only with each other. */
  ledger: string;
}

/** What to do at a place: steps, or none and the reason for leaving it alone. */
export interface PlacePlan {
  reason: string;
  steps: PlannedStep[];
  /** True: the steps do without the artifact's bytes, so that it need not be built. */
  withoutArtifact?: boolean;
  /** Once-steps whose end the target itself could tell, to be written into the ledger: they are not run again. */
  settled: { name: string; result: "done" | "failed" }[];
  findings: Finding[];
}

/** What running a step needs beyond its place. */
export interface Work {
  rollout: string;
  token: number;
  ledger: string;
  wanted: Wanted;
  artifact: HeldArtifact;
  /** Looks whether this rollout may still change anything: to be asked just before a call that the target cannot fence. Throws a UserError. */
  confirm: () => Promise<void>;
  /** Called for each line that the step prints, masked. */
  onLine: (line: string) => void;
}

/** What an image is built from, for the check before it is. */
export interface ImageSource {
  /** Relative to the component's files. */
  dockerfile: string;
  buildArgs: Readonly<Record<string, string>>;
  /** The stage; the last one when it is not given. */
  target?: string | undefined;
  /** What is started in place of the image's CMD. */
  command?: readonly string[] | undefined;
  /** Variables by which code is looked for, as the container is given them over the image's own; null: not known here. */
  env?: Readonly<Record<string, string | null>> | undefined;
  /** Paths of the container over which something else is mounted. */
  mounts?: readonly string[] | undefined;
  /** False: the manifest says that the image is not to be checked. */
  checked: boolean;
}

/** How a component's files become its package. */
export interface PackagePlan {
  /** The folder that the build runs in, and that the package's paths are relative to. Relative to the manifest. */
  root: string;
  /** The command; none: the files are packed as they are. */
  build?: { run: string; timeoutSeconds: number } | undefined;
  /** What of the folder goes in; undefined: what the package's kind knows by itself. */
  include?: readonly string[] | undefined;
  /** What the package must run on. */
  runtimes: readonly string[];
  architectures: readonly string[];
}

/** Where a place's checks are made: the machine that is its `localhost`, and the directory that its commands run in. */
export interface Reach {
  host: Host;
  directory: string;
}

/**
 * One kind of target. A provider is one folder; every folder has the same file names.
 * The contract suite in contract.ts holds for each of them.
 */
export interface Provider<Spec = unknown, Target = unknown, Facts = unknown> {
  /** The word in `type:`. */
  readonly type: string;
  /** One line for the reference page. */
  readonly summary: string;
  /** The component's own keys, beyond those that every component has. */
  readonly spec: z.ZodType<Spec>;
  /** The keys of a target that runs this type. */
  readonly target: z.ZodType<Target>;
  /** True: what runs is identified at every place, whatever `prove` says, so a component needs no claim of its own. */
  readonly identifies?: boolean;
  /**
   * Its components lie in the environment's AWS account, one place each, and on none of its targets. `target` is what
   * reports call that place; `needs` are the keys that the environment must have.
   */
  readonly service?: { readonly target: string; readonly needs: readonly ("aws" | "artifacts")[] };
  /** What only one component of an account may have, in words: `stack web`. */
  owns?(place: Pick<Place<Spec, Target>, "application" | "environment" | "component" | "spec">): readonly string[];
  /** Files of the component's source whose text the plan is made from. */
  texts?(place: Place<Spec, Target>): readonly string[];
  /** How the component's package is built; null: its artifact is the source as it is. */
  package?(place: Place<Spec, Target> & { source: readonly string[] }): PackagePlan | null;
  /** Whether an artifact lies already where the place's steps take it from: it need not be built again. */
  holds?(place: Place<Spec, Target>, digest: string, context: Context): Promise<boolean>;
  /** What the provider does in the environment's account: what the least-privilege policy is made of. */
  permissions?(place: Place<Spec, Target>): readonly Permission[];
  /** What is done in the account beyond those, and that the manifest does not tell; null: nothing. */
  unlisted?(place: Place<Spec, Target>): string | null;
  /** Names of variables of the deployer's environment that a place needs beyond those that its texts name. They end up in `place.values` as `env.NAME`. */
  variables?(spec: Spec): readonly string[];
  /** Begins what takes long on the way to a target that will soon be read. Changes nothing, and never fails: the survey tells. */
  approach?(place: Place<Spec, Target>, context: Context): void;
  /** Reads the target. Changes nothing. */
  survey(place: Place<Spec, Target>, context: Context): Promise<Survey<Facts>>;
  /** Facts in, steps out. Pure: the same input gives the same plan. */
  plan(place: Place<Spec, Target>, facts: Facts, wanted: Wanted): PlacePlan;
  /** What image the place is given, where one is built from the component's files; null: none is built. */
  image?(place: Place<Spec, Target>): ImageSource | null;
  /** Checks before the first write. Reads only. `releaseBytes`: what the component's files come to; 0 where the plan has no steps. */
  guards(
    place: Place<Spec, Target>,
    facts: Facts,
    about: { plan: PlacePlan; wanted: Wanted; releaseBytes: number },
    context: Context,
  ): Promise<Finding[]>;
  /** Runs one step. Never throws for what happens on the target: that is a result. */
  run(step: PlannedStep, place: Place<Spec, Target>, work: Work, context: Context): Promise<StepEnd>;
  /**
   * Reads the running unit. `changed`: this rollout changed the place, so claims may need time to come true. `facts`: what
   * this rollout's survey read, given only where the rollout has changed nothing anywhere since.
   */
  prove(
    place: Place<Spec, Target>,
    wanted: Wanted,
    artifact: Artifact,
    changed: boolean,
    context: Context,
    facts?: Facts,
  ): Promise<Evidence[]>;
  /** The way to a place for its `checks`. A type without it takes none. */
  reach?(place: Place<Spec, Target>, context: Context): Reach;
  /** The unit's own last log lines, shown when a step or a proof fails. */
  logs?(place: Place<Spec, Target>, context: Context): Promise<string[]>;
  /** Leaves what a target's own catch-up came to on the target, for whoever surveys it next. */
  leaveNote?(place: Place<Spec, Target>, note: AgentNote, context: Context): Promise<Finding[]>;
}
