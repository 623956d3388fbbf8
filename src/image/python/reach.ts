import type { Block } from "./block.ts";
import type { RunsAtLoad } from "./runs-at-load.ts";

/** When an import runs, and what becomes of it when it fails. */
export interface Reach {
  when: "load" | "request" | "never";
  /** The `try` whose handler takes an ImportError; null when nothing does. */
  guard: Block | null;
  /** The `try` in whose handler it stands: it only runs when that one failed. */
  fallbackOf: Block | null;
  /** Whether it stands under a condition that can't be decided. */
  conditional: boolean;
}

/** What conditions are decided by. */
export interface ReachWorld {
  /** Whether the module is what is started. */
  isMain: boolean;
  /** Major and minor of the interpreter; null when they are not known. */
  version: readonly [number, number] | null;
  runsAtLoad: (header: Block) => RunsAtLoad;
  /** Whether a handler raises again. */
  raises: (handler: Block) => boolean;
}

/** Judges by the blocks around it whether a statement runs. */
export function reachOf(block: Block | null, world: ReachWorld): Reach {
  const reach: Reach = { when: "load", guard: null, fallbackOf: null, conditional: false };
  for (let at = block; at !== null; at = at.parent) {
    if (at.kind === "def") {
      const runs = world.runsAtLoad(at);
      if (runs === "guarded") reach.guard ??= at;
      if (runs === "no") {
        reach.when = "request";
        // What a request meets under a condition, some request will meet.
        reach.conditional = false;
      }
    } else if (isGuard(at, world.raises)) reach.guard ??= at;
    else if (at.kind === "except") reach.fallbackOf ??= at.opener;
    else if (at.kind === "case") reach.conditional = true;
    else if (at.kind === "if" || at.kind === "elif" || (at.kind === "else" && at.opener?.kind === "if")) {
      const runs = decided(at, world);
      if (runs === false) return { ...reach, when: "never" };
      if (runs === null) reach.conditional = true;
    }
  }
  return reach;
}

/** Whether a place is one that only type checkers read. */
export function isForTypes(block: Block | null): boolean {
  for (let at = block; at !== null; at = at.parent)
    if (at.kind === "if" && /\bTYPE_CHECKING\b/.test(at.header)) return true;
  return false;
}

/** The nearest block around a place, within its function, that handles an ImportError; null when there is none. */
export function guardOf(block: Block | null, raises: ReachWorld["raises"]): Block | null {
  for (let at = block; at !== null && at.kind !== "def"; at = at.parent) if (isGuard(at, raises)) return at;
  return null;
}

/** A `try` with a handler that takes an ImportError and does not raise again, or a `with suppress(…)`. */
function isGuard(block: Block, raises: ReachWorld["raises"]): boolean {
  if (block.kind === "with") return /\bsuppress\(/.test(block.header) && catching.test(block.header);
  return block.kind === "try" && block.followers.some((handler) => takesImportErrors(handler) && !raises(handler));
}

const catching = /\b(?:ImportError|ModuleNotFoundError|Exception|BaseException)\b/;

/** `except ERRORS:` names a tuple of errors, which may hold ImportError: it is taken for one that does. */
const namedTuple = /^except\s+(?:[A-Z][A-Z0-9_]*|_[A-Z0-9_]+)$/;

function takesImportErrors({ kind, header }: Block): boolean {
  return kind === "except" && (/^except[\s*]*$/.test(header) || catching.test(header) || namedTuple.test(header));
}

/** Whether a branch is taken; null when that can't be told. */
function decided(branch: Block, world: ReachWorld): boolean | null {
  const first = branch.opener ?? branch;
  let earlier: boolean | null = false;
  for (const each of [first, ...first.followers]) {
    const holds = each.kind === "else" ? true : condition(each.header.replace(/^(?:if|elif)\b/, ""), world);
    if (each === branch) {
      if (earlier === true || holds === false) return false;
      return earlier === null ? null : holds;
    }
    if (holds === true) earlier = true;
    else if (holds === null && earlier === false) earlier = null;
  }
  return null;
}

function condition(written: string, world: ReachWorld): boolean | null {
  // Nobody writes a longer one that could be decided.
  if (written.length > 500) return null;
  const text = written
    .trim()
    .replace(/^\((.*)\)$/s, "$1")
    .trim();
  const either = text.split(/\bor\b/);
  if (either.length > 1) return anyOf(either, true, world);
  const both = text.split(/\band\b/);
  if (both.length > 1) return anyOf(both, false, world);
  const negated = /^not\s+(.*)$/s.exec(text)?.[1];
  if (negated !== undefined) {
    const holds = condition(negated, world);
    return holds === null ? null : !holds;
  }
  if (/^(?:(?:typing|t)\.)?TYPE_CHECKING$|^(?:False|0|None)$/.test(text)) return false;
  if (/^(?:True|1)$/.test(text)) return true;
  if (/^__name__\s*==\s*["']__main__["']$|^["']__main__["']\s*==\s*__name__$/.test(text)) return world.isMain;
  if (/^__name__\s*!=\s*["']__main__["']$/.test(text)) return !world.isMain;
  const [, system, equals, value = ""] =
    /^(sys\.platform|os\.name|platform\.system\(\))\s*(==|!=)\s*["'](\w+)["']$/.exec(text) ?? [];
  if (system !== undefined) {
    const same = value === { "sys.platform": "linux", "os.name": "posix", "platform.system()": "Linux" }[system];
    return (equals === "==") === same;
  }
  const [, platform] = /^sys\.platform\.startswith\(\s*["'](\w+)["']\s*\)$/.exec(text) ?? [];
  if (platform !== undefined) return "linux".startsWith(platform);
  return versionHolds(text, world.version);
}

/** What `or` makes of its parts, or `and`, where one of them is `wanted`. A part of a bracket is none that can be decided. */
function anyOf(parts: readonly string[], wanted: boolean, world: ReachWorld): boolean | null {
  const all = parts.map((part) => condition(part, world));
  if (all.includes(wanted)) return wanted;
  return all.includes(null) ? null : !wanted;
}

function versionHolds(text: string, version: ReachWorld["version"]): boolean | null {
  const [, operator, major = "", minor = "0"] =
    /^sys\.version_info(?:\[:2\]|\[0\]|\.major)?\s*(>=|<=|>|<|==)\s*\(?\s*(\d+)\s*(?:,\s*(\d+)\s*)?(?:,\s*\d+\s*)?,?\s*\)?$/.exec(
      text,
    ) ?? [];
  if (operator === undefined) return null;
  // No image has an older one any more.
  if (Number(major) < 3) return operator.startsWith(">");
  if (version === null) return null;
  const order = version[0] - Number(major) || version[1] - Number(minor);
  if (operator === "==") return order === 0;
  // The running one has a third number too: it is above the two that are named.
  return operator.startsWith(">") ? order >= 0 : order < 0;
}
