/** How one path of a component differs from what was proven. */
export interface ChangedPath {
  path: string;
  /** `mode`: only whether it can be executed; `link`: where a symbolic link leads, or that it is one; `submodule`: its commit. */
  kind: "added" | "deleted" | "modified" | "mode" | "link" | "submodule";
  /** The path of the content, where the component has a link to something outside of it. */
  from?: string;
}

/** Whether a component differs from what was last proven at a place, and in what: `changes[]` of a plan's document. */
export interface SourceChange {
  component: string;
  target: string;
  /** `never`: nothing was ever proven there. */
  state: "changed" | "same" | "never";
  /** What was last proven there, and when (ISO 8601). */
  since: { commit: string; at: string } | null;
  /** Sorted, the first of them; null: that commit cannot be read in this clone, so only digests were compared. */
  paths: readonly ChangedPath[] | null;
  /** How many paths differ, those that are not listed included. */
  total: number;
  /** Whether the manifest's `source`, `exclude` or build settings are others than then; null: it cannot be told. */
  settings: boolean | null;
  /** All of that in one sentence. */
  reason: string;
}
