import type { ImageEffect, ImageFinding } from "./image-finding.ts";

/** What `landfall check image` answers. Paths are relative to the directory that it was asked in. */
export interface ImageAnswer {
  images: CheckedImage[];
}

/** One way of building one Dockerfile, checked. */
export interface CheckedImage {
  dockerfile: string;
  context: string;
  /** Where the context was found written down; null: it was given, or guessed from what the Dockerfile copies. */
  contextFrom: string | null;
  /** The stage; null: the last one. */
  target: string | null;
  /** What is started, as written. */
  entries: string[];
  /** How many modules of the repository what is started needs. */
  modules: number;
  verdict: ImageVerdict;
  findings: ImageFinding[];
  /** With --explain. */
  explained?: ImageExplanation;
}

/** `fatal`: it does not build, boot, or answer all requests. `undetermined`: what it starts, or whether it holds that, could not be told. */
export type ImageVerdict = "complete" | "fatal" | "undetermined";

/** Why a module is needed, and where it would have to be. */
export interface ImageExplanation {
  module: string;
  /** Null when nothing that is started imports it. */
  effect: ImageEffect | null;
  /** From what is started to the module, each with its place. */
  chain: string[];
  /** Where it lies in the image; null when it does not. */
  file: string | null;
  /** Paths in the image where Python would find it, in the order of its search. */
  wouldBe: string[];
  /** Files of the repository that are this module. */
  sources: string[];
}
