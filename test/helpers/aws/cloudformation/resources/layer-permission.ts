import {
  AddLayerVersionPermissionCommand,
  GetLayerVersionPolicyCommand,
  LambdaClient,
  RemoveLayerVersionPermissionCommand,
} from "@aws-sdk/client-lambda";
import { textOf } from "../json.ts";
import { type Handler, madeName, unlessMissing } from "./handler.ts";
import { splitArn } from "./layer-version.ts";

/** AWS::Lambda::LayerVersionPermission: who else may use a version. Its physical id is `ARN#STATEMENT`. */
export const layerPermission: Handler = {
  create: async (place, properties) => {
    const arn = textOf(properties, "LayerVersionArn") ?? "";
    const statement = madeName(place, 100);
    await place.need("lambda:AddLayerVersionPermission", arn);
    await new LambdaClient(place.access).send(
      new AddLayerVersionPermissionCommand({
        ...splitArn(arn),
        StatementId: statement,
        Action: textOf(properties, "Action"),
        Principal: textOf(properties, "Principal"),
        OrganizationId: textOf(properties, "OrganizationId"),
      }),
    );
    const id = `${arn}#${statement}`;
    return { physicalId: id, attributes: { Id: id } };
  },
  remove: async (place, id) => {
    const [arn = "", statement = ""] = id.split("#");
    await place.need("lambda:RemoveLayerVersionPermission", arn);
    const request = new RemoveLayerVersionPermissionCommand({ ...splitArn(arn), StatementId: statement });
    await unlessMissing(() => new LambdaClient(place.access).send(request));
  },
  read: async (place, id, properties) => {
    const [arn = "", statement = ""] = id.split("#");
    await place.need("lambda:GetLayerVersionPolicy", arn);
    const request = new GetLayerVersionPolicyCommand(splitArn(arn));
    const found = await unlessMissing(() => new LambdaClient(place.access).send(request));
    return found?.Policy?.includes(JSON.stringify(statement)) ? properties : null;
  },
};
