import { posix } from "node:path";
import { readBlobs } from "../io/git-blobs.ts";
import type { Entry } from "./entry.ts";
import type { Listing } from "./listing.ts";

/** All paths of a commit, with what its links say. */
export interface Tree {
  listing: Listing;
  /** The text of each symbolic link, by its blob. */
  links: ReadonlyMap<string, string>;
}

/** Where a link leads within its repository, and which folders and further links the way goes through. */
export type Way = { folders: string[]; links: string[] } & (
  | { ends: "file"; entry: Entry }
  | { ends: "folder"; path: string }
  /** At or in a submodule; `inside` is the rest of the way. */
  | { ends: "submodule"; entry: Entry; inside: string }
  /** Nothing is at `path`. */
  | { ends: "nowhere"; path: string }
  | { ends: "loop" }
  /** An absolute path, or one above the repository. */
  | { ends: "outside" }
);

/** Reads the texts of all links of a listing. Throws when git does not have one of them. */
export async function readTree(repository: string, listing: Listing): Promise<Tree> {
  const blobs = [...new Set(listing.special("120000").map((number) => listing.entry(number).blob))];
  const links = new Map<string, string>();
  let next = 0;
  for await (const content of readBlobs(repository, blobs)) links.set(blobs[next++] ?? "", content.toString("utf8"));
  return { listing, links };
}

/** As many links as Linux follows for one path. */
const mostHops = 40;

/** Follows a link as a file system would, part by part: `..` leaves the folder that a link led to, not the one it stands in. */
export function follow({ listing, links }: Tree, link: Entry): Way {
  const seen = { folders: [] as string[], links: [] as string[] };
  let at = parts(posix.dirname(link.path));
  let text = links.get(link.blob) ?? "";
  let pending: string[] = [];
  for (let hops = 1; ; hops += 1) {
    if (hops > mostHops) return { ...seen, ends: "loop" };
    if (text.startsWith("/")) return { ...seen, ends: "outside" };
    pending = [...parts(text), ...pending];
    const way = walk(listing, at, pending);
    seen.folders.push(...way.folders);
    if (way.ends !== "link") return { ...way, ...seen };
    seen.links.push(way.entry.path);
    at = way.at;
    pending = way.pending;
    text = links.get(way.entry.blob) ?? "";
  }
}

type Stretch = { folders: string[] } & (
  | { ends: "file"; entry: Entry }
  | { ends: "folder" | "nowhere"; path: string }
  | { ends: "submodule"; entry: Entry; inside: string }
  | { ends: "outside" }
  | { ends: "link"; entry: Entry; at: string[]; pending: string[] }
);

/** Goes on until the way ends or another link begins. */
function walk(listing: Listing, from: readonly string[], pending: readonly string[]): Stretch {
  const at = [...from];
  const folders: string[] = [];
  for (const [index, part] of pending.entries()) {
    if (part === "..") {
      if (at.pop() === undefined) return { folders, ends: "outside" };
      folders.push(at.join("/"));
      continue;
    }
    const path = [...at, part].join("/");
    const found = listing.at(path);
    const rest = pending.slice(index + 1);
    if (found === null) return { folders, ends: "nowhere", path };
    if (found === "folder") {
      at.push(part);
      folders.push(path);
    } else if (found.mode === "160000") return { folders, ends: "submodule", entry: found, inside: rest.join("/") };
    else if (found.mode === "120000") return { folders, ends: "link", entry: found, at, pending: rest };
    else if (rest.length > 0) return { folders, ends: "nowhere", path: [path, ...rest].join("/") };
    else return { folders, ends: "file", entry: found };
  }
  return { folders, ends: "folder", path: at.join("/") };
}

function parts(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
