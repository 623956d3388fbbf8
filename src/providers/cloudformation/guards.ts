import type { BucketState } from "../../io/aws/s3.ts";
import type { Finding } from "../../model/finding.ts";
import type { Place } from "../../model/place.ts";
import type { PlacePlan } from "../provider.ts";
import type { StackFacts } from "./facts.ts";

/** Checks before the first write, from what the survey read: the state of the stack is the plan's own finding. */
export async function guards(place: Place, { bucket }: StackFacts, plan: PlacePlan): Promise<Finding[]> {
  return plan.steps.length === 0 || bucket === null ? [] : bucketFindings(place, bucket);
}

/** What stands in the way of putting artifacts into the environment's bucket. */
export function bucketFindings({ artifacts, aws }: Pick<Place, "artifacts" | "aws">, bucket: BucketState): Finding[] {
  const name = artifacts?.name ?? "";
  const block = (code: Finding["code"], message: string, fix: string): Finding[] => [
    { code, level: "block", message, fix },
  ];
  switch (bucket.state) {
    case "usable":
      return [];
    case "missing":
      return block(
        "bucket-unusable",
        bucket.message,
        `create it in ${aws?.account}, ${aws?.region}, or correct \`artifacts\``,
      );
    case "foreign":
      return block(
        "bucket-unusable",
        bucket.message,
        "name a bucket of the environment's account, or allow reading it",
      );
    case "elsewhere":
      return block(
        "wrong-region",
        `the bucket ${name} lies in ${bucket.region}, and the environment in ${aws?.region}`,
        "Lambda and CloudFormation read buckets of their own region only: name one there",
      );
    case "unknown":
      return block(bucket.code, bucket.message, "a bucket that cannot be looked at cannot be trusted");
  }
}
