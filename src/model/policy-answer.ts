import type { Finding } from "./finding.ts";

/** A policy as IAM takes it. */
export interface PolicyDocument {
  Version: "2012-10-17";
  Statement: PolicyStatement[];
}

export interface PolicyStatement {
  Sid: string;
  Effect: "Allow";
  Principal?: { Federated: string };
  Action: string[];
  Resource?: string[];
  Condition?: PolicyConditions;
}

/** Operator → key → values. */
export type PolicyConditions = Record<string, Record<string, string[]>>;

/** Something that is needed, and that the present policies do not allow for sure. */
export interface MissingPermission {
  action: string;
  resource: string;
  /** What it is needed for. */
  why: string;
  /** `unknown`: something in the policies is not understood, or depends on what is not known. */
  answer: "denied" | "unknown";
  /** Which statement decides, or that none allows it. */
  reason: string;
}

/** Something that a statement allows, and that nothing in the manifest needs. */
export interface SuperfluousPermission {
  /** Such as `statement 2 (Layers) of managed policy deploy`. */
  statement: string;
  /** As the statement has it: an action, or a pattern of actions. */
  action: string;
  resources: string[];
  /** Of a pattern that takes more than is needed: what of it is needed. Empty: nothing of it. */
  needed: string[];
}

/** What an identity may do, against what the manifest needs. */
export interface PolicyComparison {
  missing: MissingPermission[];
  superfluous: SuperfluousPermission[];
}

/** Whose policies were read. */
export interface PolicyHolder {
  /** Of the role or user. */
  arn: string;
  /** The names of what was read, such as `inline policy all`. */
  policies: string[];
  /** The permission boundary; null: there is none. */
  boundary: string | null;
}

/** A managed policy, and how many of the versions that IAM keeps are in use. */
export interface PolicyVersions {
  policy: string;
  arn: string;
  /** Such as `v3`. */
  default: string;
  used: number;
  limit: number;
  /** The oldest version that is not the default: what can be deleted first. */
  oldest: string | null;
}

/** One permission, on one side of a comparison of policies. */
export interface PolicyLine {
  effect: "Allow" | "Deny";
  action: string;
  resource: string;
  /** In the form of a policy; empty: none. */
  condition: string;
}

/** The answer of `landfall policy`. */
export interface PolicyAnswer {
  environment: string;
  account: string;
  region: string;
  /** What the environment needs: one document, or several where one would be longer than IAM takes. */
  policies: PolicyDocument[];
  findings: Finding[];
}

/** The answer of `landfall policy --trust`. */
export interface TrustAnswer {
  environment: string;
  trust: PolicyDocument;
  findings: Finding[];
}

/** The answer of `landfall policy --check`. */
export interface PolicyCheckAnswer {
  environment: string;
  /** Null: the present policies could not be read, and nothing is known. */
  holder: PolicyHolder | null;
  comparison: PolicyComparison;
  /** How many permissions were looked at. */
  needed: number;
  findings: Finding[];
}

/** The answer of `landfall policy --diff`. */
export interface PolicyDiffAnswer {
  environment: string;
  holder: PolicyHolder | null;
  /** What the generated policy has and the present ones lack. */
  added: PolicyLine[];
  /** What the present ones have and the generated one does not. */
  removed: PolicyLine[];
  versions: PolicyVersions[];
  findings: Finding[];
}
