/**
 * Whom the policy of a layer version lets in, beyond its own account: account numbers, organisations, or `*`. Only what it
 * allows counts. Throws when it is no policy.
 *
 * @param policy JSON, as Lambda gives it
 */
export function principalsOf(policy: string, account: string): string[] {
  const parsed = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  const allowed = [parsed.Statement ?? []].flat().filter(({ Effect }) => Effect === "Allow");
  const found = allowed.flatMap(({ Principal, Condition }) => {
    const organisation = Object.values(Condition ?? {}).flatMap((keys) => keys["aws:PrincipalOrgID"] ?? []);
    return organisation.length > 0 ? organisation.map(String) : principals(Principal);
  });
  return [...new Set(found)].filter((whom) => whom !== account);
}

interface Statement {
  Effect?: unknown;
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

/** `*`, `{ AWS: "…" }` or `{ AWS: […] }`; an account's root ARN is read as the account. */
function principals(principal: unknown): string[] {
  const given = typeof principal === "object" && principal !== null ? Object.values(principal).flat() : [principal];
  return given.map((one) => /^arn:[\w-]+:iam::(\d{12}):root$/.exec(String(one))?.[1] ?? String(one));
}
