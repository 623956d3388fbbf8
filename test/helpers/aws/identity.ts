import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { Access } from "./accounts.ts";
import { isMissing } from "./cloudformation/resources/handler.ts";
import type { Caller } from "./cloudformation/state.ts";

/**
 * Finds out whose an access key is, by asking moto's STS in its name; null for a key that moto never gave, which moto itself
 * takes for its default account. Kept: with moto's enforcement on, only keys that called before are known.
 */
export function identities(moto: string): (accessKeyId: string) => Promise<Caller | null> {
  const known = new Map<string, Caller>();
  return async (accessKeyId) => {
    const found = known.get(accessKeyId) ?? (await ask(moto, accessKeyId));
    if (found !== null) known.set(accessKeyId, found);
    return found;
  };
}

/** Whether a role is there: moto lets everybody take on every name. */
export async function roleExists(arn: string, accessOf: (account: string) => Access | null): Promise<boolean> {
  const [, account = "", path = ""] = /^arn:aws[\w-]*:iam::(\d{12}):role\/(.+)$/.exec(arn) ?? [];
  const access = accessOf(account);
  if (access === null) return false;
  try {
    await new IAMClient(access).send(new GetRoleCommand({ RoleName: path.split("/").at(-1) }));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function ask(moto: string, accessKeyId: string): Promise<Caller | null> {
  const credential = `${accessKeyId}/20200101/us-east-1/sts/aws4_request`;
  const answer = await fetch(moto, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=none`,
    },
    body: "Action=GetCallerIdentity&Version=2011-06-15",
  });
  const text = await answer.text();
  const [arn, account] = [/<Arn>([^<]+)</.exec(text)?.[1], /<Account>(\d{12})</.exec(text)?.[1]];
  if (arn === undefined || account === undefined || arn.endsWith(":user/moto")) return null;
  return { account, arn, accessKeyId };
}
