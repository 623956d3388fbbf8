import { isObject, type Json, type JsonObject } from "./cloudformation/json.ts";
import type { Answer, Wire } from "./wire.ts";

/** The lists of Lambda and where their items are. */
const lists: Readonly<Record<string, string>> = {
  ListFunctions: "Functions",
  ListLayers: "Layers",
  ListLayerVersions: "LayerVersions",
};

/** Whether an action is a list that moto gives whole, in whatever order. */
export function isLambdaList(action: string): boolean {
  return action in lists;
}

/** The same request for the whole list. */
export function wholeList(wire: Wire): Wire {
  const url = new URL(wire.path, "http://127.0.0.1");
  for (const name of ["Marker", "MaxItems"]) url.searchParams.delete(name);
  return { ...wire, path: `${url.pathname}${url.search}` };
}

/** One page of a whole list, as Lambda gives it: versions newest first, at most 50 items, and a marker for the next page. */
export function listPage(wire: Wire, action: string, whole: Answer, most: number): Answer {
  const key = lists[action];
  const answer: unknown = whole.status === 200 ? JSON.parse(whole.body.toString("utf8")) : null;
  if (key === undefined || !isObject(answer)) return whole;
  const { searchParams: asked } = new URL(wire.path, "http://127.0.0.1");
  const size = Math.min(Number(asked.get("MaxItems") ?? most), most);
  const from = Number(Buffer.from(asked.get("Marker") ?? "", "base64url").toString("utf8") || "0");
  const items = inOrder(answer[key]);
  const end = from + size;
  const NextMarker = end < items.length ? Buffer.from(String(end)).toString("base64url") : null;
  const body = Buffer.from(JSON.stringify({ ...answer, [key]: items.slice(from, end), NextMarker }));
  return { ...whole, body };
}

function inOrder(value: Json | undefined): Json[] {
  const items = Array.isArray(value) ? value : [];
  const versionOf = (item: Json) => Number((item as JsonObject).Version);
  const areVersions = items.every((item) => isObject(item) && typeof item.Version === "number");
  return areVersions ? items.toSorted((one, other) => versionOf(other) - versionOf(one)) : items;
}
