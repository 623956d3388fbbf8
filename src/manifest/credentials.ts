import { z } from "zod";
import type { CredentialsRule } from "../model/credentials.ts";
import type { Mistake } from "./issues.ts";
import { section } from "./written.ts";

const maxAge = z
  .string()
  .refine((value) => value.includes("${") || /^[1-9]\d{0,3}d$/.test(value), { error: "must be days, such as 90d" })
  .default("90d")
  .describe("How old a static access key or a named secret may be: days, such as `90d`.");

const secretName = z.string().refine((value) => value.includes("${") || /^[\w/+=.@:-]{1,2048}$/.test(value), {
  error: "must be a secret's name or ARN",
});

/** `credentials` of an environment: how old what opens it may be. */
export const credentialsSchema = z
  .strictObject({
    maxAge,
    block: z
      .boolean()
      .default(false)
      .describe(
        "True: an access key that is older refuses a deploy, and so does one whose age cannot be read. Otherwise it is a warning.",
      ),
    secrets: z
      .array(secretName)
      .default([])
      .describe("Secrets of Secrets Manager whose versions `landfall credentials` shows. Their values are never read."),
  })
  .prefault({})
  .describe("How old the credentials of this environment may be.");

/** `credentials` of an environment that is not in AWS would be accepted and then ignored. */
export function credentialsMistakes(written: unknown): Mistake[] {
  const environments = section(section(written).environments);
  return Object.keys(environments).flatMap((name): Mistake[] => {
    const { aws, credentials } = section(environments[name]);
    if (credentials === undefined || aws !== undefined) return [];
    const message = `environments.${name}.credentials is about credentials of AWS, and the environment has no \`aws\``;
    return [{ code: "missing-key", message, path: ["environments", name, "credentials"], part: "key" }];
  });
}

const secondsOfADay = 86_400;

/** The rule of a resolved `credentials`. */
export function credentialsRule({ maxAge, block, secrets }: z.infer<typeof credentialsSchema>): CredentialsRule {
  return { maxAgeSeconds: Number(maxAge.slice(0, -1)) * secondsOfADay, block, secrets };
}
