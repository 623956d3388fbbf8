import { z } from "zod";

/** A region's code, such as `us-east-2` or `us-gov-west-1`. */
export const AwsRegion = z
  .string()
  .regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, { error: "must be a region's code such as us-east-2" });

/** An account's number. YAML takes bare digits for a number, and would lose leading zeros. */
export const AwsAccount = z.string().regex(/^\d{12}$/, { error: "must be an account's 12 digits, in quotes" });

/** Where an environment lives in AWS, and as whom it is entered. */
export const AwsSetting = z.strictObject({
  account: AwsAccount.describe(
    "The account that everything of this environment lies in. It is compared with whom the credentials belong to, before the first write and on the session that writes.",
  ),
  region: AwsRegion.describe("The region that everything of this environment lies in."),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The profile of the AWS configuration files that gives the credentials. Default: the SDK's own chain (variables, web identity, single sign-on, instance roles).",
    ),
  role: z
    .string()
    .regex(/^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, {
      error: "must be a role's ARN: arn:aws:iam::ACCOUNT:role/NAME",
    })
    .optional()
    .describe("A role that is taken on with those credentials."),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Where every service is called instead of at AWS: for emulators."),
});
export type AwsSetting = z.infer<typeof AwsSetting>;
