import type { Finding } from "../model/finding.ts";
import type { GuardInput } from "./guard.ts";
import { approvalGuard } from "./guards/approval.ts";
import { branchGuard } from "./guards/branch.ts";
import { cleanTreeGuard } from "./guards/clean-tree.ts";
import { credentialsGuard } from "./guards/credentials.ts";
import { imageGuard } from "./guards/image.ts";
import { permissionsGuard } from "./guards/permissions.ts";
import { placeGuard } from "./guards/place.ts";
import { provenInGuard } from "./guards/proven-in.ts";
import { reachableGuard } from "./guards/reachable.ts";

const guards = [
  branchGuard,
  cleanTreeGuard,
  reachableGuard,
  imageGuard,
  placeGuard,
  credentialsGuard,
  permissionsGuard,
  provenInGuard,
  approvalGuard,
];

/** Runs every guard, and gives all that they find: a person mends everything at once. Reads only. */
export async function runGuards(input: GuardInput): Promise<Finding[]> {
  const found = await Promise.all(guards.map(async (guard) => await guard(input)));
  return found.flat();
}
