import type { Identity } from "./identity.ts";

/**
 * The credentials that a profile enters its role with; of several roles that are entered one after the other, those at the
 * beginning. Enters no role. Null: the profile enters none.
 *
 * @param profile undefined: the one that the surroundings name
 */
export async function sourceIdentity(profile: string | undefined): Promise<Identity | null> {
  const { fromIni } = await import("@aws-sdk/credential-providers");
  const seen: Identity[] = [];
  const roleAssumer = async (source: Identity): Promise<Identity> => {
    seen.push(source);
    return source;
  };
  await fromIni({ ...(profile === undefined ? {} : { profile }), roleAssumer })();
  return seen[0] ?? null;
}
