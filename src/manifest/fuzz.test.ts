import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { findingsOf, soundManifest } from "../../test/helpers/manifest.ts";
import { providers } from "../providers/index.ts";
import { readYaml } from "./document.ts";
import { loadManifest } from "./load.ts";
import { resolveEnvironment } from "./resolve.ts";

let directory = "";
before(() => {
  directory = mkdtempSync(join(tmpdir(), "landfall-fuzz-"));
  mkdirSync(join(directory, ".git"));
});
after(() => rmSync(directory, { recursive: true, force: true }));

/** Loads and resolves; whatever is wrong must be findings, each with a place in the file. */
async function survives(text: string, value = "v"): Promise<void> {
  writeFileSync(join(directory, "landfall.yaml"), text);
  const env = { A: value, HOSTILE: value };
  const findings = await findingsOf(async () => {
    const loaded = await loadManifest({ directory, providers });
    for (const environment of Object.keys(loaded.manifest.environments))
      resolveEnvironment(loaded, { environment, env, commit: null, providers });
  });
  for (const finding of findings) {
    assert.ok((finding.line ?? 0) >= 1 && (finding.column ?? 0) >= 1, JSON.stringify(finding));
    assert.ok(finding.message !== "" && finding.message.length < 2000, JSON.stringify(finding));
  }
}

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "\0",
    "\n",
    "-x",
    "../../etc/passwd",
    "$(id)",
    "`id`",
    "'",
    '"',
    "${env.A}",
    "${",
    "${vars.a}",
    "${target.name}",
    "__proto__",
    "constructor",
    "x-y",
    "\u2028",
    "*a",
    "&a",
    "!!js",
    "---",
  ),
);

const anyValue = fc.oneof(
  hostile,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(hostile, { maxLength: 3 }),
  fc.dictionary(hostile, hostile, { maxKeys: 3 }),
  fc.object({ maxDepth: 3 }),
);

test("any text is a manifest or findings with places, never a crash", async () => {
  const pieces = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        "application: a\n",
        "components:\n",
        "  app:\n",
        "    type: machine\n",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "&a ",
        "*a ",
        "? ",
        "|\n",
        "\t",
        "<<: ",
        "%YAML 1.1\n",
      ),
    ),
    { maxLength: 15 },
  );
  await fc.assert(
    fc.asyncProperty(pieces, async (parts) => await survives(parts.join(""))),
    { numRuns: 300 },
  );
});

test("a sound manifest with bytes cut out, doubled or replaced is a manifest or findings with places", async () => {
  const cut = fc.tuple(fc.nat(soundManifest.length), fc.nat(30), fc.oneof(fc.constant(""), hostile));
  const mutate = (text: string, [at, length, put]: [number, number, string]) =>
    text.slice(0, at) + put + text.slice(at + length);
  await fc.assert(
    fc.asyncProperty(
      fc.array(cut, { minLength: 1, maxLength: 3 }),
      async (cuts) => await survives(cuts.reduce(mutate, soundManifest)),
    ),
    { numRuns: 300 },
  );
});

test("any value anywhere in a sound manifest is accepted or found, never a crash", async () => {
  const paths = everyPath(readYaml(soundManifest).value);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), anyValue, hostile, async (path, value, variable) => {
      await survives(stringify(withValue(readYaml(soundManifest).value, path, value)), variable);
    }),
    { numRuns: 400 },
  );
});

type Sections = Record<string, unknown>;

function everyPath(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => everyPath(inner, [...path, key]))];
}

function withValue(value: unknown, [first, ...rest]: readonly string[], put: unknown): unknown {
  if (first === undefined) return put;
  const copy: Sections = { ...(value as Sections) };
  copy[first] = withValue(copy[first], rest, put);
  return copy;
}
