import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { evaluate, type Policies } from "../../../src/iam/evaluate.ts";
import { parsePolicy } from "../../../src/iam/parse.ts";
import type { Decision } from "../../../src/iam/policy.ts";
import {
  type AskedAction,
  actionOf,
  contextOf,
  type Incoming,
  type Principal,
  type Signed,
  signatureOf,
} from "./enforcer/read-request.ts";
import { accessDenied, type Refusal, refusal, unknownKey } from "./enforcer/refusal.ts";

export interface EnforcerOptions {
  /** Where a service is really called: `iam`, `lambda` … as signatures name them. */
  target: (service: string) => string;
  /** Static keys: whose they are. Keys of roles are learnt from STS's answers. */
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
  close(): Promise<void>;
}

/** Starts it on a free port of the loopback address. A request that it does not know is refused with 501, and is told by `close`. */
export async function startEnforcer({ target, keys }: EnforcerOptions): Promise<Enforcer> {
  const decided: Decided[] = [];
  const unmapped: string[] = [];
  const known = new Map(Object.entries(keys));
  const granted = new Map<string, Policies>();

  function decide(signed: Pick<Signed, "service" | "region">, arn: string, asked: AskedAction): Decision {
    const policies = granted.get(arn) ?? { identity: [], boundary: null };
    const { action, resource, context } = asked;
    const circumstances = contextOf({ accessKeyId: "", ...signed }, principalOf(arn), context);
    const decision = evaluate({ action, resource, context: circumstances }, policies);
    const { answer, reason } = decision;
    decided.push({ principal: arn, action, resource, region: signed.region, answer, reason, write: isWrite(action) });
    return decision;
  }

  const server = createServer(async (incoming, outgoing) => {
    const { asked: call, bytes } = await readAll(incoming);
    const signed = signatureOf(call);
    // What is not signed is let in by a token, which the service itself looks at.
    if (signed === null) return await pass(incoming, bytes, target("sts"), outgoing, learn);
    const arn = known.get(signed.accessKeyId);
    if (arn === undefined) return answer(outgoing, unknownKey(signed.service));
    const asked = actionOf(call, signed, principalOf(arn));
    if (asked === null) {
      const what = `${signed.service}: ${call.method} ${incoming.url} ${call.body.slice(0, 80)}`;
      unmapped.push(what);
      return answer(outgoing, refusal(signed.service, 501, "NotMapped", `the enforcer does not know ${what}`));
    }
    if (!asked.free) {
      const decision = decide(signed, arn, asked);
      if (decision.answer !== "allowed") return answer(outgoing, denied(signed, arn, asked, decision));
    }
    const hidden = () => isHidden(signed, arn, asked, granted.get(arn));
    await pass(incoming, bytes, target(signed.service), outgoing, learn, (status) =>
      status === 404 && hidden() ? denied(signed, arn, { ...asked, action: "s3:ListBucket" }, null) : null,
    );
  });

  /** Keys that STS gives belong to the role whose session it names. */
  function learn(body: string): void {
    const key = /<AccessKeyId>([^<]+)</.exec(body)?.[1];
    const [, account, role] = /:sts::(\d{12}):assumed-role\/([^/<]+)\//.exec(body) ?? [];
    if (key && account && role) known.set(key, `arn:aws:iam::${account}:role/${role}`);
  }

  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    decided,
    grant: (arn, policies, boundary) => {
      const identity = policies.map((each, index) => parsePolicy(`policy ${index + 1}`, textOf(each)));
      granted.set(arn, {
        identity,
        boundary: boundary === undefined ? null : parsePolicy("boundary", textOf(boundary)),
      });
    },
    permit: (principal, action, resource, region = "us-east-2") => {
      const service = action.slice(0, action.indexOf(":"));
      const context = { "aws:ViaAWSService": ["true"], "aws:CalledVia": ["cloudformation.amazonaws.com"] };
      return decide({ service, region }, roleOf(principal), { action, resource, context }).answer === "allowed";
    },
    writes: () => decided.filter(({ write, answer }) => write && answer === "allowed"),
    forget: () => void decided.splice(0),
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
      if (unmapped.length > 0) throw new Error(`the enforcer did not know ${unmapped.join("; ")}`);
    },
  };
}

function denied({ service }: Signed, arn: string, asked: AskedAction, decision: Decision | null): Refusal {
  const why = decision?.by
    ? "with an explicit deny in an identity-based policy"
    : `no identity-based policy allows the ${asked.action} action`;
  return accessDenied(service, arn, asked, why);
}

/** Without s3:ListBucket, S3 does not say that an object is not there: it answers 403 (API reference, "HeadObject"). */
function isHidden(
  signed: Signed,
  arn: string,
  { action, resource }: AskedAction,
  policies: Policies | undefined,
): boolean {
  if (action !== "s3:GetObject" || policies === undefined) return false;
  const bucket = resource.slice(0, resource.indexOf("/"));
  const request = { action: "s3:ListBucket", resource: bucket, context: contextOf(signed, principalOf(arn)) };
  return evaluate(request, policies).answer !== "allowed";
}

function principalOf(arn: string): Principal {
  return { arn, account: arn.split(":")[4] ?? "" };
}

/** The role of a session, as policies are attached to it. */
function roleOf(arn: string): string {
  return arn.replace(/^(arn:[\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\/.*$/, "$1:iam::$2:role/$3");
}

function isWrite(action: string): boolean {
  return !/:(Get|List|Describe|Head|Detect|Validate|AssumeRole)/.test(action);
}

function textOf(given: Given): string {
  return typeof given === "string" ? given : JSON.stringify(given);
}

async function readAll(incoming: IncomingMessage): Promise<{ asked: Incoming; bytes: Buffer }> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const { method = "GET", url = "/", headers } = incoming;
  const { pathname, searchParams: query } = new URL(url, "http://aws.test");
  return { asked: { method, path: decodeURIComponent(pathname), query, headers, body: bytes.toString("utf8") }, bytes };
}

/** Hands a request on as it came, and the answer back, unless it is replaced. */
async function pass(
  incoming: IncomingMessage,
  bytes: Buffer,
  target: string,
  outgoing: ServerResponse,
  learn: (body: string) => void,
  replaced: (status: number) => Refusal | null = () => null,
): Promise<void> {
  const { method = "GET", url = "/", headers } = incoming;
  await new Promise<void>((done) => {
    const passed = request(new URL(url, target), { method, headers, agent: false }, (given) => {
      const chunks: Buffer[] = [];
      given.on("data", (chunk: Buffer) => chunks.push(chunk));
      given.on("end", () => {
        const body = Buffer.concat(chunks);
        const instead = replaced(given.statusCode ?? 502);
        if (instead) answer(outgoing, instead);
        else outgoing.writeHead(given.statusCode ?? 502, given.headers).end(body);
        learn(body.toString("utf8"));
        done();
      });
    });
    passed.once("error", () => {
      outgoing.destroy();
      done();
    });
    passed.end(bytes);
  });
}

function answer(outgoing: ServerResponse, { status, headers, body }: Refusal): void {
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}
