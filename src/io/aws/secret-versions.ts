import type { Asked } from "../../model/asked.ts";
import type { SecretVersion } from "../../model/credentials.ts";
import { allPages, ask, errorName } from "./ask.ts";
import type { AwsSession } from "./session.ts";

/**
 * A secret's versions, by id and stage, the current one first: the value is not asked for, and these calls cannot give it.
 * Null: there is no such secret, or it is about to be deleted.
 */
export async function secretVersions(
  session: AwsSession,
  name: string,
  signal: AbortSignal,
): Promise<Asked<SecretVersion[] | null>> {
  const there = await ask("secretsmanager:DescribeSecret", async () => await isThere(session, name, signal));
  if (there.state === "unknown") return there;
  if (!there.value) return { state: "read", value: null };
  return await ask("secretsmanager:ListSecretVersionIds", async () => await listVersions(session, name, signal));
}

async function isThere(session: AwsSession, name: string, signal: AbortSignal): Promise<boolean> {
  const { sdk, client } = await session.open("secrets");
  try {
    const { DeletedDate } = await client.send(new sdk.DescribeSecretCommand({ SecretId: name }), {
      abortSignal: signal,
    });
    return DeletedDate === undefined;
  } catch (error) {
    if (errorName(error) === "ResourceNotFoundException") return false;
    throw error;
  }
}

async function listVersions(session: AwsSession, name: string, signal: AbortSignal): Promise<SecretVersion[]> {
  const { sdk, client } = await session.open("secrets");
  const pages = sdk.paginateListSecretVersionIds({ client }, { SecretId: name }, { abortSignal: signal });
  const listed = await allPages(pages, (page) => page.Versions);
  return listed
    .map(({ VersionId: id = "", VersionStages: stages = [], CreatedDate }) => {
      return { id, stages, createdAt: CreatedDate?.toISOString() ?? null };
    })
    .sort((a, b) => rank(a) - rank(b));
}

function rank({ stages }: SecretVersion): number {
  return stages.includes("AWSCURRENT") ? 0 : stages.includes("AWSPENDING") ? 1 : 2;
}
