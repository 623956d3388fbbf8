import { secretVersions } from "../io/aws/secret-versions.ts";
import { readSigners } from "../io/aws/signer.ts";
import type { Asked } from "../model/asked.ts";
import { secretFindings, signersFindings } from "../model/credential-findings.ts";
import type { CredentialsAnswer, SecretAnswer, Signer } from "../model/credentials.ts";
import { factKeys } from "../model/fact-keys.ts";
import type { Finding } from "../model/finding.ts";
import { createMask } from "../util/mask.ts";
import { parallel } from "../util/parallel.ts";
import { type AccountScene, openAccount } from "./account-scene.ts";
import type { World } from "./world.ts";

/**
 * Whose credentials open an environment, of what kind and how old they are, and which versions its secrets have. Reads only.
 * What may not be read is unknown, with the permission that is missing. Throws a UserError (`invalid`) for an environment
 * that is not in AWS.
 */
export async function credentials(request: { environment: string }, world: World): Promise<CredentialsAnswer> {
  const scene = await openAccount(request.environment, world);
  try {
    return await readCredentials(scene, world);
  } finally {
    scene.session.close();
  }
}

const secretsAtOnce = 5;

async function readCredentials(scene: AccountScene, { now: clock, signal }: World): Promise<CredentialsAnswer> {
  const { session, environment, account: entered } = scene;
  const now = clock();
  const { credentials: rule } = entered;
  const { signer, base, secrets: hidden } = await readSigners(session, { now, lastUse: true, signal });
  const secrets = await parallel(rule.secrets, secretsAtOnce, async (name): Promise<SecretAnswer> => {
    return { name, versions: await secretVersions(session, name, signal) };
  });
  // What was cut off was not refused.
  signal.throwIfAborted();
  const { account, region } = session.setting;
  const findings = [
    ...accountFindings(signer, account),
    ...signersFindings({ signer, base }, rule),
    ...secrets.flatMap((secret) => secretFindings(secret, rule, now)),
  ];
  const mask = createMask(factKeys);
  mask.add([...environment.secrets, ...hidden]);
  const read = { at: now.toISOString(), region, account, rule, signer, base, secrets, findings };
  return mask.deep({ environment: environment.environment, ...read });
}

/** Credentials of another account may be all right, and are not this environment's. */
function accountFindings(signer: Asked<Signer>, account: string): Finding[] {
  if (signer.state === "unknown" || signer.value.account === account) return [];
  const message = `the environment's account is ${account}; these credentials belong to ${signer.value.account} (${signer.value.arn})`;
  return [{ code: "wrong-account", level: "block", message, fix: "name the profile or role of that account" }];
}
