import type { AwsSession } from "../io/aws/session.ts";
import type { AwsSetting, Bucket } from "../model/aws.ts";
import { partitionOf } from "../model/aws-partition.ts";
import { UserError } from "../model/errors.ts";
import type { Place } from "../model/place.ts";
import type { Context, Survey } from "./provider.ts";

/** Where a place's account is. The manifest's rules say that it has one. */
export function settingOf({ aws, component }: Pick<Place, "aws" | "component">): AwsSetting {
  if (!aws) throw new Error(`${component} has no account`);
  return aws;
}

/** The way into a place's account. */
export function sessionOf(place: Pick<Place, "aws" | "component">, context: Pick<Context, "aws">): AwsSession {
  return context.aws.get(settingOf(place));
}

/** Where a place's artifacts are kept. */
export function bucketAt({ artifacts, component }: Pick<Place, "artifacts" | "component">): Bucket {
  if (!artifacts) throw new Error(`${component} has no bucket for artifacts`);
  return artifacts;
}

/** Reads a place of an account once it is sure that it is that account. What can't be read is never an empty reading. */
export async function surveyAccount<Facts>(
  place: Place,
  context: Context,
  read: (session: AwsSession) => Promise<Survey<Facts>>,
): Promise<Survey<Facts>> {
  try {
    const session = sessionOf(place, context);
    await session.confirm();
    return await read(session);
  } catch (error) {
    const [finding] = error instanceof UserError ? error.findings : [];
    if (!finding) throw error;
    return { state: refusals.has(finding.code) ? "refused" : "unknown", finding };
  }
}

const refusals: ReadonlySet<string> = new Set(["wrong-account", "wrong-region", "aws-denied", "aws-no-credentials"]);

/** The stack's name where the manifest gives none. */
export function standardStack({ application, environment, component }: StackOwner): string {
  const name = `${application}-${environment}-${component}`;
  // A stack's name begins with a letter, and has at most 128 characters.
  return (/^[a-z]/.test(name) ? name : `s-${name}`).slice(0, 128);
}

type StackOwner = Pick<Place, "application" | "environment" | "component">;

/** The ARN of a stack by its name, whatever its id. */
export function stackArn({ account, region }: AwsSetting, stack: string): string {
  return `arn:${partitionOf(region)}:cloudformation:${region}:${account}:stack/${stack}/*`;
}
