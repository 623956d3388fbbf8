import { isGlob, isSource, plainPath, type SourcePaths } from "./cover.ts";

/**
 * Gives the components that a path belongs to. Folders that are written out are looked up, so that it costs as much as a path
 * has folders, however many components there are; only patterns are tried one after the other.
 *
 * @param reached paths outside of a component that are part of it through links, by component
 */
export function ownersOf(
  components: Readonly<Record<string, SourcePaths>>,
  reached: Readonly<Record<string, readonly string[]>> = {},
): (path: string) => string[] {
  const byFolder = new Map<string, Set<string>>();
  const byPattern = new Set<string>();
  const byLink = new Map<string, Set<string>>();
  const note = (map: Map<string, Set<string>>, path: string, component: string) =>
    map.set(path, (map.get(path) ?? new Set()).add(component));
  for (const [component, { source }] of Object.entries(components)) {
    for (const pattern of source.map(plainPath)) {
      if (isGlob(pattern)) byPattern.add(component);
      else note(byFolder, pattern, component);
    }
    for (const path of reached[component] ?? []) note(byLink, path === "." ? "" : path, component);
  }
  return (path) => {
    const folders = withAbove(path);
    const possible = new Set([...byPattern, ...folders.flatMap((folder) => [...(byFolder.get(folder) ?? [])])]);
    const own = [...possible].filter((component) =>
      isSource(path, components[component] ?? { source: [], exclude: [] }),
    );
    const linked = folders.flatMap((folder) => [...(byLink.get(folder) ?? [])]);
    return [...new Set([...own, ...linked])];
  };
}

/** A path and all folders above it, the root's being the empty path. */
function withAbove(path: string): string[] {
  const paths = [path];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) paths.push(path.slice(0, at));
  return [...paths, ""];
}
