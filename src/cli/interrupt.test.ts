import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Stage } from "../model/rollout.ts";
import { painter } from "../report/paint.ts";
import { openInterrupt } from "./interrupt.ts";
import { openProgress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** A terminal that keeps what is written and lets a test press Ctrl-C. */
function testTerminal() {
  const written: string[] = [];
  const exits: number[] = [];
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const terminal: Terminal = {
    env: {},
    cwd: "/",
    out: async (text) => void written.push(text),
    err: async (text) => void written.push(text),
    unwritten: () => null,
    colour: () => false,
    ask: async () => null,
    interactive: () => false,
    stderr: () => process.stderr,
    exit: (code) => {
      exits.push(code);
      throw new Error("left");
    },
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const press = () => {
    for (const listener of listeners) listener("SIGINT");
  };
  return { terminal, written, exits, press };
}

describe("Ctrl-C", () => {
  it("first lets what is under way end, then waits for the record only, then leaves with 130", () => {
    const { terminal, exits, press } = testTerminal();
    const told: string[] = [];
    const { signal, force } = openInterrupt(
      terminal,
      (text) => told.push(text),
      () => "execute",
    );
    press();
    assert.deepEqual([signal.aborted, force.aborted, exits], [true, false, []]);
    press();
    assert.deepEqual([signal.aborted, force.aborted, exits], [true, true, []]);
    assert.throws(press, /left/);
    assert.deepEqual(exits, [130]);
    assert.equal(told.length, 2);
  });

  it("promises that a step goes on only where one is under way", () => {
    const says = (stage: Stage | null) => {
      const { terminal, press } = testTerminal();
      const told: string[] = [];
      openInterrupt(
        terminal,
        (text) => told.push(text),
        () => stage,
      );
      press();
      press();
      return told.join("\n");
    };
    assert.match(says("execute"), /step under way will be finished[\s\S]*goes on on the target/);
    assert.match(says("prove"), /^stopping: the proof is cut off/);
    for (const stage of ["survey", "build", "prove", null] as const)
      assert.doesNotMatch(says(stage), /step/, `${stage}`);
  });

  it("is nobody's business once the work is done", () => {
    const { terminal, press } = testTerminal();
    const { signal, close } = openInterrupt(
      terminal,
      () => {},
      () => null,
    );
    close();
    press();
    assert.equal(signal.aborted, false);
  });
});

describe("progress", () => {
  it("shows events that came before the view was open, in order, and made harmless", async () => {
    const { terminal, written } = testTerminal();
    const progress = openProgress(terminal, painter(false));
    const place = { component: "app", target: "m1", at: "2026-11-20T10:00:00.000Z" };
    progress.show({ event: "step-started", ...place, name: "build" });
    progress.show({ event: "step-output", ...place, name: "build", line: "\u001b[2Jdone" });
    await progress.stop();
    assert.match(written[0] ?? "", /app on m1 build …\n$/);
    assert.match(written[1] ?? "", /app on m1 build │ done\n$/);
  });

  it("loads and writes nothing for a verb without events", async () => {
    const { terminal, written } = testTerminal();
    await openProgress(terminal, painter(false)).stop();
    assert.deepEqual(written, []);
  });
});
