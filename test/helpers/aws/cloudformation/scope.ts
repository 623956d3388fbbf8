import { conditionHolds } from "./conditions.ts";
import { invalid } from "./error.ts";
import { NO_VALUE, type Scope } from "./functions.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import type { Parameter } from "./parameters.ts";

/** What functions of a template may name besides its own sections. */
export interface Surroundings {
  stackId: string;
  stackName: string;
  account: string;
  region: string;
  parameters: readonly Parameter[];
  /** A resource's physical id, or what stands for it; undefined where there is none. */
  resource(name: string): string | undefined;
  attribute(resource: string, name: string): Json | undefined;
  imported(name: string): string | undefined;
}

/** The scope in which a template's functions are worked out. */
export function scopeOf(template: JsonObject, around: Surroundings): Scope {
  const conditions = isObject(template.Conditions) ? template.Conditions : {};
  const scope: Scope = {
    ref: (name) => {
      const parameter = around.parameters.find(({ key }) => key === name);
      if (parameter !== undefined) return parameterValue(parameter);
      const found = pseudo(name, around) ?? around.resource(name);
      if (found === undefined) throw invalid(`Template error: ${name} is not there`);
      return found;
    },
    attribute: (resource, name) => {
      const found = around.attribute(resource, name);
      if (found === undefined) throw invalid(`Template error: ${resource} has no ${name}`);
      return found;
    },
    condition: (name) => conditionHolds(conditions, name, scope),
    mapping: (map, first, second) => {
      const maps = template.Mappings;
      const outer = isObject(maps) ? maps[map] : undefined;
      const inner = isObject(outer) ? outer[first] : undefined;
      const found = isObject(inner) ? inner[second] : undefined;
      if (found === undefined) throw invalid(`Template error: Unable to get mapping for ${map}::${first}::${second}`);
      return found;
    },
    imported: (name) => {
      const found = around.imported(name);
      if (found === undefined) throw invalid(`No export named ${name} found.`);
      return found;
    },
  };
  return scope;
}

function parameterValue({ type, value }: Parameter): Json {
  return type === "CommaDelimitedList" || type === "List<Number>" ? value.split(",").map((item) => item.trim()) : value;
}

function pseudo(name: string, around: Surroundings): Json | undefined {
  switch (name) {
    case "AWS::AccountId":
      return around.account;
    case "AWS::Region":
      return around.region;
    case "AWS::StackId":
      return around.stackId;
    case "AWS::StackName":
      return around.stackName;
    case "AWS::Partition":
      return "aws";
    case "AWS::URLSuffix":
      return "amazonaws.com";
    case "AWS::NoValue":
      return NO_VALUE;
    case "AWS::NotificationARNs":
      return [];
    default:
      return undefined;
  }
}
