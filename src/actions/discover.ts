import { basename } from "node:path";
import { identityChain } from "../io/aws/identity.ts";
import { AwsSession } from "../io/aws/session.ts";
import { draftFromAccount, plainName } from "../manifest/draft-account.ts";
import { type Unanswered, whyUnknown } from "../model/asked.ts";
import { AwsSetting } from "../model/aws.ts";
import type { Declared, DiscoverAnswer, ThingKind } from "../model/discovered.ts";
import { userError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import { type AccountScene, openAccount } from "./account-scene.ts";
import { lookAround } from "./discover/look-around.ts";
import { type Matched, matchDeclared } from "./discover/match.ts";
import { unreadOf } from "./discover/unread.ts";
import { hidden } from "./hidden.ts";
import { providerOf } from "./survey.ts";
import type { World } from "./world.ts";

export interface DiscoverRequest {
  /** The environment whose account is looked at; undefined: that of the credentials. */
  environment?: string | undefined;
  /** Without an environment: the profile, and the region that is looked at. */
  profile?: string | undefined;
  region?: string | undefined;
}

/**
 * Looks at what an account and region have, and tells what of it belongs to the manifest's components. Reads only. A kind of
 * thing that may not be read is told as unknown, and the rest is shown. Throws a UserError `wrong-account` when the
 * credentials belong to another account than the environment's.
 */
export async function discover(request: DiscoverRequest, world: World): Promise<DiscoverAnswer> {
  if (request.environment === undefined) return await discoverProfile(request, world);
  const scene = await openAccount(request.environment, world);
  const { session, environment, account } = scene;
  return await hidden(session, environment.secrets, async () => {
    const { arn } = await session.confirm();
    const sights = await lookAround(session, world.signal);
    const matched = matchDeclared(sights, declaredIn(scene, world), account.artifacts?.name);
    return answerOf({ ...environment, arn }, session, matched);
  });
}

/** The same as a manifest to start from. Throws a UserError when nothing was found that could be a component. */
export function draftOf(answer: DiscoverAnswer, { directory }: World): string {
  return draftFromAccount(answer, {
    application: answer.application ?? plainName(basename(directory), "application"),
    environment: answer.environment ?? plainName(answer.aws.profile ?? "", "production"),
  });
}

async function discoverProfile({ profile, region: given }: DiscoverRequest, world: World): Promise<DiscoverAnswer> {
  const somebody = { account: "", region: given ?? "us-east-1", ...(profile === undefined ? {} : { profile }) };
  const region = given ?? (await identityChain(somebody).region());
  if (!AwsSetting.shape.region.safeParse(region).success || region === null)
    throw userError(
      "invalid",
      "usage",
      `${region ?? "no region"}: name the region to look at with --region, such as us-east-2`,
    );
  const session = new AwsSession({ ...somebody, region });
  return await hidden(session, [], async () => {
    const { account, arn } = await session.caller();
    const known = new AwsSession({ ...somebody, region, account });
    try {
      const sights = await lookAround(known, world.signal);
      return answerOf({ application: null, environment: null, arn }, known, { sights, missing: [] });
    } finally {
      known.close();
    }
  });
}

/** What the environment's components say that they have: what their providers own, and the bucket for artifacts. */
function declaredIn({ environment, account }: AccountScene, world: World): Declared[] {
  const owned = environment.places.flatMap((place) =>
    (providerOf(place, world).owns?.(place) ?? []).flatMap((words): Declared[] => {
      const [, kind, name] = /^(stack|layer) `(.+)`$/.exec(words) ?? [];
      return name === undefined ? [] : [{ component: place.component, kind: kind as ThingKind, name }];
    }),
  );
  const bucket = account.artifacts?.name;
  return bucket === undefined ? owned : [...owned, { component: null, kind: "bucket", name: bucket }];
}

function answerOf(
  { application, environment, arn }: Pick<DiscoverAnswer, "application" | "environment" | "arn">,
  { setting: aws }: AwsSession,
  { sights, missing }: Matched,
): DiscoverAnswer {
  const findings = [...unreadOf(sights).map(unreadFinding), ...missing.map(missingFinding)];
  return { application, environment, aws, arn, ...sights, missing, findings };
}

function unreadFinding({ what, unanswered }: { what: string; unanswered: Unanswered }): Finding {
  const { permission, code } = unanswered;
  const fix = permission === undefined ? {} : { fix: `allow ${permission}` };
  return { code, level: "warning", message: `${what}: unknown, ${whyUnknown(unanswered)}`, ...fix };
}

function missingFinding({ component, kind, name }: Declared): Finding {
  const whose = component === null ? "the environment's bucket for artifacts" : `${kind}`;
  const at = component === null ? {} : { component };
  return { code: "not-in-account", level: "warning", ...at, message: `${whose} ${name} is declared, and not there` };
}
