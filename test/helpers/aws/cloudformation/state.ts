import type { JsonObject } from "./json.ts";
import type { Parameter } from "./parameters.ts";

/** Who calls, as STS knows the key of the request. */
export interface Caller {
  account: string;
  arn: string;
  accessKeyId: string;
}

/** A template as it was given, and with its transforms done. */
export interface Template {
  body: string;
  original: JsonObject;
  processed: JsonObject;
  transforms: string[];
}

/** One resource of a stack that is or was there. */
export interface Resource {
  logicalId: string;
  type: string;
  physicalId: string;
  /** With all functions worked out. */
  properties: JsonObject;
  attributes: JsonObject;
  /** Metadata and policies as the template has them. */
  declaration: JsonObject;
  status: string;
  reason: string | undefined;
  at: Date;
  drift: "NOT_CHECKED" | "IN_SYNC" | "MODIFIED" | "DELETED";
}

export interface StackOutput {
  key: string;
  value: string;
  description: string | undefined;
  exported: string | undefined;
}

export interface StackEvent {
  id: string;
  logicalId: string;
  physicalId: string;
  type: string;
  at: Date;
  status: string;
  reason: string | undefined;
  properties: string | undefined;
  token: string | undefined;
}

/** What a request wants a stack to be. */
export interface Deployment {
  template: Template;
  parameters: Parameter[];
  tags: Map<string, string>;
  capabilities: string[];
  roleArn: string | undefined;
  caller: Caller;
}

export interface Change {
  action: "Add" | "Modify" | "Remove";
  logicalId: string;
  physicalId: string | undefined;
  type: string;
  replacement: "True" | "False" | "Conditional" | undefined;
  scope: string[];
  details: {
    attribute: string;
    name?: string;
    evaluation: "Static" | "Dynamic";
    recreation?: string;
    cause?: string;
  }[];
}

/** Something wrong with a property of a resource. */
export interface Mistake {
  logicalId: string;
  type: string;
  /** From the properties on: `/Content`; empty for the properties themselves. */
  path: string;
  reason: string;
}

export interface ChangeSet {
  id: string;
  name: string;
  kind: "CREATE" | "UPDATE";
  description: string | undefined;
  at: Date;
  status: string;
  reason: string | undefined;
  execution: string;
  deployment: Deployment;
  changes: Change[];
  /** What early validation has against it. */
  mistakes: Mistake[];
  /** The request that it was made by: the same one again is no mistake. */
  fingerprint: string;
  onStackFailure: string | undefined;
}

export interface Stack {
  id: string;
  name: string;
  account: string;
  region: string;
  status: string;
  reason: string | undefined;
  created: Date;
  updated: Date | undefined;
  deleted: Date | undefined;
  /** Null as long as it is only reviewed. */
  deployment: Deployment | null;
  resources: Map<string, Resource>;
  outputs: StackOutput[];
  /** Oldest first. */
  events: StackEvent[];
  changeSets: Map<string, ChangeSet>;
  disableRollback: boolean;
  protected: boolean;
  drift: { status: "NOT_CHECKED" | "IN_SYNC" | "DRIFTED"; at: Date | undefined };
  changeSetId: string | undefined;
  /** How to go back, where an operation stopped half way. */
  undo: Undo | null;
  /** The token of the operation that goes on. */
  token: string | undefined;
  cancelled: boolean;
}

/** What an update has done so far, newest last, and what was there before. */
export interface Undo {
  deployment: Deployment | null;
  outputs: StackOutput[];
  done: { kind: "created" | "updated" | "replaced"; logicalId: string; before: Resource | undefined }[];
  /** What the way back has to take away at its end. */
  leftovers: Resource[];
}
