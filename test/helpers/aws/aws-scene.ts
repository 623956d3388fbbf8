import type { Access } from "./accounts.ts";
import { type CloudFormation, createCloudFormation } from "./cloudformation/server.ts";
import type { Caller } from "./cloudformation/state.ts";
import type { World, WorldOptions } from "./cloudformation/world.ts";
import { createJournal, type Journal, type Trouble } from "./faults.ts";
import { forward, type Outcome, startFront } from "./front.ts";
import { type AccessOf, type Identities, identities } from "./identity.ts";
import { isLambdaList, listPage, wholeList } from "./lambda-rules.ts";
import { type Moto, type MotoOptions, startMoto } from "./moto.ts";
import { commonRefusal, type Refusal, writeRefusal } from "./refusals.ts";
import { halfUpload, type S3Rules, s3Rules } from "./s3-rules.ts";
import { isTrusted } from "./trust.ts";
import { type Answer, actionName, signedFor, type Wire } from "./wire.ts";

export type AwsSceneOptions = MotoOptions & Pick<WorldOptions, "delay" | "pageSize" | "permit">;

/** All of AWS that the product sees, behind one address: what `aws.endpoint` of an environment names. */
export interface AwsScene {
  readonly url: string;
  readonly moto: Moto;
  /** Everything that reached the front, and what goes wrong with it. The scene's own preparations go past it. */
  readonly journal: Journal;
  /** The stacks: a test can hold one in a state, and let resources fail. */
  readonly stacks: Pick<World, "hold" | "fail" | "settled">;
  /** An administrator's key of an account, at this address: the constructor's argument of an SDK client. */
  access(account: string): Access;
  /** Stops everything. Throws where an operation of a stack failed by this server's own mistake. */
  stop(): Promise<void>;
}

/** Starts moto, CloudFormation and the front: a second or two. */
export async function startAws(options: AwsSceneOptions = {}): Promise<AwsScene> {
  const moto = await startMoto(options);
  const accessOf = (id: string, region = moto.region) => {
    const found = moto.accounts.find((account) => account.id === id);
    return found === undefined ? null : { ...found.access, region };
  };
  const access: WorldOptions["access"] = (id, region) => {
    const found = accessOf(id, region);
    if (found === null) throw new Error(`the test server makes no resources in account ${id}`);
    return found;
  };
  const cloudFormation = createCloudFormation({ ...options, access });
  const journal = createJournal();
  const whose = identities(moto.url, accessOf);
  const lambdaPage = options.pageSize ?? 50;
  const parts = { moto, cloudFormation, journal, whose, accessOf, lambdaPage, s3: s3Rules(moto.accounts) };
  const front = await startFront((wire) => answer(parts, wire));
  return {
    url: front.url,
    moto,
    journal,
    stacks: cloudFormation.world,
    access: (name) => ({ ...moto.account(name).access, endpoint: front.url }),
    stop: async () => {
      await front.stop();
      try {
        await cloudFormation.world.end();
      } finally {
        await moto.stop();
      }
    },
  };
}

interface Parts {
  moto: Moto;
  cloudFormation: CloudFormation;
  journal: Journal;
  whose: Identities;
  accessOf: AccessOf;
  lambdaPage: number;
  s3: S3Rules;
}

async function answer(parts: Parts, wire: Wire): Promise<Outcome> {
  const signed = signedFor(wire);
  const service = signed?.service ?? "sts";
  const action = actionName(service, wire);
  const caller = signed === null ? null : await parts.whose.of(signed.accessKeyId);
  const call = {
    service,
    action,
    account: caller?.account ?? "",
    region: signed?.region ?? "",
    arn: caller?.arn ?? "",
    status: 0,
  };
  const trouble = parts.journal.note(call);
  const early =
    refusalOf(service, trouble) ?? (signed !== null && caller === null ? commonRefusal(service, "UnknownKey") : null);
  if (trouble === "no connection") return "nothing";
  const sent = trouble === "cut upload" ? halfUpload(wire) : wire;
  const made =
    early === null
      ? await serve(parts, sent, { service, action, caller, region: call.region })
      : writeRefusal(service, early);
  if (service === "sts") parts.whose.learn(made.body.toString("utf8"));
  if (action === "UpdateAccessKey" || action === "DeleteAccessKey") parts.whose.forget();
  if (trouble === "lost answer") return "nothing";
  call.status = made.status;
  return trouble === "cut answer" ? { half: made } : made;
}

function refusalOf(service: string, trouble: Trouble | null): Refusal | null {
  if (trouble === null) return null;
  if (typeof trouble === "object") return trouble;
  return trouble.includes(" ") ? null : commonRefusal(service, trouble as "Throttling");
}

/** What the call is, for the part that answers it. */
interface Meant {
  service: string;
  action: string;
  caller: Caller | null;
  region: string;
}

async function serve(
  { moto, cloudFormation, accessOf, lambdaPage, s3 }: Parts,
  wire: Wire,
  { service, action, caller, region }: Meant,
): Promise<Answer> {
  if (service === "cloudformation" && caller !== null) {
    const { status, body } = await cloudFormation.answer(wire.body.toString("utf8"), caller, region);
    return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(body) };
  }
  const refused =
    service === "s3"
      ? await s3(wire, { action, account: caller?.account ?? "", region })
      : await roleRefusal(wire, action, caller, accessOf);
  if (refused !== null) return writeRefusal(service, refused);
  if (service !== "lambda" || !isLambdaList(action)) return await forward(moto.url, wire);
  return listPage(wire, action, await forward(moto.url, wholeList(wire)), lambdaPage);
}

/** A role that is not there, or does not trust who asks, cannot be taken on. */
async function roleRefusal(
  wire: Wire,
  action: string,
  caller: Caller | null,
  accessOf: AccessOf,
): Promise<Refusal | null> {
  if (action !== "AssumeRole" && action !== "AssumeRoleWithWebIdentity") return null;
  const form = new URLSearchParams(wire.body.toString("utf8"));
  const role = form.get("RoleArn") ?? "";
  if (await isTrusted({ action, role, caller, token: form.get("WebIdentityToken") }, accessOf)) return null;
  const message =
    caller === null
      ? `Not authorized to perform sts:${action}`
      : `User: ${caller.arn} is not authorized to perform: sts:${action} on resource: ${role}`;
  return { code: "AccessDenied", message, status: 403 };
}
