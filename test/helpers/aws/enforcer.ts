import { evaluate, type Policies } from "../../../src/iam/evaluate.ts";
import { parsePolicy } from "../../../src/iam/parse.ts";
import type { Decision } from "../../../src/iam/policy.ts";
import {
  type AskedAction,
  actionOf,
  contextOf,
  incomingOf,
  type Principal,
  type Signed,
} from "./enforcer/read-request.ts";
import { forward, startFront } from "./front.ts";
import { commonRefusal, writeRefusal } from "./refusals.ts";
import { type Answer, signedFor, type Wire } from "./wire.ts";

export interface EnforcerOptions {
  /** Where everything is really called. */
  target: string;
  /** Static keys: the ARNs of their users. Keys of roles are learnt from STS's answers. */
  keys: Readonly<Record<string, string>>;
}

/** One thing that somebody wanted to do, and what became of it. */
export interface Decided {
  /** The ARN of the user or role. */
  principal: string;
  action: string;
  resource: string;
  region: string;
  answer: Decision["answer"];
  reason: string;
  /** Whether it would change something. */
  write: boolean;
}

/** A policy that a test gives, as an object or as JSON. */
export type Given = object | string;

/** Stands in front of an emulated AWS, and lets through what policies allow. */
export interface Enforcer {
  readonly url: string;
  /** In the order in which they were made. Calls that need no permission are not among them. */
  readonly decided: Decided[];
  /** Gives a user or role its policies, in place of those that it had. Without any, nothing is allowed. */
  grant(arn: string, policies: readonly Given[], boundary?: Given): void;
  /** What a service asks that acts in the name of a caller: `permit` of the CloudFormation server. */
  permit(principal: string, action: string, resource: string, region?: string): boolean;
  /** The writes that were let through. */
  writes(): Decided[];
  /** Forgets what was decided. */
  forget(): void;
  /** Stops it. Throws for requests that it did not know: each was refused with 501. */
  close(): Promise<void>;
}

/** Starts it on a free port of the loopback address. */
export async function startEnforcer({ target, keys }: EnforcerOptions): Promise<Enforcer> {
  const decided: Decided[] = [];
  const unmapped: string[] = [];
  const known = new Map(Object.entries(keys));
  const granted = new Map<string, Policies>();
  const policiesOf = (arn: string): Policies => granted.get(arn) ?? { identity: [], boundary: null };

  function decide(signed: Pick<Signed, "service" | "region">, arn: string, asked: AskedAction): Decision {
    const { action, resource } = asked;
    const context = contextOf(signed, principalOf(arn), asked.context);
    const decision = evaluate({ action, resource, context }, policiesOf(arn));
    const { answer, reason } = decision;
    decided.push({ principal: arn, action, resource, region: signed.region, answer, reason, write: isWrite(action) });
    return decision;
  }

  async function answer(wire: Wire): Promise<Answer> {
    const signed = signedFor(wire);
    // What is not signed is let in by a token, which the service itself looks at.
    if (signed === null) return learn(await forward(target, wire));
    const { service } = signed;
    const arn = known.get(signed.accessKeyId);
    if (arn === undefined) return writeRefusal(service, commonRefusal(service, "UnknownKey"));
    const asked = actionOf(incomingOf(wire), signed, principalOf(arn));
    if (asked === null) {
      const message = `the enforcer does not know ${service}: ${wire.method} ${wire.path} ${wire.body.toString("utf8").slice(0, 80)}`;
      unmapped.push(message);
      return writeRefusal(service, { code: "NotMapped", message, status: 501 });
    }
    const decision = asked.free ? null : decide(signed, arn, asked);
    if (decision && decision.answer !== "allowed") return denied(service, arn, asked, decision);
    const given = await forward(target, wire);
    const hidden = given.status === 404 && asked.action === "s3:GetObject" && !mayList(signed, arn, asked.resource);
    if (hidden) return denied(service, arn, { ...asked, action: "s3:ListBucket" }, null);
    return service === "sts" ? learn(given) : given;
  }

  /** Keys that STS gives belong to the role whose session it names. */
  function learn(given: Answer): Answer {
    const body = given.body.toString("utf8");
    const key = /<AccessKeyId>([^<]+)</.exec(body)?.[1];
    const session = /arn:[\w-]+:sts::\d{12}:assumed-role\/[^<]+/.exec(body)?.[0];
    if (key && session) known.set(key, roleOf(session));
    return given;
  }

  /** Without s3:ListBucket, S3 does not say that an object is not there: it answers 403 (API reference, "HeadObject"). */
  function mayList(signed: Signed, arn: string, object: string): boolean {
    const resource = object.slice(0, object.indexOf("/"));
    const context = contextOf(signed, principalOf(arn));
    return evaluate({ action: "s3:ListBucket", resource, context }, policiesOf(arn)).answer === "allowed";
  }

  const front = await startFront(answer);
  return {
    url: front.url,
    decided,
    grant: (arn, policies, boundary) => {
      const identity = policies.map((each, index) => parsePolicy(`policy ${index + 1}`, textOf(each)));
      const bound = boundary === undefined ? null : parsePolicy("boundary", textOf(boundary));
      granted.set(arn, { identity, boundary: bound });
    },
    permit: (principal, action, resource, region = "us-east-2") => {
      const service = action.slice(0, action.indexOf(":"));
      const context = { "aws:ViaAWSService": ["true"], "aws:CalledVia": ["cloudformation.amazonaws.com"] };
      return decide({ service, region }, roleOf(principal), { action, resource, context }).answer === "allowed";
    },
    writes: () => decided.filter((each) => each.write && each.answer === "allowed"),
    forget: () => void decided.splice(0),
    close: async () => {
      await front.stop();
      if (unmapped.length > 0) throw new Error(unmapped.join("; "));
    },
  };
}

/** What a service answers when no policy allows the call, in the service's own form. */
function denied(service: string, user: string, { action, resource }: AskedAction, decision: Decision | null): Answer {
  const why = decision?.by
    ? "with an explicit deny in an identity-based policy"
    : `because no identity-based policy allows the ${action} action`;
  const on = resource === "*" ? "" : ` on resource: ${resource}`;
  const message = `User: ${user} is not authorized to perform: ${action}${on} ${why}`;
  return writeRefusal(service, { ...commonRefusal(service, "AccessDenied"), message });
}

function principalOf(arn: string): Principal {
  return { arn, account: arn.split(":")[4] ?? "" };
}

/** The role of a session, as policies are attached to it. */
function roleOf(arn: string): string {
  return arn.replace(/^(arn:[\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\/.*$/s, "$1:iam::$2:role/$3");
}

function isWrite(action: string): boolean {
  return !/:(Get|List|Describe|Head|Detect|Validate|AssumeRole)/.test(action);
}

function textOf(given: Given): string {
  return typeof given === "string" ? given : JSON.stringify(given);
}
