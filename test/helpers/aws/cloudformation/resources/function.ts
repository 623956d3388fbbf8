import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { type JsonObject, textOf, textsOf } from "../json.ts";
import { codeObject } from "./code.ts";
import { type Handler, type Made, madeName, type Place, pick, unlessMissing } from "./handler.ts";

/** AWS::Lambda::Function with code in S3 and layers; it is never run. */
export const lambdaFunction: Handler = {
  create: async (place, properties) => {
    const name = textOf(properties, "FunctionName") ?? madeName(place, 64);
    const code = await codeObject(place, properties.Code);
    await place.need("lambda:CreateFunction", arnOf(place, name));
    const settings = settingsOf(name, properties) as unknown as Omit<CreateFunctionCommandInput, "Code">;
    await lambda(place).send(new CreateFunctionCommand({ ...settings, Code: code }));
    return made(place, name);
  },
  update: async (place, name, properties) => {
    const code = await codeObject(place, properties.Code);
    await place.need("lambda:UpdateFunctionCode", arnOf(place, name));
    await lambda(place).send(new UpdateFunctionCodeCommand({ FunctionName: name, ...code }));
    await place.need("lambda:UpdateFunctionConfiguration", arnOf(place, name));
    await lambda(place).send(
      new UpdateFunctionConfigurationCommand(settingsOf(name, properties) as { FunctionName: string }),
    );
    return made(place, name);
  },
  remove: async (place, name) => {
    await place.need("lambda:DeleteFunction", arnOf(place, name));
    await unlessMissing(() => lambda(place).send(new DeleteFunctionCommand({ FunctionName: name })));
  },
  read: async (place, name, properties) => {
    await place.need("lambda:GetFunction", arnOf(place, name));
    const request = new GetFunctionConfigurationCommand({ FunctionName: name });
    const live = await unlessMissing(() => lambda(place).send(request));
    if (live === null) return null;
    const found: JsonObject = {
      FunctionName: live.FunctionName ?? "",
      Handler: live.Handler ?? "",
      Runtime: live.Runtime ?? "",
      Description: live.Description ?? "",
      Layers: (live.Layers ?? []).map(({ Arn: arn = "" }) => arn),
    };
    return pick(found, Object.keys(properties));
  },
};

function settingsOf(name: string, properties: JsonObject): JsonObject {
  const kept = pick(properties, ["Role", "Handler", "Runtime", "Description", "Timeout", "MemorySize", "Environment"]);
  return { ...kept, FunctionName: name, Layers: textsOf(properties, "Layers") };
}

function made(place: Place, name: string): Made {
  return { physicalId: name, attributes: { Arn: arnOf(place, name) } };
}

function arnOf({ region, account }: Place, name: string): string {
  return `arn:aws:lambda:${region}:${account}:function:${name}`;
}

function lambda(place: Place): LambdaClient {
  return new LambdaClient(place.access);
}
