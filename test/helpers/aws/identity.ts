import { IAMClient, ListAccessKeysCommand } from "@aws-sdk/client-iam";
import type { Access } from "./accounts.ts";
import type { Caller } from "./cloudformation/state.ts";

/** An administrator's key of an account; null for one that the scene does not have. */
export type AccessOf = (account: string) => Access | null;

/** Whose access keys are. */
export interface Identities {
  /** Null for a key that nobody was given or that is inactive: moto takes both. */
  of(accessKeyId: string): Promise<Caller | null>;
  /** Learns from an answer of STS whose the key in it is: with moto's enforcement on, it cannot be asked. */
  learn(answer: string): void;
  /** Asks again from now on: keys were changed. */
  forget(): void;
}

/** Finds out whose an access key is, by asking moto's STS in its name. */
export function identities(moto: string, accessOf: AccessOf): Identities {
  const known = new Map<string, Caller>();
  const sessions = new Map<string, Caller>();
  return {
    of: async (accessKeyId) => {
      const found = sessions.get(accessKeyId) ?? known.get(accessKeyId) ?? (await ask(moto, accessKeyId, accessOf));
      if (found !== null) known.set(accessKeyId, found);
      return found;
    },
    learn: (answer) => {
      const [, accessKeyId] = /<AccessKeyId>(\w+)</.exec(answer) ?? [];
      const [, arn, account] = /<Arn>(arn:aws[\w-]*:sts::(\d{12}):assumed-role\/[^<]+)</.exec(answer) ?? [];
      if (accessKeyId && arn && account) sessions.set(accessKeyId, { account, arn, accessKeyId });
    },
    forget: () => known.clear(),
  };
}

async function ask(moto: string, accessKeyId: string, accessOf: AccessOf): Promise<Caller | null> {
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
  // What moto says of a key that it does not know.
  if (arn === undefined || account === undefined || arn.endsWith(":user/moto")) return null;
  const access = accessOf(account);
  const user = /:user\/(?:.+\/)?([^/]+)$/.exec(arn)?.[1];
  const active = access === null || user === undefined || (await isActive(access, user, accessKeyId));
  return active ? { account, arn, accessKeyId } : null;
}

async function isActive(access: Access, user: string, accessKeyId: string): Promise<boolean> {
  const { AccessKeyMetadata: keys = [] } = await new IAMClient(access).send(
    new ListAccessKeysCommand({ UserName: user }),
  );
  return keys.some(({ AccessKeyId: id, Status: status }) => id === accessKeyId && status === "Active");
}
