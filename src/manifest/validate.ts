import { z } from "zod";
import { nearest } from "../util/nearest.ts";
import type { Path } from "./document.ts";
import { type Mistake, misspeltKey, mistakesOf, valueAt } from "./issues.ts";
import type { JsonSchema } from "./json-schema.ts";
import { isLoneExpression, wantsNumber } from "./numbers.ts";

/** What a schema says of a value: what is wrong with it, and the value without its `x-` keys, its types spelt right. */
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
  const issues = withoutFreeKeys(schema, value);
  const mistakes = mistakesIn(schema, value, issues, at);
  const typed = withTypes(value, issues);
  if (typed === null) return { mistakes, value };
  const further = withoutFreeKeys(schema, typed.value).filter(({ path }) =>
    typed.sections.some((one) => begins(path, one)),
  );
  return { mistakes: [...mistakes, ...mistakesIn(schema, typed.value, further, at)], value: typed.value };
}

function mistakesIn(schema: z.ZodType, value: unknown, issues: readonly Issue[], at: Path): Mistake[] {
  const lasting = issues.filter((issue) => !waitsForVariable(value, issue));
  let probes = mostProbes;
  const accepts = (path: Path, text: string) => {
    if (probes === 0) return false;
    probes -= 1;
    const changed = structuredClone(value);
    const holder = valueAt(changed, path.slice(0, -1));
    if (typeof holder === "object" && holder !== null) Reflect.set(holder, path.at(-1) ?? "", text);
    return !issuesOf(schema, changed).some((issue) => begins(path, issue.path));
  };
  return mistakesOf(lasting, { value, at, keysAt: keysOf(schema, value, at), accepts });
}

/** Each reads the whole value again, which of a large one takes a tenth of a second. */
const mostProbes = 30;

/**
 * The value with the types that its misspelt ones were probably meant to be, so that what else is wrong with those sections
 * is not hidden; null when there are none.
 */
function withTypes(value: unknown, issues: readonly Issue[]): { value: unknown; sections: Path[] } | null {
  const changed = structuredClone(value);
  const sections: Path[] = [];
  for (const issue of issues) {
    if (issue.code !== "invalid_union" || issue.discriminator === undefined || !("options" in issue)) continue;
    const path = issue.path.slice(0, -1) as Path;
    const section = valueAt(changed, path);
    if (typeof section !== "object" || section === null) continue;
    const key = Object.hasOwn(section, "type") ? "type" : misspeltKey("type", section);
    const written: unknown = key === null ? null : Reflect.get(section, key);
    const meant = typeof written === "string" ? nearest(written, (issue.options ?? []).map(String)) : null;
    if (key === null || meant === null) continue;
    Reflect.deleteProperty(section, key);
    Reflect.set(section, "type", meant);
    sections.push(path);
  }
  return sections.length === 0 ? null : { value: changed, sections };
}

const begins = (path: readonly PropertyKey[], beginning: readonly PropertyKey[]) =>
  beginning.every((step, index) => path[index] === step);

type Issue = z.core.$ZodIssue;

function issuesOf(schema: z.ZodType, value: unknown): readonly Issue[] {
  return schema.safeParse(value).error?.issues ?? [];
}

/** The issues that are left when the `x-` keys were taken out. */
function withoutFreeKeys(schema: z.ZodType, value: unknown): readonly Issue[] {
  let issues = issuesOf(schema, value);
  // Taking keys out can uncover further issues, such as those of a refinement; each pass removes at least one key.
  while (removeFreeKeys(value, issues)) issues = issuesOf(schema, value);
  return issues;
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
