import type { LastUse } from "../../model/credentials.ts";
import { allPages } from "./ask.ts";
import type { AwsSession } from "./session.ts";

/** A static access key, as IAM lists it. */
export interface ListedKey {
  id: string;
  active: boolean;
  /** ISO 8601. */
  createdAt: string;
}

/** The access keys of the user who signs: IAM knows whose they are by the signature. Throws what the SDK throws. */
export async function listAccessKeys(session: AwsSession, signal: AbortSignal): Promise<ListedKey[]> {
  const { sdk, client } = await session.open("iam");
  const pages = sdk.paginateListAccessKeys({ client }, {}, { abortSignal: signal });
  const listed = await allPages(pages, (page) => page.AccessKeyMetadata);
  return listed.map(({ AccessKeyId: id, Status, CreateDate }) => {
    if (id === undefined || CreateDate === undefined) throw new Error("IAM lists an access key without id or date");
    return { id, active: Status !== "Inactive", createdAt: CreateDate.toISOString() };
  });
}

/** When and where a key was last used; null: never, as far as IAM has kept it (since April 2015). Throws what the SDK throws. */
export async function lastUse(session: AwsSession, id: string, signal: AbortSignal): Promise<LastUse | null> {
  const { sdk, client } = await session.open("iam");
  const command = new sdk.GetAccessKeyLastUsedCommand({ AccessKeyId: id });
  const { AccessKeyLastUsed: used } = await client.send(command, { abortSignal: signal });
  if (used === undefined) throw new Error("IAM gave no answer on the key's last use");
  if (used.LastUsedDate === undefined) return null;
  return { at: used.LastUsedDate.toISOString(), service: used.ServiceName ?? "", region: used.Region ?? "" };
}
