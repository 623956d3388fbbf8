import { isObject, type JsonObject, textOf } from "../json.ts";
import { type Handler, type Made, madeName, type Place } from "./handler.ts";

/** AWS::SSM::Parameter. There is no SDK client for it in this repository: its JSON protocol is spoken here. */
export const ssmParameter: Handler = {
  create: async (place, properties) => {
    const name = textOf(properties, "Name") ?? madeName(place);
    return await put(place, name, properties, false);
  },
  update: async (place, name, properties) => await put(place, name, properties, true),
  remove: async (place, name) => {
    await place.need("ssm:DeleteParameter", arnOf(place, name));
    await call(place, "DeleteParameter", { Name: name });
  },
  read: async (place, name, properties) => {
    await place.need("ssm:GetParameters", arnOf(place, name));
    const answer = await call(place, "GetParameter", { Name: name });
    if (answer === null || !isObject(answer.Parameter)) return null;
    const { Type: type = null, Value: value = null } = answer.Parameter;
    return { ...("Name" in properties ? { Name: name } : {}), Type: type, Value: value };
  },
};

async function put(place: Place, name: string, properties: JsonObject, overwrite: boolean): Promise<Made> {
  await place.need("ssm:PutParameter", arnOf(place, name));
  const { Value = "", Type = "String", Description = "" } = properties;
  await call(place, "PutParameter", { Name: name, Value, Type, Description, Overwrite: overwrite });
  return { physicalId: name, attributes: {} };
}

function arnOf({ region, account }: Place, name: string): string {
  return `arn:aws:ssm:${region}:${account}:parameter${name.startsWith("/") ? "" : "/"}${name}`;
}

/** Null where the parameter is not there. */
async function call(place: Place, action: string, input: JsonObject): Promise<JsonObject | null> {
  const { endpoint, credentials } = place.access;
  const credential = `${credentials.accessKeyId}/20200101/${place.region}/ssm/aws4_request`;
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AmazonSSM.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(input),
  });
  const answer = (await response.json()) as JsonObject;
  if (response.ok) return answer;
  if (textOf(answer, "__type")?.includes("ParameterNotFound")) return null;
  throw new Error(textOf(answer, "message") ?? `SSM answered ${response.status}`);
}
