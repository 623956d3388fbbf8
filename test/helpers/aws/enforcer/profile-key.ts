import { readFile } from "node:fs/promises";
import type { Moto } from "../moto.ts";

/** The access key's id of a profile with a static key: `ci`, `sandbox-key`. */
export async function profileKey(moto: Moto, profile: string): Promise<string> {
  const file = await readFile(moto.environment.AWS_SHARED_CREDENTIALS_FILE ?? "", "utf8");
  const found = new RegExp(`\\[${profile}\\]\\naws_access_key_id = (\\S+)`).exec(file)?.[1];
  if (found === undefined) throw new Error(`the profile ${profile} has no key`);
  return found;
}
