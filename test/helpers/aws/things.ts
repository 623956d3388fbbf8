import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  type Runtime,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  PutBucketVersioningCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { Access, TestAccount } from "./accounts.ts";
import { zipOf } from "./layer-template.ts";

/** Makes a bucket in the account and region of the key. */
export async function makeBucket(access: Access, name: string, { versioned = false } = {}): Promise<void> {
  const s3 = new S3Client({ ...access, forcePathStyle: true });
  const LocationConstraint = access.region as BucketLocationConstraint;
  const elsewhere = access.region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint } };
  await s3.send(new CreateBucketCommand({ Bucket: name, ...elsewhere }));
  const VersioningConfiguration = { Status: "Enabled" } as const;
  if (versioned) await s3.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration }));
}

/** Publishes a version of a layer past CloudFormation; its zip holds one empty file of that name. Gives the version's ARN. */
export async function publishLayer(access: Access, name: string, file: string): Promise<string> {
  const request = {
    LayerName: name,
    Content: { ZipFile: zipOf(file) },
    CompatibleRuntimes: ["python3.12"] as Runtime[],
  };
  const { LayerVersionArn: arn } = await new LambdaClient(access).send(new PublishLayerVersionCommand(request));
  if (arn === undefined) throw new Error("Lambda gave the version no ARN");
  return arn;
}

/** Makes a function that uses layers, by the ARNs of their versions. Gives its ARN. */
export async function makeFunction(
  { access, role }: TestAccount,
  name: string,
  layers: string[] = [],
): Promise<string> {
  const request = {
    FunctionName: name,
    Role: role,
    Runtime: "python3.12" as const,
    Handler: "app.handler",
    Layers: layers,
  };
  const { FunctionArn: arn } = await new LambdaClient(access).send(
    new CreateFunctionCommand({ ...request, Code: { ZipFile: zipOf("app.py") } }),
  );
  if (arn === undefined) throw new Error("Lambda gave the function no ARN");
  return arn;
}

/** Lets a function use other layers. */
export async function useLayers(access: Access, name: string, layers: string[]): Promise<void> {
  await new LambdaClient(access).send(new UpdateFunctionConfigurationCommand({ FunctionName: name, Layers: layers }));
}

/** Gives the role `deploy` one policy, in place of the one that allows everything. */
export async function limitDeployRole(access: Access, policy: object): Promise<void> {
  const iam = new IAMClient(access);
  await iam.send(
    new PutRolePolicyCommand({ RoleName: "deploy", PolicyName: "own", PolicyDocument: JSON.stringify(policy) }),
  );
  await iam.send(new DeleteRolePolicyCommand({ RoleName: "deploy", PolicyName: "all" }));
}
