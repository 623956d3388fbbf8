import type { Asked } from "./asked.ts";
import type { AwsSetting } from "./aws.ts";
import type { Finding } from "./finding.ts";
import type { LayerUsers } from "./layer-users.ts";

/** What the manifest says that the account has. */
export interface Declared {
  /** Null: the environment's own, such as its bucket for artifacts. */
  component: string | null;
  kind: ThingKind;
  name: string;
}

export type ThingKind = "stack" | "layer" | "bucket";

/** The answer of `landfall discover --aws`. */
export interface DiscoverAnswer {
  /** Null: a profile was looked at, without an environment. */
  application: string | null;
  /** Null: a profile was looked at, without an environment. */
  environment: string | null;
  /** The account and region, and as whom they were entered. */
  aws: AwsSetting;
  /** Who looked. */
  arn: string;
  stacks: Asked<FoundStack[]>;
  layers: Asked<FoundLayer[]>;
  buckets: Asked<FoundBucket[]>;
  functions: Asked<FoundFunction[]>;
  /** Declared, and not there; what could not be looked for is not among them. */
  missing: Declared[];
  findings: Finding[];
}

export interface FoundStack {
  name: string;
  status: string;
  /** When it was last changed, or made: ISO 8601. */
  changedAt: string;
  /** Whose it is; null: no component's. */
  component: string | null;
  /** The stack that it is part of, by its ARN; null for one that stands alone. */
  parent: string | null;
  resources: Asked<{ logicalId: string; type: string; physicalId: string }[]>;
}

export interface FoundLayer {
  name: string;
  component: string | null;
  /** The stack that made a version of it; null: none that was read. */
  stack: string | null;
  /** Newest first. */
  versions: Asked<FoundLayerVersion[]>;
}

export interface FoundLayerVersion {
  version: number;
  arn: string;
  /** ISO 8601, as Lambda tells it. */
  createdAt: string;
  description: string;
  runtimes: string[];
  architectures: string[];
  /** Bytes of its zip; null where it was not asked for: of older versions. */
  bytes: Asked<number> | null;
  users: LayerUsers;
}

export interface FoundBucket {
  name: string;
  /** Null: the service does not say. */
  region: string | null;
  component: string | null;
  /** Whether the environment keeps its artifacts there. */
  artifacts: boolean;
}

export interface FoundFunction {
  name: string;
  runtime: string;
  component: string | null;
  /** ARNs of the layer versions that `$LATEST` has. */
  layers: string[];
}
