import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { understand } from "./parse.ts";
import { openSession } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** Asks a question of somebody who answers so; null: nobody is there. */
async function asked(answer: string | null, ...options: string[]) {
  const { invocation } = await understand(["approve", "uat", "--reason", "r", ...options]);
  const shown: string[] = [];
  const questions: string[] = [];
  const terminal: Terminal = {
    env: {},
    cwd: "/",
    out: async () => assert.fail("a question is no answer"),
    err: async (text) => void shown.push(text),
    unwritten: () => null,
    colour: () => false,
    ask: async (question) => {
      questions.push(question);
      return answer;
    },
    interactive: () => false,
    stderr: () => process.stderr,
    exit: () => assert.fail("left"),
    onInterrupt: () => () => {},
  };
  const { signal } = new AbortController();
  const progress = { emit: () => {}, stop: async () => void shown.push("progress stopped") };
  const session = openSession(invocation, terminal, { signal, force: signal }, progress);
  const yes = await session.confirm(() => "the plan", "Approve?");
  return { yes, shown, questions };
}

describe("a question", () => {
  for (const [answer, yes] of [
    ["y", true],
    ["Yes ", true],
    ["n", false],
    ["", false],
    ["yellow", false],
    [null, false],
  ] as const)
    it(`that is answered with ${JSON.stringify(answer)} is ${yes ? "" : "not "}a yes`, async () => {
      assert.equal((await asked(answer)).yes, yes);
    });

  it("comes after what it is about, which --yes shows too and asks nobody", async () => {
    const { shown, questions } = await asked("n");
    assert.deepEqual([shown, questions], [["progress stopped", "the plan\n"], ["Approve? [y/N] "]]);
    const without = await asked("n", "--yes");
    assert.deepEqual([without.yes, without.shown.at(-1), without.questions], [true, "the plan\n", []]);
  });
});
