import { z } from "zod";
import type { Path } from "./document.ts";
import { type Mistake, mistakesOf, valueAt } from "./issues.ts";
import type { JsonSchema } from "./json-schema.ts";
import { isLoneExpression, wantsNumber } from "./numbers.ts";

/** What a schema says of a value: what is wrong with it, and the value without its `x-` keys. */
export interface Validated {
  mistakes: Mistake[];
  value: unknown;
}

/**
 * Checks a value as it was written. `x-` keys are taken out wherever a section is strict, so that nothing later meets
 * them; a single `${…}` may stand where a number or a truth value is due, since it is checked again once it is resolved.
 */
export function validate(schema: z.ZodType, written: unknown, at: Path = []): Validated {
  const value = structuredClone(written);
  let issues = issuesOf(schema, value);
  // Taking keys out can uncover further issues, such as those of a refinement; each pass removes at least one key.
  while (removeFreeKeys(value, issues)) issues = issuesOf(schema, value);
  const lasting = issues.filter((issue) => !waitsForVariable(value, issue));
  return {
    mistakes: mistakesOf(lasting, { value, at, keysAt: keysOf(schema, value, at) }),
    value,
  };
}

type Issue = z.core.$ZodIssue;

function issuesOf(schema: z.ZodType, value: unknown): readonly Issue[] {
  return schema.safeParse(value).error?.issues ?? [];
}

function removeFreeKeys(value: unknown, issues: readonly Issue[], base: readonly PropertyKey[] = []): boolean {
  let removed = false;
  for (const issue of issues) {
    const path = [...base, ...issue.path];
    if (issue.code === "invalid_union")
      for (const branch of issue.errors) removed = removeFreeKeys(value, branch, path) || removed;
    if (issue.code !== "unrecognized_keys") continue;
    const section = valueAt(value, path as Path);
    for (const key of issue.keys.filter((name) => name.startsWith("x-")))
      if (typeof section === "object" && section !== null && Object.hasOwn(section, key))
        removed = Reflect.deleteProperty(section, key);
  }
  return removed;
}

/** Whether an issue only says that a `${…}` is not yet the number or truth value that it will be. */
function waitsForVariable(value: unknown, issue: Issue): boolean {
  return wantsNumber(issue) && isLoneExpression(valueAt(value, issue.path as Path));
}

/** The keys that a section may have, read from the schema's JSON form along its path. Made only when a key is unknown, and once. */
function keysOf(schema: z.ZodType, value: unknown, at: Path): (path: Path) => readonly string[] {
  let root: JsonSchema | undefined;
  return (path) => {
    root ??= z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
    const inner = path.slice(at.length);
    let here: JsonSchema | undefined = root;
    for (const [depth, step] of inner.entries()) {
      const section = chosen(here, valueAt(value, inner.slice(0, depth)));
      const others = section?.additionalProperties;
      here = section?.properties?.[step] ?? (typeof others === "object" ? others : section?.items);
    }
    return Object.keys(chosen(here, valueAt(value, inner))?.properties ?? {});
  };
}

function chosen(schema: JsonSchema | undefined, value: unknown): JsonSchema | undefined {
  const branches = schema?.oneOf ?? schema?.anyOf;
  if (!branches) return schema;
  const type = valueAt(value, ["type"]);
  return (
    branches.find((branch) => branch.properties && branch.properties.type?.const === type) ??
    branches.find((branch) => branch.properties)
  );
}
