import type { AskedAction, Incoming, Principal } from "./read-request.ts";

type Where = Principal & { region: string };
type Route = readonly [
  method: string,
  path: RegExp,
  action: string,
  resource: (parts: string[], where: Where) => string,
];

const layerArn = ([name = ""]: string[], { region, account }: Where) =>
  name.startsWith("arn:") ? name : `arn:aws:lambda:${region}:${account}:layer:${name}`;
const versionArn = ([name = "", version = ""]: string[], where: Where) => `${layerArn([name], where)}:${version}`;
const functionArn = ([name = ""]: string[], { region, account }: Where) =>
  name.startsWith("arn:") ? name : `arn:aws:lambda:${region}:${account}:function:${name}`;
const nothing = () => "*";

/** Lambda's REST interface ("Actions, resources, and condition keys for AWS Lambda"). */
const routes: readonly Route[] = [
  ["GET", /^\/2018-10-31\/layers\/?$/, "ListLayers", nothing],
  ["GET", /^\/2018-10-31\/layers\/([^/]+)\/versions\/?$/, "ListLayerVersions", nothing],
  ["POST", /^\/2018-10-31\/layers\/([^/]+)\/versions$/, "PublishLayerVersion", layerArn],
  ["GET", /^\/2018-10-31\/layers\/([^/]+)\/versions\/(\d+)$/, "GetLayerVersion", versionArn],
  ["DELETE", /^\/2018-10-31\/layers\/([^/]+)\/versions\/(\d+)$/, "DeleteLayerVersion", versionArn],
  ["GET", /^\/2018-10-31\/layers\/([^/]+)\/versions\/(\d+)\/policy$/, "GetLayerVersionPolicy", versionArn],
  ["POST", /^\/2018-10-31\/layers\/([^/]+)\/versions\/(\d+)\/policy$/, "AddLayerVersionPermission", versionArn],
  ["GET", /^\/2015-03-31\/functions\/?$/, "ListFunctions", nothing],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)$/, "GetFunction", functionArn],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, "GetFunctionConfiguration", functionArn],
];

export function lambdaAction({ method, path, query }: Incoming, where: Where): AskedAction | null {
  const arn = query.get("Arn");
  if (query.get("find") === "LayerVersion" && arn !== null && method === "GET")
    return { action: "lambda:GetLayerVersion", resource: arn };
  for (const [verb, form, action, resource] of routes) {
    const found = verb === method ? form.exec(path) : null;
    if (found) return { action: `lambda:${action}`, resource: resource(found.slice(1), where) };
  }
  return null;
}
