import { z } from "zod";
import { form, webAddress } from "./text.ts";

/** A region's code, such as `us-east-2` or `us-gov-west-1`. */
const region = () => form(/^[a-z]{2,}(-[a-z]+)+-\d+$/, "a region's code such as us-east-2");

/** An account's number. YAML takes bare digits for a number, and would lose leading zeros. */
const account = () => form(/^\d{12}$/, "an account's 12 digits, in quotes");

/** Where an environment lives in AWS, and as whom it is entered. */
export const AwsSetting = z.strictObject({
  account: account().describe(
    "The account that everything of this environment lies in. It is compared with whom the credentials belong to, before the first write and on the session that writes.",
  ),
  region: region().describe("The region that everything of this environment lies in."),
  profile: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The profile of the AWS configuration files that gives the credentials. Default: the SDK's own chain (variables, web identity, single sign-on, instance roles).",
    ),
  role: form(/^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, "a role's ARN: arn:aws:iam::ACCOUNT:role/NAME")
    .optional()
    .describe("A role that is taken on with those credentials."),
  endpoint: webAddress().optional().describe("Where every service is called instead of at AWS: for emulators."),
});
export type AwsSetting = z.infer<typeof AwsSetting>;

/** A bucket, and where in it things are kept. */
export interface Bucket {
  name: string;
  /** Empty, or a path that ends with `/`. */
  prefix: string;
}

/** The bucket for artifacts as the manifest writes it: `s3://BUCKET` or `s3://BUCKET/PREFIX`. Names as the S3 user guide has them. */
export const ArtifactBucket = form(
  /^s3:\/\/(?!xn--|\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w!.*'()-]+)*\/?$/,
  "a bucket such as s3://NAME or s3://NAME/PREFIX",
).describe(
  "The bucket that artifacts are uploaded to, in the environment's account and region, each under its digest.",
);

/** The bucket that an address names. It was checked before. */
export function bucketOf(address: string): Bucket {
  const [, name = "", path = ""] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(address) ?? [];
  return { name, prefix: path === "" ? "" : `${path}/` };
}
