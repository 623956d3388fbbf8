import type { Ledger } from "../ledger/ledger.ts";
import type { LoadedManifest } from "../manifest/load.ts";
import type { ResolvedEnvironment } from "../manifest/resolve.ts";
import type { State } from "../model/state.ts";
import { sourceBytes } from "../revision/bytes.ts";
import type { SourceFile } from "../revision/entry.ts";
import type { ComponentPaths, ResolvedRevision } from "../revision/resolve.ts";

/** What a rollout is about, before anything outside this repository was looked at. */
export interface Scene {
  loaded: LoadedManifest;
  /** The manifest's directory: paths of components are relative to it. */
  directory: string;
  environment: ResolvedEnvironment;
  /** What each component's digest is made of: its paths, and how it is built. */
  paths: Readonly<Record<string, ComponentPaths>>;
  resolved: ResolvedRevision;
  /** The state of the environment that comes before this one (`requires.provenIn`), read once; null: none does, or nothing is known of it. */
  before: () => Promise<State | null>;
  ledger: Ledger;
}

/** The files of a component at the revision. */
export function filesOf(scene: Scene, component: string): readonly SourceFile[] {
  return scene.resolved.sources[component]?.files ?? [];
}

/** Bytes of a component's files. */
export async function bytesOf(scene: Scene, component: string): Promise<number> {
  const source = scene.resolved.sources[component];
  return source === undefined ? 0 : await sourceBytes(source);
}
