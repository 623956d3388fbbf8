import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Finding } from "../../model/finding.ts";
import type { Debt } from "../../model/outcome.ts";
import type { State } from "../../model/state.ts";
import type { GuardInput } from "../guard.ts";
import { provenInGuard } from "./proven-in.ts";

const wanted = "sha256:wanted";
const other = "sha256:other";
const at = "2026-11-20T10:00:00Z";

type Part = Partial<State>;
const places = [
  { component: "web", target: "s1" },
  { component: "web", target: "s2" },
];

function look(state: State | null): Finding[] {
  const gate = { spared: false, before: { environment: "sandbox", state, places }, approval: null };
  const revision = { commit: "3f9c2e1".padEnd(40, "0"), components: { web: wanted } };
  const found = provenInGuard({ revision, gate } as unknown as GuardInput);
  assert.ok(Array.isArray(found));
  return found;
}

const levels = (found: Finding[]) => found.map(({ code, level }) => `${code} ${level}`);
const blocked = ["not-proven-there block"];

function state(...parts: Part[]): State {
  const empty = {
    ledger: "L",
    application: "app",
    environment: "sandbox",
    token: 1,
    verdicts: {},
    pairs: {},
    once: {},
  };
  return Object.assign({ schemaVersion: 1 as const, ...empty, proven: {}, revisions: [], debts: [] }, ...parts);
}

/** Target → the source that was proven there last. */
function seen(targets: Record<string, string>): Part {
  const proven = (digest: string) => ({ commit: "81aa0d3", intended: "", digest, repository: "", rollout: "", at });
  return {
    proven: { web: Object.fromEntries(Object.entries(targets).map(([name, digest]) => [name, proven(digest)])) },
  };
}

function whole(...digests: (string | { withdrawn: string })[]): Part {
  const revisions = digests.map((one) =>
    typeof one === "string"
      ? { commit: one, components: { web: one }, rollout: "", at }
      : { commit: one.withdrawn, components: { web: one.withdrawn }, rollout: "", at, withdrawn: true },
  );
  return { revisions };
}

function intended(digest: string, verdicts: Record<string, "proven" | "refuted" | "unknown">): Part {
  const verdict = (word: "proven" | "refuted" | "unknown") => ({
    verdict: word,
    at,
    reason: "as read",
    rollout: "",
    commit: "",
  });
  return {
    intended: { commit: "", components: { web: digest }, rollout: "", at, intent: "deploy", proven: true },
    verdicts: { web: Object.fromEntries(Object.entries(verdicts).map(([name, word]) => [name, verdict(word)])) },
  };
}

function owed(target: string, digest: string): Part {
  const debt: Debt = { component: "web", target, commit: "3f9c2e1000", digest, since: at, reason: "it is off" };
  return { debts: [debt] };
}

describe("what must be proven in another environment", () => {
  it("is refused when nothing was ever deployed there, or only another source", () => {
    assert.deepEqual(levels(look(null)), blocked);
    assert.match(look(null)[0]?.message ?? "", /nothing was ever deployed there/);
    assert.deepEqual(levels(look(state())), blocked);
    const found = look(state(seen({ s1: other, s2: other }), whole(other)));
    assert.deepEqual(levels(found), blocked);
    assert.match(found[0]?.message ?? "", /s1 proved 81aa0d3, whose source differs; s2/);
  });

  it("is refused when one of its targets there lacks the proof, which is named", () => {
    const found = look(state(seen({ s1: wanted, s2: other })));
    assert.deepEqual(levels(found), blocked);
    assert.match(found[0]?.message ?? "", /: s2 proved 81aa0d3/);
  });

  it("passes when all its targets there have it, and when the whole was proven and the environment moved on", () => {
    assert.deepEqual(look(state(seen({ s1: wanted, s2: wanted }))), []);
    assert.deepEqual(
      look(state(seen({ s1: other, s2: other }), whole(other, wanted), intended(other, { s1: "refuted" }))),
      [],
    );
  });

  it("passes with a warning that names a target there which was off and still owes it", () => {
    const found = look(state(seen({ s1: wanted, s2: other }), whole(wanted, other), owed("s2", wanted)));
    assert.deepEqual(levels(found), ["proven-there-in-part warning"]);
    assert.match(found[0]?.message ?? "", /s2 of sandbox still owes .* since .*it is off/);
  });

  it("is refused when every target there was off", () => {
    const owes = { debts: [...(owed("s1", wanted).debts ?? []), ...(owed("s2", wanted).debts ?? [])] };
    const found = look(state(seen({ s1: other, s2: other }), whole(other), owes));
    assert.deepEqual(levels(found), blocked);
    assert.match(found[0]?.message ?? "", /s1 is deferred and owes 3f9c2e1 .*s2 is deferred/);
  });

  it("is refused when it was rolled back from there, and passes when it came back after that", () => {
    const found = look(state(seen({ s1: other, s2: other }), whole(other, { withdrawn: wanted })));
    assert.match(found[0]?.message ?? "", /rolled back from/);
    assert.deepEqual(look(state(seen({ s1: other, s2: other }), whole(wanted, { withdrawn: wanted }))), []);
  });

  for (const word of ["refuted", "unknown"] as const)
    it(`is refused when it should run there now and its newest reading is ${word}`, () => {
      const found = look(
        state(seen({ s1: wanted, s2: wanted }), whole(wanted), intended(wanted, { s1: word, s2: "proven" })),
      );
      assert.deepEqual(levels(found), blocked);
      assert.match(found[0]?.message ?? "", new RegExp(`s1 is ${word} since .*as read`));
    });
});
