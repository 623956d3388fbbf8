import { z } from "zod";
import { Finding } from "./finding.ts";

/** A file of an artifact. `mode` is git's: 100644, 100755 or 120000 (a symbolic link, whose `sha256` is that of its target's text). */
export const ArtifactFile = z.object({
  path: z.string(),
  mode: z.enum(["100644", "100755", "120000"]),
  sha256: z.string(),
  bytes: z.number().int(),
});
export type ArtifactFile = z.infer<typeof ArtifactFile>;

/** What a file that a processor or a language's runtime loads was made for, as its own bytes and its name tell. */
export const NativeFile = z.object({
  path: z.string(),
  system: z.enum(["linux", "macos", "windows"]),
  machines: z
    .array(z.string())
    .describe("as Lambda names them (x86_64, arm64), or else as the format does; several in a universal binary"),
  libc: z.string().optional().describe("the newest glibc version that it asks for, such as 2.28"),
});
export type NativeFile = z.infer<typeof NativeFile>;

/** A Python package that was installed from a wheel: the tags of its dist-info's WHEEL file, such as cp310-cp310-manylinux_2_17_x86_64. */
export const Wheel = z.object({ path: z.string(), tags: z.array(z.string()) });
export type Wheel = z.infer<typeof Wheel>;

/** An immutable build of a component at a revision, named by its digest. */
export const Artifact = z.object({
  component: z.string(),
  source: z.string().describe("the source digest that it was built from"),
  commit: z.string(),
  digest: z.string().describe("sha256:… of the tar or zip"),
  bytes: z.number().int(),
  files: z.array(ArtifactFile),
  natives: z.array(NativeFile).optional().describe("of a package: what in it hangs on a platform"),
  wheels: z.array(Wheel).optional(),
  findings: z.array(Finding).optional().describe("of a package: what its build showed, told again whenever it is used"),
});
export type Artifact = z.infer<typeof Artifact>;

/** An artifact on this machine's disk. */
export interface StoredArtifact extends Artifact {
  /** Absolute path of the tar or zip. */
  path: string;
}

/** An artifact that is to be put somewhere. Without a path its bytes are not here: what the ledger says of it is all that is known. */
export interface HeldArtifact extends Artifact {
  path?: string | undefined;
}

/** Where the bytes lie. To be asked only where the plan said that they are needed. */
export function fileOf({ path, component }: HeldArtifact): string {
  if (path === undefined) throw new Error(`the bytes of the artifact of ${component} are not here`);
  return path;
}
