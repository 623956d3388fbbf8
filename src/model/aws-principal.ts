/** A user or role: who has policies. */
export interface AwsPrincipal {
  kind: "user" | "role";
  name: string;
  /** Of the user or role itself, not of a session. Of a role that is known by its session only, without its path. */
  arn: string;
  account: string;
}

/** Who signs, from the ARN that STS gives, or from that of a role; null for others, such as the account itself. */
export function principalOf(arn: string): AwsPrincipal | null {
  const [, partition = "", service, account = "", kind, path = ""] =
    /^arn:([\w-]+):(sts|iam)::(\d{12}):(user|role|assumed-role)\/(.+)$/.exec(arn) ?? [];
  const parts = path.split("/");
  if (service === "sts" && kind === "assumed-role") {
    const name = parts[0] ?? "";
    return { kind: "role", name, arn: `arn:${partition}:iam::${account}:role/${name}`, account };
  }
  if (service !== "iam" || (kind !== "user" && kind !== "role")) return null;
  return { kind, name: parts.at(-1) ?? "", arn, account };
}
