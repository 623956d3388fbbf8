import { lstatSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inRepository } from "../ledger/head.ts";
import { draftManifest } from "../manifest/draft.ts";
import { manifestName } from "../manifest/find.ts";
import { userError } from "../model/errors.ts";
import { lookAtRepository } from "./look.ts";

export interface InitRequest {
  /** Where to look: the manifest is written at the root of the repository that holds it. Absolute. */
  directory: string;
  /** Write over a manifest that is there. */
  force: boolean;
}

export interface InitAnswer {
  /** Absolute path of the manifest. */
  file: string;
  text: string;
  /** What was seen and what to do next. */
  notes: string[];
}

/** Looks at the repository and writes a commented manifest to start from. Throws `manifest-exists` rather than write over one. */
export async function init({ directory, force }: InitRequest): Promise<InitAnswer> {
  const sights = await inRepository(directory, lookAtRepository(directory));
  const file = join(sights.root, manifestName);
  // A link that leads to nothing is somebody's manifest, too.
  if (lstatSync(file, { throwIfNoEntry: false }) && !force)
    throw userError("blocked", "manifest-exists", `${file} exists and was left as it is`);
  const text = draftManifest(sights);
  await writeFile(file, text);
  return { file, text, notes: [...sights.notes, "set `host` to your machine, then run `landfall check`"] };
}
