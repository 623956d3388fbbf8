import { AwsSession } from "../io/aws/session.ts";
import { type ResolvedAccount, type ResolvedEnvironment, resolveEnvironment } from "../manifest/resolve.ts";
import { userError } from "../model/errors.ts";
import { readManifest } from "./open-scene.ts";
import type { World } from "./world.ts";

/** An environment's way into its account, for verbs that look at the account alone. To be closed. */
export interface AccountScene {
  environment: ResolvedEnvironment;
  account: ResolvedAccount;
  session: AwsSession;
}

/**
 * Opens a session of an environment's account. Nothing is called yet. Throws a UserError (`invalid`) for a manifest that is
 * wrong, and for an environment that is not in AWS.
 */
export async function openAccount(name: string, world: World): Promise<AccountScene> {
  const loaded = await readManifest(world, name);
  const { env, providers } = world;
  const environment = resolveEnvironment(loaded, { environment: name, env, commit: null, providers });
  const { account } = environment;
  if (account) return { environment, account, session: new AwsSession(account.aws) };
  const message = `environment \`${name}\` is not in AWS: the manifest gives it no account`;
  throw userError("invalid", "missing-key", message, {
    file: loaded.shownFile,
    ...loaded.locate(["environments", name], "key"),
    fix: 'add `aws: { account: "…", region: … }` to it',
  });
}
