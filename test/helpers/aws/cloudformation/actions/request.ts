import { createHash } from "node:crypto";
import type { Output } from "../answer.ts";
import { invalid, ServiceError } from "../error.ts";
import { canonical, type JsonObject, textOf } from "../json.ts";
import type { Caller, Stack } from "../state.ts";
import type { World } from "../world.ts";

/** One request, with all that an action needs. */
export interface Request {
  world: World;
  action: string;
  input: JsonObject;
  caller: Caller;
  region: string;
  /** Operations by their tokens, so that a repeated request does nothing twice. */
  tokens: Map<string, Done>;
}

interface Done {
  fingerprint: string;
  output: Output;
  /** The ARN of the stack that it was done to. */
  stack: string | undefined;
}

export type Action = (request: Request) => Output | Promise<Output>;

/** The stack that a request names, by name or ARN; null: there is none. Deleted ones are found by their ARN only. */
export function findStack({ world, caller, region }: Request, nameOrId: string): Stack | null {
  for (const stack of world.stacks.values()) {
    if (stack.account !== caller.account || stack.region !== region) continue;
    if (stack.id === nameOrId) return stack;
    if (stack.name === nameOrId && stack.status !== "DELETE_COMPLETE") return stack;
  }
  return null;
}

/** The stack that must be there. Reads and writes word it differently. */
export function needStack(request: Request, wording: "with id" | "plain"): Stack {
  const name = textOf(request.input, "StackName") ?? "";
  const stack = findStack(request, name);
  if (stack !== null) return stack;
  throw invalid(wording === "plain" ? `Stack [${name}] does not exist` : `Stack with id ${name} does not exist`);
}

/** Lets only those states pass that an operation can start from. */
export function needState(stack: Stack, allowed: readonly string[], deed: string): void {
  if (!allowed.includes(stack.status))
    throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be ${deed}.`);
}

/**
 * Does an operation once for its token: a repeated request gets the first one's answer, another request with the same
 * token is refused. Tokens of change sets are apart from those of operations, and a token is free again when what it made
 * is gone.
 */
export async function once(
  request: Request,
  stackName: string,
  operate: () => Output | Promise<Output>,
): Promise<Output> {
  const { input, caller, region, action, tokens } = request;
  const operation = textOf(input, "ClientRequestToken");
  const token = operation ?? textOf(input, "ClientToken");
  if (token === undefined) return await operate();
  const key = [caller.account, region, stackName, operation === undefined ? "change set" : "operation", token].join(
    "|",
  );
  const fingerprint = createHash("sha256")
    .update(action + canonical(input))
    .digest("hex");
  const known = tokens.get(key);
  if (known !== undefined && isThere(request, known)) {
    if (known.fingerprint === fingerprint) return known.output;
    throw new ServiceError("TokenAlreadyExistsException", `Token ${token} already exists.`);
  }
  const output = await operate();
  tokens.set(key, { fingerprint, output, stack: findStack(request, stackName)?.id });
  return output;
}

function isThere(request: Request, { stack: id, output }: Done): boolean {
  const stack = findStack(request, id ?? "");
  if (stack === null || stack.status === "DELETE_COMPLETE") return false;
  const { Id: changeSet } = output;
  return typeof changeSet !== "string" || stack.changeSets.has(changeSet);
}

/** One page of a list, with the token for the next; a token of another list is refused. */
export function page<T>(
  request: Request,
  all: readonly T[],
  size = request.world.pageSize,
): { items: T[]; next: string | undefined } {
  const { NextToken: _token, ...rest } = request.input;
  const list = createHash("sha256")
    .update(request.action + canonical(rest))
    .digest("hex")
    .slice(0, 16);
  const token = textOf(request.input, "NextToken");
  const [name, from] = token === undefined ? [list, "0"] : Buffer.from(token, "base64url").toString("utf8").split(".");
  if (name !== list || from === undefined || !/^\d+$/.test(from)) throw invalid("NextToken is invalid");
  const end = Number(from) + size;
  const next = end < all.length ? Buffer.from(`${list}.${end}`).toString("base64url") : undefined;
  return { items: all.slice(Number(from), end), next };
}
