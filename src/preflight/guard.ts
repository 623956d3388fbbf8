import type { ResolvedAccount } from "../manifest/resolve.ts";
import type { Finding } from "../model/finding.ts";
import type { ResolvedPlace } from "../model/place.ts";
import type { Intent } from "../model/plan.ts";
import type { Revision } from "../model/revision.ts";
import type { Context, PlacePlan, Wanted } from "../providers/provider.ts";
import type { SurveyedPlace } from "../providers/surveyed.ts";
import type { Gate } from "./gate.ts";

/** What guards look at. */
export interface GuardInput {
  environment: string;
  intent: Intent;
  /** Branches whose commits the environment takes; empty means any. Globs are allowed. */
  branches: readonly string[];
  revision: Revision;
  /** Files that differ from the commit. */
  changed: readonly string[];
  /** Whether the manifest has changes that are not committed. */
  manifestChanged: boolean;
  surveyed: readonly SurveyedPlace[];
  places: readonly { place: ResolvedPlace; planned: PlacePlan }[];
  /** What should run at a place. */
  wanted: (place: ResolvedPlace) => Wanted;
  /** Bytes of a component's files. */
  sourceBytes: (component: string) => Promise<number>;
  sourceOf: (component: string) => GuardSource;
  /** What the environment requires; null where it requires nothing. */
  gate: Gate | null;
  /** Where the environment lies in AWS, and how old what opens it may be; null: not there. */
  account: Pick<ResolvedAccount, "aws" | "credentials"> | null;
  now: Date;
  context: Context;
}

/** A component's files at the revision, and where git has them. */
export interface GuardSource {
  repository: string;
  commit: string;
  /** `mode` is git's; paths are relative to the manifest's directory. */
  files: readonly { path: string; mode: string; blob: string; repository?: string | undefined }[];
}

/** One preflight check. */
export type Guard = (input: GuardInput) => Finding[] | Promise<Finding[]>;
