import type { z } from "zod";
import type { Code } from "../model/codes.ts";
import type { Level } from "../model/finding.ts";
import { hint, nearest } from "../util/nearest.ts";
import type { Path } from "./document.ts";
import { isPlanned, plannedTypes } from "./planned.ts";

type Issue = z.core.$ZodIssue;

/** One thing that is wrong with the manifest, and which part of it to point at. */
export interface Mistake {
  code: Code;
  /** `block` when it is absent. */
  level?: Level;
  message: string;
  path: Path;
  part: "key" | "value";
}

/** What the messages are made from. */
export interface Checked {
  /** What was checked. */
  value: unknown;
  /** Its place in the manifest, when it is a part of it. */
  at: Path;
  /** The keys that the section at a path has. */
  keysAt: (path: Path) => readonly string[];
  /** Whether the schema finds nothing wrong at a path in what was checked, if this text stood there. */
  accepts: (path: Path, text: string) => boolean;
}

/**
 * Turns a schema's issues into mistakes in plain words. Values are not repeated in them: they may have come from a secret.
 */
export function mistakesOf(issues: readonly Issue[], checked: Checked): Mistake[] {
  return issues.flatMap((issue) => mistakesOfIssue(issue, checked));
}

function mistakesOfIssue(issue: Issue, checked: Checked): Mistake[] {
  const inner = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
  const path = [...checked.at, ...inner];
  const value = valueAt(checked.value, inner);
  const mistake = (code: Code, text: string, part: Mistake["part"] = "value"): Mistake[] => [
    { code, message: `${dotted(path)} ${text}`, path, part },
  ];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, path, checked));
    case "invalid_key":
      return mistake("bad-value", issue.issues[0]?.message ?? "is not a name that can be used", "key");
    case "invalid_union":
      return "discriminator" in issue && issue.discriminator !== undefined
        ? typeMistakes(path, value, "options" in issue ? issue.options : [], checked)
        : value === undefined
          ? [missingKey(path)]
          : (nearestBranch(issue.errors, issue.path, checked) ??
            mistake("wrong-type", wrongType(kindsOf(issue.errors), value)));
    case "invalid_type":
      if (value === undefined) return [missingKey(path)];
      return mistake(
        "wrong-type",
        `${wrongType(expectedWords[issue.expected] ?? issue.expected, value)}${textHint(value, inner, checked)}`,
      );
    case "invalid_value":
      if (value === undefined) return [missingKey(path)];
      return mistake("bad-value", `must be ${issue.values.map((allowed) => `\`${String(allowed)}\``).join(" or ")}`);
    case "too_small":
      return mistake(
        "bad-value",
        issue.minimum === 1 && issue.origin !== "number" ? "must not be empty" : `must be at least ${issue.minimum}`,
      );
    case "too_big":
      return mistake("bad-value", `must be at most ${issue.maximum}`);
    default:
      return mistake("bad-value", issue.message);
  }
}

function unknownKey(key: string, section: Path, { keysAt }: Checked): Mistake {
  const path = [...section, key];
  const where = section.length === 0 ? "the manifest" : `\`${dotted(section)}\``;
  if (isPlanned(section, key))
    return {
      code: "not-in-this-version",
      message: `\`${shown(key)}\` in ${where} is planned and not in this version`,
      path,
      part: "key",
    };
  const message = `\`${shown(key)}\` is not a key of ${where}${hint(key, keysAt(section))}`;
  return { code: "unknown-key", message, path, part: "key" };
}

function typeMistakes(
  path: Path,
  value: unknown,
  options: readonly unknown[] | undefined,
  { value: whole, at }: Checked,
): Mistake[] {
  if (value !== undefined) return [typeMistake(path, value, options)];
  const section = path.slice(0, -1);
  const typo = misspeltKey("type", valueAt(whole, section.slice(at.length)));
  if (typo === null) return [missingKey(path)];
  const message = `\`${shown(typo)}\` is not a key of \`${dotted(section)}\`; did you mean \`type\`?`;
  return [missingKey(path), { code: "unknown-key", message, path: [...section, typo], part: "key" }];
}

/** The key of a section that was probably meant to be this one, which it lacks. */
export function misspeltKey(key: string, section: unknown): string | null {
  const written = typeof section === "object" && section !== null ? Object.keys(section) : [];
  return written.find((other) => !other.startsWith("x-") && nearest(other, [key]) !== null) ?? null;
}

function typeMistake(path: Path, value: unknown, options: readonly unknown[] | undefined): Mistake {
  if (typeof value !== "string")
    return { code: "wrong-type", message: `${dotted(path)} ${wrongType("text", value)}`, path, part: "value" };
  const known = (options ?? []).map(String);
  return plannedTypes.includes(value)
    ? {
        code: "not-in-this-version",
        message: `the component type \`${value}\` is planned and not in this version; known: ${known.join(", ")}`,
        path,
        part: "value",
      }
    : {
        code: "unknown-type",
        message: `there is no component type \`${shown(value)}\`${hint(value, known)}`,
        path,
        part: "value",
      };
}

function missingKey(path: Path): Mistake {
  const section = path.slice(0, -1);
  const where = section.length === 0 ? "the manifest" : `\`${dotted(section)}\``;
  return { code: "missing-key", message: `${where} lacks \`${String(path.at(-1))}\``, path, part: "key" };
}

/** Of the branches of a choice, the one whose own kind of value was given says best what is wrong with it. */
function nearestBranch(
  branches: readonly (readonly Issue[])[],
  path: readonly PropertyKey[],
  checked: Checked,
): Mistake[] | null {
  const wrongKind = (issues: readonly Issue[]) =>
    issues.some((issue) => issue.path.length === 0 && issue.code === "invalid_type");
  const [best] = branches.filter((issues) => !wrongKind(issues)).sort((a, b) => a.length - b.length);
  if (!best) return null;
  return mistakesOf(
    best.map((issue) => ({ ...issue, path: [...path, ...issue.path] })),
    checked,
  );
}

const expectedWords: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a section with keys",
  record: "a section with keys",
  array: "a list",
};

/** What a choice takes, when the kind of value alone is wrong. */
function kindsOf(branches: readonly (readonly Issue[])[]): string {
  const kinds = branches.flatMap(([issue]) =>
    issue?.code === "invalid_type" ? [expectedWords[issue.expected] ?? issue.expected] : [],
  );
  return [...new Set(kinds)].join(" or ");
}

function wrongType(expected: string, value: unknown): string {
  const is = value === null ? "is empty" : `is ${kindOf(value)}`;
  return expected === "" ? `${is}, which it cannot be` : `must be ${expected}, and ${is}${truthHint(expected, value)}`;
}

/** How to write a text that YAML takes for a number or a truth value; nothing where that is not all that is wrong. */
function textHint(value: unknown, path: Path, { accepts }: Checked): string {
  if (typeof value !== "number" && typeof value !== "boolean") return "";
  if (accepts(path, String(value))) return "; write it in quotes";
  const unit = ["s", "m"].find((each) => accepts(path, `10${each}`));
  return unit === undefined ? "" : `; a duration has a unit, such as \`10${unit}\``;
}

const truthWords: Readonly<Record<string, string>> = {
  yes: "true",
  on: "true",
  true: "true",
  no: "false",
  off: "false",
  false: "false",
};

/** What other languages, and older YAML, take for a truth value. */
function truthHint(expected: string, value: unknown): string {
  const meant = typeof value === "string" ? truthWords[value.toLowerCase()] : undefined;
  return meant !== undefined && expected.includes("true or false") ? `; write \`${meant}\`` : "";
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a section with keys";
  return typeof value === "string" ? "text" : typeof value === "number" ? "a number" : String(typeof value);
}

export function valueAt(value: unknown, path: Path): unknown {
  let here: unknown = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

/** A path as people write it: `components.app.steps`. */
export function dotted(path: Path): string {
  return path.length === 0 ? "the manifest" : path.map((step) => shown(String(step))).join(".");
}

/** A word of the file as a message can show it: short, and without control characters. */
export function shown(word: string): string {
  const plain = JSON.stringify(word).slice(1, -1);
  return plain.length > 60 ? `${plain.slice(0, 60)}…` : plain;
}
