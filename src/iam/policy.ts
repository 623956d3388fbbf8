/** A policy, read: what the evaluator works on. */
export interface Policy {
  /** How people call it, such as `policy deploy` or `inline policy all of group ops`. */
  name: string;
  statements: readonly Statement[];
}

export interface Statement {
  /** In which policy, as which one. */
  at: StatementPlace;
  /** `unclear`: it could not be read, so it may allow or deny anything. */
  effect: "Allow" | "Deny" | "unclear";
  /** Why it could not be read. */
  doubt?: string;
  actions: Selection;
  resources: Selection;
  conditions: readonly Condition[];
  /** Whether `${…}` means a variable: only in the version of 2012. */
  variables: boolean;
}

/** `Action` and `NotAction`, `Resource` and `NotResource`. */
export interface Selection {
  /** True: everything but these. */
  except: boolean;
  patterns: readonly string[];
}

/** One key under one operator. */
export interface Condition {
  operator: string;
  key: string;
  values: readonly string[];
}

export interface StatementPlace {
  policy: string;
  /** Counted from 1. */
  statement: number;
  sid?: string;
}

/** What someone wants to do. */
export interface Request {
  /** Such as `lambda:GetLayerVersion`. */
  action: string;
  /** An ARN, also with wildcards: then all that fit are asked for. `*` where the service knows no resource. */
  resource: string;
  context: RequestContext;
}

/** What is known of the circumstances. */
export interface RequestContext {
  /** By key, as the service gives them; an empty list: it is known that the request has no such key. */
  values: Readonly<Record<string, readonly string[]>>;
  /** Whether a key that is not among `values` is absent; otherwise it is not known. */
  complete: boolean;
}

export interface Decision {
  answer: "allowed" | "denied" | "unknown";
  reason: string;
  /** The statement that decided; null where none did: nothing allows it. */
  by: StatementPlace | null;
}

/** How people call a statement. */
export function statementName({ policy, statement, sid }: StatementPlace): string {
  return `statement ${sid === undefined ? statement : `${statement} (${sid})`} of ${policy}`;
}
