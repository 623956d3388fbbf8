import { coveredBy } from "../util/covered-by.ts";
import { isGlob, isSource, plainPath, type SourcePaths } from "./cover.ts";

/**
 * Gives the components that a path belongs to. Folders that are written out are looked up, so that it costs as much as a path
 * has folders, however many components there are; only patterns are tried one after the other.
 *
 * @param reached gives the paths outside of a component that are part of it through links
 */
export function ownersOf(
  components: Readonly<Record<string, SourcePaths>>,
  reached: (component: string) => readonly string[] = () => [],
): (path: string) => string[] {
  // Made when it is first asked: in a clean working tree nobody asks.
  let index: Index | undefined;
  return (path) => {
    index ??= indexOf(components, reached);
    const { byFolder, byLink, patterned } = index;
    const above = withAbove(path);
    const own = above
      .flatMap((folder) => byFolder.get(folder) ?? [])
      .filter((component) => !components[component]?.exclude.some((pattern) => coveredBy(pattern, path)));
    const matched = patterned.filter(([component, paths]) => !own.includes(component) && isSource(path, paths));
    const linked = above.flatMap((folder) => byLink.get(folder) ?? []);
    return [...new Set([...own, ...matched.map(([component]) => component), ...linked])];
  };
}

interface Index {
  /** Components by the folders and files that they name. */
  byFolder: Map<string, string[]>;
  /** Components by what their links lead to. */
  byLink: Map<string, string[]>;
  /** Those with patterns, which have to be tried. */
  patterned: [component: string, paths: SourcePaths][];
}

function indexOf(
  components: Readonly<Record<string, SourcePaths>>,
  reached: (component: string) => readonly string[],
): Index {
  const index: Index = { byFolder: new Map(), byLink: new Map(), patterned: [] };
  const note = (map: Map<string, string[]>, path: string, component: string) => {
    const known = map.get(path);
    if (known) known.push(component);
    else map.set(path, [component]);
  };
  for (const [component, paths] of Object.entries(components)) {
    const sources = paths.source.map(plainPath);
    for (const source of sources) if (!isGlob(source)) note(index.byFolder, source, component);
    if (sources.some(isGlob)) index.patterned.push([component, paths]);
    for (const path of reached(component)) note(index.byLink, path === "." ? "" : path, component);
  }
  return index;
}

/** A path and all folders above it, the root's being the empty path. */
function withAbove(path: string): string[] {
  const paths = [path];
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) paths.push(path.slice(0, at));
  return [...paths, ""];
}
