import { partitionOf } from "../../model/aws-partition.ts";
import type { Permission } from "../../model/permission.ts";
import type { Place } from "../../model/place.ts";
import { settingOf, stackArn } from "../aws-place.ts";
import { type StackPlace, stackOf } from "./spec.ts";

/**
 * What a deploy and a proof of the stack do. What the stack's own resources need depends on the template, and is the
 * template's author's to say: CloudFormation acts with the caller's rights.
 */
export function permissions(place: StackPlace): Permission[] {
  return [
    ...stackPermissions(place, stackOf(place)),
    ...templatePermissions(place, place.spec.capabilities),
    ...(place.spec.drift ? driftPermissions(place) : []),
    ...(place.artifacts ? bucketPermissions(place, `${place.application}/templates/*`) : []),
  ];
}

/**
 * Reading the resources themselves is their own services' to allow.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
 */
function driftPermissions(place: StackPlace): Permission[] {
  return [
    {
      actions: [
        "cloudformation:DetectStackDrift",
        "cloudformation:DetectStackResourceDrift",
        "cloudformation:DescribeStackResourceDrifts",
      ],
      resources: [stackArn(settingOf(place), stackOf(place))],
      why: "asks whether resources drifted",
    },
    {
      actions: ["cloudformation:BatchDescribeTypeConfigurations", "cloudformation:DescribeStackDriftDetectionStatus"],
      resources: ["*"],
      why: "waits for the answer about drift",
    },
  ];
}

/** What a template of the author's takes beyond the stack: a look at its text, and the transforms that it may use. */
export function templatePermissions(
  place: Pick<Place, "aws" | "component">,
  capabilities: readonly string[],
): Permission[] {
  const { region } = settingOf(place);
  const look = {
    // The service knows no resource for it: what is looked at is a text.
    actions: ["cloudformation:ValidateTemplate"],
    resources: ["*"],
    why: "has the template looked at before it is used",
  };
  if (!capabilities.includes("CAPABILITY_AUTO_EXPAND")) return [look];
  const transforms = `arn:${partitionOf(region)}:cloudformation:${region}:aws:transform/*`;
  return [
    look,
    { actions: ["cloudformation:CreateChangeSet"], resources: [transforms], why: "uses transforms, as SAM is one" },
  ];
}

/** What every change of a stack takes. */
export function stackPermissions(place: Pick<Place, "aws" | "component">, stack: string): Permission[] {
  const resources = [stackArn(settingOf(place), stack)];
  return [
    {
      actions: ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
      resources,
      why: "reads the stack",
    },
    {
      actions: [
        "cloudformation:CreateChangeSet",
        "cloudformation:DescribeChangeSet",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:DeleteChangeSet",
        "cloudformation:DescribeStackEvents",
      ],
      resources,
      why: "changes the stack, and follows the change",
    },
    {
      actions: ["cloudformation:DeleteStack"],
      resources,
      why: "takes a stack away that was announced and never made",
    },
  ];
}

/** What bringing an artifact into the bucket takes. */
export function bucketPermissions(
  { aws, artifacts, component }: Pick<Place, "aws" | "artifacts" | "component">,
  keys: string,
): Permission[] {
  if (!artifacts) return [];
  const bucket = `arn:${partitionOf(settingOf({ aws, component }).region)}:s3:::${artifacts.name}`;
  return [
    { actions: ["s3:ListBucket"], resources: [bucket], why: "sees whether the bucket and an artifact are there" },
    {
      actions: ["s3:GetObject", "s3:PutObject"],
      resources: [`${bucket}/${artifacts.prefix}${keys}`],
      why: "brings artifacts into the bucket, and reads them back",
    },
  ];
}
