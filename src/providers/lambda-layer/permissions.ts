import { partitionOf } from "../../model/aws-partition.ts";
import type { Permission } from "../../model/permission.ts";
import { settingOf, stackArn } from "../aws-place.ts";
import { bucketPermissions, stackPermissions, templatePermissions } from "../cloudformation/permissions.ts";
import { type LayerPlace, stackOf } from "./spec.ts";

/** What a deploy and a proof of the layer do. CloudFormation publishes the version with the caller's rights. */
export function permissions(place: LayerPlace): Permission[] {
  const setting = settingOf(place);
  const { region, account } = setting;
  const layer = `arn:${partitionOf(region)}:lambda:${region}:${account}:layer:${place.spec.name}`;
  const stack = stackOf(place);
  return [
    ...stackPermissions(place, stack),
    ...(place.spec.template ? templatePermissions(place, place.spec.template.capabilities) : []),
    {
      actions: ["cloudformation:ListStackResources"],
      resources: [stackArn(setting, stack)],
      why: "reads which layer versions the stack holds",
    },
    { actions: ["lambda:ListLayerVersions"], resources: ["*"], why: "reads which versions are still there" },
    { actions: ["lambda:PublishLayerVersion"], resources: [layer], why: "publishes the layer, through CloudFormation" },
    { actions: ["lambda:GetLayerVersion"], resources: [`${layer}:*`], why: "reads what a version holds" },
    ...bucketPermissions(place, `${place.application}/${place.component}/*`),
  ];
}
