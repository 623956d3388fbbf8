import type { SecretVersion } from "../../model/credentials.ts";
import { allPages, errorName } from "./ask.ts";
import type { AwsSession } from "./session.ts";

/**
 * A secret's versions, by id and stage, the current one first: the value is not asked for, and these calls cannot give it.
 * Null: there is no such secret, or it is about to be deleted. Throws what the SDK throws.
 */
export async function secretVersions(session: AwsSession, name: string): Promise<SecretVersion[] | null> {
  const { sdk, client } = await session.open("secrets");
  try {
    const pages = sdk.paginateListSecretVersionIds({ client }, { SecretId: name });
    const versions = await allPages(pages, (page) => page.Versions);
    return versions
      .map(({ VersionId: id = "", VersionStages: stages = [], CreatedDate }) => ({
        id,
        stages,
        createdAt: CreatedDate?.toISOString() ?? null,
      }))
      .sort((a, b) => rank(a) - rank(b));
  } catch (error) {
    if (errorName(error) === "ResourceNotFoundException") return null;
    throw error;
  }
}

function rank({ stages }: SecretVersion): number {
  return stages.includes("AWSCURRENT") ? 0 : stages.includes("AWSPENDING") ? 1 : 2;
}
