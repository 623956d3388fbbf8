import type { Finding } from "../../model/finding.ts";
import type { Place } from "../../model/place.ts";
import type { FakeSpec, FakeTarget } from "./spec.ts";

/** A step called `absent` names a command that the machine lacks. */
export async function guards(place: Place<FakeSpec, FakeTarget>): Promise<Finding[]> {
  if (place.spec.steps.absent === undefined) return [];
  return [{ code: "command-missing", level: "block", message: `${place.at.host} has no command absent` }];
}
