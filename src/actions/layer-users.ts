import { ask } from "../io/aws/ask.ts";
import { type FunctionVersion, layerIsOpenTo, listAliases, listFunctionVersions } from "../io/aws/functions.ts";
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
export async function layerUsers(
  session: AwsSession,
  layers: readonly string[],
  signal: AbortSignal,
): Promise<LayerUsers[]> {
  const functions = await ask("lambda:ListFunctions", async () => await listFunctionVersions(session, signal));
  return await parallel(layers, layersAtOnce, userFinder(session, functions, signal));
}

/** The same for one layer version after the other, when the functions are listed already. */
export function userFinder(
  session: AwsSession,
  functions: Asked<FunctionVersion[]>,
  signal: AbortSignal,
): (layer: string) => Promise<LayerUsers> {
  const asked = new Map<string, ReturnType<typeof askAliases>>();
  const aliasesOf = (name: string) => {
    const known = asked.get(name) ?? askAliases(session, name, signal);
    asked.set(name, known);
    return known;
  };
  return async (arn) => {
    const outside = ask("lambda:GetLayerVersionPolicy", async () => await layerIsOpenTo(session, arn, signal));
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

async function askAliases(session: AwsSession, name: string, signal: AbortSignal) {
  return await ask("lambda:ListAliases", async () => await listAliases(session, name, signal));
}

function leadingTo(version: string, aliases: Awaited<ReturnType<typeof askAliases>>): Asked<string[]> {
  if (aliases.state === "unknown") return aliases;
  const leading = aliases.value.filter(({ versions }) => versions.includes(version));
  return { state: "read", value: leading.map(({ name }) => name) };
}
