import { bucket } from "./bucket.ts";
import { lambdaFunction } from "./function.ts";
import type { Handler } from "./handler.ts";
import { layerPermission } from "./layer-permission.ts";
import { layerVersion } from "./layer-version.ts";
import { role } from "./role.ts";
import { ssmParameter } from "./ssm-parameter.ts";

/** The types of resources that the server really makes; every other one is refused. */
export const handlers: Readonly<Record<string, Handler>> = {
  "AWS::IAM::Role": role,
  "AWS::Lambda::Function": lambdaFunction,
  "AWS::Lambda::LayerVersion": layerVersion,
  "AWS::Lambda::LayerVersionPermission": layerPermission,
  "AWS::S3::Bucket": bucket,
  "AWS::SSM::Parameter": ssmParameter,
};
