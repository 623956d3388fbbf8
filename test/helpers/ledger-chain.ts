import assert from "node:assert/strict";
import { git } from "../../src/io/git.ts";
import { emptyState, type FoldScope, fold, openScope } from "../../src/ledger/fold.ts";
import type { RolloutEvent } from "../../src/model/rollout.ts";

/** Checks that state.json is what all events give, in the order in which the chain took them up. Reads with plain git only. */
export async function stateIsFoldOfChain(repository: string, environment: string): Promise<void> {
  const ref = `refs/landfall/ledger/${environment}`;
  const added = await git(repository, [
    "log",
    "--reverse",
    "--format=",
    "--name-only",
    "--diff-filter=A",
    "--root",
    "-m",
    ref,
  ]);
  const segments = added.split("\n").filter((path) => path.endsWith(".ndjson"));
  const text = await git(repository, ["cat-file", "--batch=%(objectname)"], {
    input: segments.map((path) => `${ref}:${path}\n`).join(""),
  });
  const stored = JSON.parse(await git(repository, ["cat-file", "blob", `${ref}:state.json`]));
  const scopes = new Map<string, FoldScope>();
  const blobs = text.split(/^[0-9a-f]{40}\n/m).slice(1);
  assert.equal(blobs.length, segments.length);
  let state = emptyState(stored.ledger, stored.application, environment);
  for (const [index, path] of segments.entries()) {
    const rollout = path.split("/").at(-2) ?? "";
    const scope = scopes.get(rollout) ?? openScope(rollout);
    scopes.set(rollout, scope);
    const events: RolloutEvent[] = (blobs[index] ?? "")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    state = events.reduce((folded, event) => fold(folded, event, scope), state);
  }
  assert.deepEqual(stored, JSON.parse(JSON.stringify(state)));
}

/** The names of all refs of a repository, by name. */
export async function refs(repository: string): Promise<string[]> {
  return (await git(repository, ["for-each-ref", "--format=%(refname)"])).split("\n").filter(Boolean);
}
