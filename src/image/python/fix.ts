import { posix } from "node:path";
import type { Simulated } from "../image-tree.ts";

/** A module that is not found, the repository's files that are it, and the folders of the image where it is looked for. */
export interface Lacking {
  name: string;
  sources: readonly string[];
  folders: readonly string[];
}

/** What would bring a module: the COPY line, the ignore line that stands against it, or the folder to look in. */
export function howToBring({ name, sources, folders }: Lacking, image: Simulated): { fix?: string } {
  const [source] = sources;
  const [folder] = folders;
  if (source === undefined || folder === undefined) return {};
  if (source.startsWith("../"))
    return { fix: `${source} lies outside of the build context: build with a context that holds it` };
  const ignored = image.keptOutBy(source);
  if (ignored !== null) return { fix: `${ignored} keeps ${source} out: take it back with \`!${source}\`` };
  const last = name.split(".").at(-1) ?? name;
  const wanted = posix.join(folder, source.endsWith(".py") ? `${last}.py` : last);
  const there = placeOf(source, image);
  if (there !== null && !name.includes("."))
    return {
      fix: `it is at ${there}, where Python does not look: put ${posix.dirname(there)} on PYTHONPATH, or copy it to ${wanted}`,
    };
  const inside = posix.relative(image.workdir, wanted);
  const destination = inside === "" || inside.startsWith("..") ? wanted : inside;
  return { fix: `COPY ${quoted(source)} ${quoted(destination)}` };
}

/** Where a path of the context lies in the image; null when it was not copied, or out of sight. */
function placeOf(source: string, { copies, tree }: Simulated): string | null {
  for (const { sources, destination, from } of copies) {
    if (from !== null) continue;
    for (const copied of sources) {
      const base = posix.join("/", copied).slice(1).replace(/\/$/, "");
      const rest =
        base === ""
          ? source
          : source === base
            ? ""
            : source.startsWith(`${base}/`)
              ? source.slice(base.length + 1)
              : null;
      if (rest === null) continue;
      const places =
        rest === "" ? [posix.join(destination, posix.basename(source)), destination] : [posix.join(destination, rest)];
      const found = places.find(
        (place) => tree.kind(place) !== null && (!source.endsWith(".py") || tree.kind(place) === "file"),
      );
      if (found !== undefined) return found;
    }
  }
  return null;
}

function quoted(path: string): string {
  return /\s/.test(path) ? JSON.stringify(path) : path;
}
