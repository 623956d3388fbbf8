import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { type Json, type JsonObject, objectsOf, textOf, textsOf } from "../json.ts";
import { type Handler, isMissing, type Made, madeName, type Place, unlessMissing } from "./handler.ts";

/** AWS::IAM::Role with its trust, inline and managed policies. Managed policies of AWS itself are not in the emulator, and are taken as attached. */
export const role: Handler = {
  create: async (place, properties) => {
    const name = textOf(properties, "RoleName") ?? madeName(place, 64);
    await place.need("iam:CreateRole", arnOf(place, name));
    await iam(place).send(
      new CreateRoleCommand({
        RoleName: name,
        Path: textOf(properties, "Path"),
        Description: textOf(properties, "Description"),
        AssumeRolePolicyDocument: documentOf(properties.AssumeRolePolicyDocument),
      }),
    );
    await setPolicies(place, name, properties);
    return await made(place, name);
  },
  update: async (place, name, properties) => {
    await place.need("iam:UpdateAssumeRolePolicy", arnOf(place, name));
    const document = documentOf(properties.AssumeRolePolicyDocument);
    await iam(place).send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: document }));
    await clearPolicies(place, name);
    await setPolicies(place, name, properties);
    return await made(place, name);
  },
  remove: async (place, name) => {
    await place.need("iam:DeleteRole", arnOf(place, name));
    await unlessMissing(async () => {
      await clearPolicies(place, name);
      await iam(place).send(new DeleteRoleCommand({ RoleName: name }));
    });
  },
  read: async (place, name, properties) => {
    await place.need("iam:GetRole", arnOf(place, name));
    const live = await unlessMissing(() => iam(place).send(new GetRoleCommand({ RoleName: name })));
    if (live === null) return null;
    const document = JSON.parse(decodeURIComponent(live.Role?.AssumeRolePolicyDocument ?? "null")) as Json;
    return { ...properties, AssumeRolePolicyDocument: document };
  },
};

async function setPolicies(place: Place, name: string, properties: JsonObject): Promise<void> {
  for (const policy of objectsOf(properties, "Policies")) {
    await place.need("iam:PutRolePolicy", arnOf(place, name));
    const request = {
      RoleName: name,
      PolicyName: textOf(policy, "PolicyName"),
      PolicyDocument: documentOf(policy.PolicyDocument),
    };
    await iam(place).send(new PutRolePolicyCommand(request));
  }
  for (const arn of textsOf(properties, "ManagedPolicyArns")) {
    await place.need("iam:AttachRolePolicy", arnOf(place, name));
    try {
      await iam(place).send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: arn }));
    } catch (error) {
      if (!isMissing(error) || !arn.startsWith("arn:aws:iam::aws:policy/")) throw error;
    }
  }
}

async function clearPolicies(place: Place, name: string): Promise<void> {
  const { PolicyNames: inline = [] } = await iam(place).send(new ListRolePoliciesCommand({ RoleName: name }));
  for (const policy of inline)
    await iam(place).send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: policy }));
  const { AttachedPolicies: attached = [] } = await iam(place).send(
    new ListAttachedRolePoliciesCommand({ RoleName: name }),
  );
  for (const { PolicyArn: arn } of attached)
    await iam(place).send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn: arn }));
}

async function made(place: Place, name: string): Promise<Made> {
  const { Role: found } = await iam(place).send(new GetRoleCommand({ RoleName: name }));
  return { physicalId: name, attributes: { Arn: found?.Arn ?? "", RoleId: found?.RoleId ?? "" } };
}

function documentOf(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

function arnOf({ account }: Place, name: string): string {
  return `arn:aws:iam::${account}:role/${name}`;
}

function iam(place: Place): IAMClient {
  return new IAMClient(place.access);
}
