import {
  type Architecture,
  DeleteLayerVersionCommand,
  GetLayerVersionCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  type Runtime,
} from "@aws-sdk/client-lambda";
import { type JsonObject, textOf, textsOf } from "../json.ts";
import { codeObject } from "./code.ts";
import { type Handler, type Place, unlessMissing } from "./handler.ts";

/** AWS::Lambda::LayerVersion: each change of it is another version. */
export const layerVersion: Handler = {
  create: async (place, properties) => {
    const name = textOf(properties, "LayerName") ?? place.logicalId;
    const content = await codeObject(place, properties.Content);
    await place.need("lambda:PublishLayerVersion", `arn:aws:lambda:${place.region}:${place.account}:layer:${name}`);
    const { LayerVersionArn: arn } = await lambda(place).send(
      new PublishLayerVersionCommand({
        LayerName: name,
        Content: content,
        Description: textOf(properties, "Description"),
        LicenseInfo: textOf(properties, "LicenseInfo"),
        CompatibleRuntimes: textsOf(properties, "CompatibleRuntimes") as Runtime[],
        CompatibleArchitectures: textsOf(properties, "CompatibleArchitectures") as Architecture[],
      }),
    );
    if (arn === undefined) throw new Error("Lambda gave the version no ARN");
    return { physicalId: arn, attributes: { LayerVersionArn: arn } };
  },
  remove: async (place, arn) => {
    await place.need("lambda:DeleteLayerVersion", arn);
    await unlessMissing(() => lambda(place).send(new DeleteLayerVersionCommand(splitArn(arn))));
  },
  read: async (place, arn, properties) => {
    await place.need("lambda:GetLayerVersion", arn);
    const live = await unlessMissing(() => lambda(place).send(new GetLayerVersionCommand(splitArn(arn))));
    if (live === null) return null;
    const { LayerName: name } = splitArn(arn);
    const found: JsonObject = {
      ...("LayerName" in properties ? { LayerName: name } : {}),
      ...("Description" in properties ? { Description: live.Description ?? "" } : {}),
      ...("LicenseInfo" in properties ? { LicenseInfo: live.LicenseInfo ?? "" } : {}),
      ...("CompatibleRuntimes" in properties ? { CompatibleRuntimes: live.CompatibleRuntimes ?? [] } : {}),
      ...("CompatibleArchitectures" in properties
        ? { CompatibleArchitectures: live.CompatibleArchitectures ?? [] }
        : {}),
    };
    return found;
  },
};

/** `arn:aws:lambda:REGION:ACCOUNT:layer:NAME:N` as Lambda's calls want it. */
export function splitArn(arn: string): { LayerName: string; VersionNumber: number } {
  const [name, number] = arn.split(":").slice(6);
  if (name === undefined || number === undefined) throw new Error(`${arn} is no ARN of a layer's version`);
  return { LayerName: name, VersionNumber: Number(number) };
}

function lambda(place: Place): LambdaClient {
  return new LambdaClient(place.access);
}
