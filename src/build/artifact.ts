import type { StoredArtifact } from "../model/artifact.ts";
import type { BuildRequest } from "./contents.ts";
import { fromStore } from "./store.ts";
import { writeTar } from "./tar.ts";

/**
 * Gives the artifact of a component: from the store, or made from git's own blobs. The same source digest gives the same
 * bytes, whatever the clone's settings: no export-ignore, no line-end conversion, no smudging.
 * Throws a UserError for what must not be shipped (an LFS pointer, a link that leaves the tree).
 */
export async function buildArtifact(directory: string, request: BuildRequest): Promise<StoredArtifact> {
  const { component, source, commit } = request;
  return await fromStore(directory, {
    key: source.replace(/^sha256:/, ""),
    extension: "tar",
    commit,
    make: async (path) => ({ component, source, commit, ...(await writeTar(directory, path, request)) }),
  });
}
