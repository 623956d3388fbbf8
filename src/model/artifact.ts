import { z } from "zod";

/** A file of an artifact. `mode` is git's: 100644, 100755 or 120000 (a symbolic link, whose `sha256` is that of its target's text). */
export const ArtifactFile = z.object({
  path: z.string(),
  mode: z.enum(["100644", "100755", "120000"]),
  sha256: z.string(),
  bytes: z.number().int(),
});
export type ArtifactFile = z.infer<typeof ArtifactFile>;

/** An immutable build of a component at a revision, named by its digest. */
export const Artifact = z.object({
  component: z.string(),
  source: z.string().describe("the source digest that it was built from"),
  commit: z.string(),
  digest: z.string().describe("sha256:… of the tar"),
  bytes: z.number().int(),
  files: z.array(ArtifactFile),
});
export type Artifact = z.infer<typeof Artifact>;

/** An artifact on this machine's disk. */
export interface StoredArtifact extends Artifact {
  /** Absolute path of the tar. */
  path: string;
}
