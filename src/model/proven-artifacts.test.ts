import assert from "node:assert/strict";
import { test } from "node:test";
import { provenArtifacts } from "./proven-artifacts.ts";
import type { State } from "./state.ts";

test("only the artifact that was proven for this very source is taken over from another environment", () => {
  const one = { digest: "sha256:a", bytes: 1, at: "" };
  const artifacts = { web: { "sha256:1": one, "sha256:2": { ...one, digest: "sha256:b" } } };
  const state = { artifacts } as unknown as State;
  assert.deepEqual(provenArtifacts(state, { web: "sha256:1", worker: "sha256:1" }), { web: one });
  assert.deepEqual(provenArtifacts(state, { web: "sha256:3" }), {});
  assert.deepEqual(provenArtifacts({ ...state, artifacts: undefined } as unknown as State, { web: "sha256:1" }), {});
});
