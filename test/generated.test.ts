import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { generatedFiles, root } from "../scripts/generate.ts";
import { type JsonSchema, manifestJsonSchema } from "../src/manifest/json-schema.ts";
import { providers } from "../src/providers/index.ts";

for (const [path, text] of Object.entries(generatedFiles()))
  test(`${path} is what \`npm run generate\` writes`, async () => {
    assert.equal(await readFile(join(root, path), "utf8"), text);
  });

test("every section of the manifest is strict, so no key is accepted and then ignored", () => {
  for (const { path, schema } of everySchema(manifestJsonSchema(providers)))
    if (schema.type === "object")
      assert.notEqual(schema.additionalProperties ?? true, true, `${path} takes keys that nothing reads`);
});

test("every key of the manifest says what it means", () => {
  for (const { path, schema } of everySchema(manifestJsonSchema(providers)))
    for (const [key, value] of Object.entries(schema.properties ?? {}))
      assert.ok(value.description, `${path}.${key} has no description`);
});

function everySchema(schema: JsonSchema, path = "manifest"): { path: string; schema: JsonSchema }[] {
  const inner = [
    ...Object.entries(schema.properties ?? {}),
    ...[...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].map((branch, i) => [String(i), branch] as const),
    ...(schema.items ? [["items", schema.items] as const] : []),
    ...(typeof schema.additionalProperties === "object" ? [["NAME", schema.additionalProperties] as const] : []),
  ];
  return [{ path, schema }, ...inner.flatMap(([key, value]) => everySchema(value, `${path}.${key}`))];
}
