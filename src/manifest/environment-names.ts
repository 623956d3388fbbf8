import { relative } from "node:path";
import { manifestText } from "./find.ts";
import { section } from "./written.ts";

/** The environments that a manifest names, and the file as findings name it. */
export interface NamedEnvironments {
  shownFile: string;
  names: string[];
}

/**
 * The names alone, for verbs that need nothing else of the manifest: whatever else is wrong with it does not matter to them.
 * Null when there is no manifest, or none that names environments.
 */
export async function namedEnvironments(directory: string, file?: string): Promise<NamedEnvironments | null> {
  const found = manifestText(directory, file);
  if (found === null) return null;
  const { readYaml } = await import("./document.ts");
  const names = Object.keys(section(section(readYaml(found.text).value).environments));
  return names.length === 0 ? null : { shownFile: relative(directory, found.file), names };
}
