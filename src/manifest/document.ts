import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
} from "yaml";
import { joinTwins, keyOf } from "./twins.ts";

/** A way into the manifest: `["components", "app", "steps"]`. */
export type Path = readonly (string | number)[];

/** A place in the file. Both count from 1. */
export interface Position {
  line: number;
  column: number;
}

/** A mistake in the YAML itself. */
export interface YamlMistake extends Position {
  message: string;
  fix?: string;
}

export interface YamlFile {
  /** The content as plain data, which keys that are there twice do not prevent; undefined when other mistakes do. */
  value: unknown;
  mistakes: YamlMistake[];
  /** Where a value stands, or its key; for something that is not there, the nearest section around it. */
  locate(path: Path, part?: "key" | "value"): Position;
}

const mostMistakes = 20;

/**
 * Reads YAML 1.2 with the place of everything in it. Never throws: whatever is wrong is a mistake with a place.
 * Refused besides what is not YAML: a second document, keys twice, keys that are not text or that would lose their place
 * in the order, aliases that blow up, tags that nothing reads, and NUL.
 */
export function readYaml(text: string): YamlFile {
  const counter = new LineCounter();
  const positionAt = (offset: number | undefined): Position => {
    const { line, col } = counter.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const mistakes: YamlMistake[] = [];
  const add = (offset: number | undefined, message: string) => {
    if (mistakes.length < mostMistakes) mistakes.push({ message, ...positionAt(offset) });
  };
  // The parser's own search for keys that stand twice takes quadratic time; `checkPairs` does it in one pass.
  const document = parseDocument(text, {
    version: "1.2",
    lineCounter: counter,
    prettyErrors: false,
    uniqueKeys: false,
  });
  // After the first place that the parser could not read, most of what it says is a consequence.
  const [error] = [...document.errors, ...document.warnings];
  if (error) {
    const { at, ...mistake } = syntaxMistake(error, text, document);
    mistakes.push({ ...mistake, ...positionAt(at) });
  }
  if (document.directives?.yaml.version !== "1.2") add(0, "only YAML 1.2 is read; take the %YAML line out");
  const nul = text.indexOf("\0");
  if (nul >= 0) add(nul, "holds a NUL character");
  let value: unknown;
  const twins: Twin[] = [];
  if (mistakes.length === 0) {
    checkNode(document.contents, { add, twins, anchors: new Set() });
  }
  if (mistakes.length === 0) {
    try {
      if (twins.length > 0) joinTwins(document.contents);
      value = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      // What joining took away may have had the anchor of an alias: then the twins are all that can be told.
      if (twins.length === 0) add(0, firstLine(error instanceof Error ? error.message : String(error)));
    }
  }
  for (const { key, offset, first } of twins) {
    const { line, column } = positionAt(first);
    add(offset, `the key ${JSON.stringify(key.slice(0, 80))} is there twice: first at ${line}:${column}`);
  }
  return { value, mistakes, locate: (path, part = "value") => positionAt(offsetOf(document, path, part)) };
}

function syntaxMistake(error: YAMLError, text: string, document: Document) {
  const [at] = error.pos;
  if (error.code === "MULTIPLE_DOCS")
    return { at, message: "a second document begins here, and a manifest is one document only" };
  // The parser notices at the end of the file, or at the next quote.
  const open = /^Missing closing .quote/.test(error.message) ? openingQuote(document, at) : undefined;
  if (open !== undefined) return { at: open, message: "the quote that opens here is never closed" };
  return { at, ...otherSyntaxMistake(error.message, text, at) };
}

/** Where the last quoted text before a place begins. Without recursion: nothing has limited the depth yet. */
function openingQuote(document: Document, before: number): number | undefined {
  let last: number | undefined;
  const open: unknown[] = [document.contents];
  while (open.length > 0) {
    const node = open.pop();
    if (isPair(node)) open.push(node.key, node.value);
    if (isCollection(node)) for (const item of node.items) open.push(item);
    const offset = isScalar(node) && node.type?.startsWith("QUOTE_") ? offsetOfNode(node) : undefined;
    if (offset !== undefined && offset < before) last = Math.max(offset, last ?? 0);
  }
  return last;
}

function otherSyntaxMistake(said: string, text: string, offset: number): { message: string; fix?: string } {
  const message = firstLine(said);
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset + 1);
  // The mistake that everyone makes once: `{ run: restart ${target.unit} }`.
  if (!/[{[,][^"']*\$\{/.test(line)) return { message };
  return {
    message,
    fix: "put the text in quotes: inside { } or [ ], YAML takes the { of ${…} for a section of its own",
  };
}

const firstLine = (text: string) => text.split("\n")[0] ?? text;

/** Deeper than any manifest; what recurses over the content relies on it. */
const mostDepth = 40;

interface Twin {
  key: string;
  offset: number | undefined;
  /** Where it stood first. */
  first: number | undefined;
}

interface Check {
  add: (offset: number | undefined, message: string) => void;
  /** Keys that were there already. */
  twins: Twin[];
  /** Anchors whose content has ended: an alias inside its own anchor would make a content without end. */
  anchors: Set<string>;
}

function checkNode(node: unknown, check: Check, depth = 0): void {
  const offset = offsetOfNode(node as Node | null);
  if (depth > mostDepth) {
    check.add(offset, `is nested more than ${mostDepth} levels deep`);
    return;
  }
  if (isAlias(node) && !check.anchors.has(node.source)) check.add(offset, "this alias has no anchor before it");
  if (isScalar(node) && typeof node.value === "string" && node.value.includes("\0"))
    check.add(offset, "holds a NUL character");
  if (isSeq(node)) for (const item of node.items) checkNode(item, check, depth + 1);
  if (isMap(node)) checkPairs(node.items, check, depth);
  if ((isScalar(node) || isCollection(node)) && node.anchor) check.anchors.add(node.anchor);
}

function checkPairs(pairs: readonly Pair[], check: Check, depth: number): void {
  const seen = new Map<string, number | undefined>();
  for (const pair of pairs) {
    const key = keyOf(pair);
    const offset = offsetOfNode(pair.key as Node | null);
    const wrong = key === null ? "a key must be plain text" : whatIsWrongWith(key);
    if (wrong !== null) check.add(offset, wrong);
    if (key !== null && seen.has(key)) check.twins.push({ key, offset, first: seen.get(key) });
    else if (key !== null) seen.set(key, offset);
    checkNode(pair.value, check, depth + 1);
  }
}

function whatIsWrongWith(key: string): string | null {
  // JavaScript would move such keys to the front, and steps and targets run in the order of the file.
  if (/^(0|[1-9]\d*)$/.test(key)) return `the key ${key.slice(0, 20)} must not be a number`;
  if (key.includes("${")) return "a ${…} cannot stand in a key";
  return key === "__proto__" ? "the key __proto__ is not allowed" : null;
}

function offsetOfNode(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}

/** Follows a path as far as it goes. */
function offsetOf(document: Document, path: Path, part: "key" | "value"): number | undefined {
  let node: unknown = document.contents;
  let offset = offsetOfNode(document.contents);
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((candidate) => keyOf(candidate) === String(step));
      if (!pair) return offset;
      const keyOffset = offsetOfNode(pair.key as Node);
      const last = depth === path.length - 1;
      // A missing key is reported at the key of the section that lacks it; so is an empty value.
      offset = (last && part === "value" ? offsetOfValue(pair) : keyOffset) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = offsetOfNode(node as Node | undefined) ?? offset;
    } else return offset;
  }
  return offset;
}

function offsetOfValue(pair: Pair): number | undefined {
  const empty = isScalar(pair.value) && pair.value.value === null;
  return empty ? offsetOfNode(pair.key as Node) : (offsetOfNode(pair.value as Node) ?? offsetOfNode(pair.key as Node));
}
