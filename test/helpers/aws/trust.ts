import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { isObject, type Json, type JsonObject, textOf } from "./cloudformation/json.ts";
import { isMissing } from "./cloudformation/resources/handler.ts";
import type { Caller } from "./cloudformation/state.ts";
import type { AccessOf } from "./identity.ts";

/** A request to take on a role. */
export interface Assumption {
  action: "AssumeRole" | "AssumeRoleWithWebIdentity";
  role: string;
  /** Null for one that only shows a token. */
  caller: Caller | null;
  /** The token of a web identity; moto looks at none. */
  token: string | null;
}

/** Whether a role is there and its trust policy lets this caller or token take it on: moto lets everybody take on every name. */
export async function isTrusted(assumption: Assumption, accessOf: AccessOf): Promise<boolean> {
  const document = await trustPolicy(assumption.role, accessOf);
  if (document === null) return false;
  const statements = listOf(document.Statement).filter(isObject);
  const matching = statements.filter((statement) => applies(statement, assumption));
  return matching.length > 0 && matching.every((statement) => statement.Effect === "Allow");
}

async function trustPolicy(arn: string, accessOf: AccessOf): Promise<JsonObject | null> {
  const [, account = "", path = ""] = /^arn:aws[\w-]*:iam::(\d{12}):role\/(.+)$/.exec(arn) ?? [];
  const access = accessOf(account);
  if (access === null) return null;
  try {
    const { Role: role } = await new IAMClient(access).send(new GetRoleCommand({ RoleName: path.split("/").at(-1) }));
    const document: unknown = JSON.parse(decodeURIComponent(role?.AssumeRolePolicyDocument ?? "null"));
    return isObject(document) && role?.Arn === arn ? document : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function applies(statement: JsonObject, { action, role, caller, token }: Assumption): boolean {
  const actions = listOf(statement.Action).map(String);
  if (!actions.some((one) => like(`sts:${action}`, one))) return false;
  const claims = token === null ? null : claimsOf(token);
  const issuer = claims === null ? "" : String(claims.iss).replace("https://", "");
  const principal = statement.Principal;
  const named = (kind: string) => (isObject(principal) ? listOf(principal[kind]).map(String) : []);
  const isNamed =
    action === "AssumeRole"
      ? caller !== null && (principal === "*" || named("AWS").some((one) => names(one, caller)))
      : named("Federated").includes(`arn:aws:iam::${role.split(":")[4]}:oidc-provider/${issuer}`);
  const context = new Map(Object.entries(claims ?? {}).map(([name, value]) => [`${issuer}:${name}`, String(value)]));
  return isNamed && conditionsHold(statement.Condition ?? {}, context);
}

/** An account, its root, a user, or the role of a session. */
function names(principal: string, { account, arn }: Caller): boolean {
  const role = arn.replace(/:sts::(\d{12}):assumed-role\/([^/]+)\/.*/, ":iam::$1:role/$2");
  return ["*", account, `arn:aws:iam::${account}:root`, arn, role].includes(principal);
}

function conditionsHold(conditions: Json, context: Map<string, string>): boolean {
  if (!isObject(conditions)) return false;
  return Object.entries(conditions).every(([operator, keys]) => {
    const fits = operators[operator];
    if (fits === undefined) throw new Error(`the test server does not know the condition ${operator}`);
    if (!isObject(keys)) return false;
    return Object.entries(keys).every(([key, wanted]) => {
      const found = context.get(key);
      return found !== undefined && listOf(wanted).some((one) => fits(found, String(one)));
    });
  });
}

const operators: Readonly<Record<string, (found: string, wanted: string) => boolean>> = {
  StringEquals: (found, wanted) => found === wanted,
  StringLike: like,
  "ForAnyValue:StringEquals": (found, wanted) => found === wanted,
  "ForAnyValue:StringLike": like,
};

function like(text: string, pattern: string): boolean {
  const expression = pattern
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(text);
}

function claimsOf(token: string): JsonObject {
  const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  if (!isObject(claims) || textOf(claims, "iss") === undefined) throw new Error("the token names no issuer");
  return claims;
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
