import { readSigners } from "../../io/aws/signer.ts";
import { signersFindings } from "../../model/credential-findings.ts";
import { createMask } from "../../util/mask.ts";
import type { Guard } from "../guard.ts";

/**
 * The access key that opens the environment is not older than the environment allows. One call to IAM for a user's key and
 * none for a role; where a role is entered with other credentials, those are looked at too.
 */
export const credentialsGuard: Guard = async ({ account, intent, context, now }) => {
  if (!account) return [];
  const options = { now, lastUse: false, signal: context.signal };
  const { secrets, ...signers } = await readSigners(context.aws.get(account.aws), options);
  const { credentials: rule } = account;
  // The way back to what ran before is not shut because of a key.
  const findings = signersFindings(signers, { ...rule, block: rule.block && intent === "deploy" });
  const mask = createMask();
  mask.add(secrets);
  return mask.deep(findings);
};
