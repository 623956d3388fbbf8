import { basename } from "node:path";
import { GitError, git } from "../io/git.ts";
import { findRemote } from "../ledger/shared.ts";
import type { Signers } from "../ledger/signature.ts";
import { readYaml } from "../manifest/document.ts";
import { approversSchema } from "../manifest/requires.ts";
import { validate } from "../manifest/validate.ts";
import { section } from "../manifest/written.ts";
import { UserError } from "../model/errors.ts";
import type { Scene } from "./scene.ts";
import type { World } from "./world.ts";

/** Whose signatures count; or why that could not be read. */
export type KnownSigners = Signers | { problem: string };

/**
 * Reads `approvers` from the manifest on the environment's branch as its remote has it now: the working tree is the
 * deployer's own, and a key that he adds there approves nothing. A repository without `origin` has its branches alone.
 */
export async function knownSigners(scene: Scene, world: World): Promise<KnownSigners> {
  const branch = scene.environment.branches.find((name) => !/[*?[\]{}]/.test(name));
  if (branch === undefined)
    return { problem: "`branch` of the environment names only patterns, so no branch is the protected one" };
  try {
    const commit = await tipOf(branch, scene, world);
    if (commit === null) return { problem: `there is no branch ${branch} at the remote` };
    const path = `${commit}:./${basename(scene.loaded.file)}`;
    return fromText(await git(scene.directory, ["cat-file", "blob", path]), branch);
  } catch (error) {
    if (!(error instanceof GitError || error instanceof UserError)) throw error;
    return { problem: `the manifest on ${branch} could not be read: ${error.message.trim()}` };
  }
}

/** The newest commit of the branch, with its objects here; no ref is moved for it. */
async function tipOf(branch: string, { directory }: Scene, { signal }: World): Promise<string | null> {
  const ref = `refs/heads/${branch}`;
  const remote = await findRemote(directory, undefined, {});
  if (remote === null) {
    const own = await git(directory, ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`], { allowStatus: [1] });
    return own.trim() || null;
  }
  const commit = (await remote.list([ref], { signal })).get(ref) ?? null;
  if (commit === null) return null;
  const found = await git(directory, ["cat-file", "--batch-check"], { input: `${commit}^{tree}\n` });
  if (!found.includes(" missing")) return commit;
  const shallow = (await git(directory, ["rev-parse", "--is-shallow-repository"])).trim() === "true";
  await remote.fetch([commit], { signal, depth: shallow ? 1 : undefined });
  return commit;
}

/** Only this list is read: what else a newer or older manifest holds does not matter to it. */
function fromText(text: string, branch: string): KnownSigners {
  const { value, mistakes } = readYaml(text);
  const written = validate(approversSchema, section(value).approvers);
  const read = approversSchema.safeParse(written.value);
  if (mistakes.length > 0 || !read.success)
    return { problem: `\`approvers\` in the manifest on ${branch} cannot be read` };
  return { approvers: read.data, branch };
}
