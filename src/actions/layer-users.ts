import { ask } from "../io/aws/ask.ts";
import { type FunctionVersion, layerIsOpenTo, listAliases, listFunctionVersions } from "../io/aws/functions.ts";
import { layerOf } from "../io/aws/lambda.ts";
import type { AwsSession } from "../io/aws/session.ts";
import type { Asked } from "../model/asked.ts";
import type { LayerUser, LayerUsers } from "../model/layer-users.ts";
import { parallel } from "../util/parallel.ts";

const layersAtOnce = 4;

/**
 * Who uses each of the layer versions: the functions of the session's account and region, their published versions with the
 * aliases that lead to them, and whom else the version is open to. Reads only: one call for each page of functions, one for
 * each layer version, one for each function of which a published version uses one of them.
 *
 * @param layers ARNs of layer versions
 * @returns in the same order; what may not be read is unknown, and then `isUnused` is false
 */
export async function layerUsers(session: AwsSession, layers: readonly string[]): Promise<LayerUsers[]> {
  const usersOf = userFinder(session, await ask("lambda:ListFunctions", () => listFunctionVersions(session)));
  return await parallel(layers, layersAtOnce, usersOf);
}

/** The same for one layer version after the other, when the functions are listed already. */
export function userFinder(
  session: AwsSession,
  functions: Asked<FunctionVersion[]>,
): (layer: string) => Promise<LayerUsers> {
  const asked = new Map<string, ReturnType<typeof askAliases>>();
  const aliasesOf = (name: string) => {
    const known = asked.get(name) ?? askAliases(session, name);
    asked.set(name, known);
    return known;
  };
  return async (arn) => {
    const outside = ask("lambda:GetLayerVersionPolicy", async () => await openTo(session, arn));
    if (functions.state === "unknown") return { layer: arn, functions, outside: await outside };
    const using = functions.value.filter(({ layers }) => layers.includes(arn));
    const users = using.map(async ({ name, version }): Promise<LayerUser> => {
      const aliases = version === "$LATEST" ? none : leadingTo(version, await aliasesOf(name));
      return { function: name, version, aliases };
    });
    return { layer: arn, functions: { state: "read", value: await Promise.all(users) }, outside: await outside };
  };
}

/** An alias leads to a published version only. */
const none: Asked<string[]> = { state: "read", value: [] };

async function askAliases(session: AwsSession, name: string) {
  return await ask("lambda:ListAliases", async () => await listAliases(session, name));
}

function leadingTo(version: string, aliases: Awaited<ReturnType<typeof askAliases>>): Asked<string[]> {
  if (aliases.state === "unknown") return aliases;
  const leading = aliases.value.filter(({ versions }) => versions.includes(version));
  return { state: "read", value: leading.map(({ name }) => name) };
}

async function openTo(session: AwsSession, arn: string): Promise<string[]> {
  const { layer, version } = layerOf(arn);
  if (version === null) throw new Error(`${arn} names no version of a layer`);
  return await layerIsOpenTo(session, layer, version);
}
