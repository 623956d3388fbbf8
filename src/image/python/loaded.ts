import type { ImageEffect } from "../image-tree.ts";
import type { Entry } from "../language.ts";
import type { ModuleFacts } from "./facts.ts";

/** A module that was loaded. */
export interface Loaded {
  /** Dotted. */
  name: string;
  /** What its relative imports start from: itself, or the package that it is in; empty when it is in none. */
  inPackage: string;
  /** Null for a namespace package, and for what is not ours. */
  file: string | null;
  /** Where its submodules are looked for; null for what is no package. */
  path: readonly string[] | null;
  /** Null for what can't be looked into. */
  facts: ModuleFacts | null;
  /** `foreign`: the standard library's, or an installed package's. */
  kind: "ours" | "namespace" | "binary" | "foreign";
  /** How grave the cause was that it was followed for. */
  weight: number;
  /** Names that imports in blocks have bound. */
  bound: Set<string>;
  /** Whether loading it fails for sure. */
  fails: boolean;
}

/** What makes a module be loaded. */
export interface Cause {
  effect: ImageEffect;
  /** Under a condition that can't be decided: it may not be loaded at all. */
  conditional: boolean;
  /** From what is started, up to and with the one that imports. */
  chain: readonly string[];
  /** The importing file in the image; null for what the entry itself names. */
  file: string | null;
  line: number;
}

/** Why a module can't be loaded. */
export interface Missing {
  /** The first part that is missing, dotted. */
  name: string;
  why: "absent" | "not-a-package" | "hidden" | "beyond-top";
  /** The package in which it was looked for; null for the top level. */
  parent: Loaded | null;
}

/** What an entry itself is the cause of. */
export function startOf({ label, runs }: Entry): Cause {
  const effect = runs === "handled" ? "degraded" : "boot";
  return { effect, conditional: runs === "perhaps", chain: [label], file: null, line: 1 };
}

/** The same cause, for what runs when requests come. */
export function atRequest(cause: Cause): Cause {
  return cause.effect === "boot" ? { ...cause, effect: "request" } : cause;
}
