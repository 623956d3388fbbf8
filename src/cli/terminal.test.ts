import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { terminal } from "./terminal.ts";

/** A terminal whose streams end every write in this way. */
function terminalWith(env: Record<string, string>, write: (done: (error?: Error) => void) => void) {
  const stream = () =>
    Object.assign(new Writable({ write: (_chunk, _encoding, done) => write(done), autoDestroy: false }), {
      isTTY: true,
      columns: 80,
    });
  const process = { env, cwd: () => "/", stdout: stream(), stderr: stream() } as unknown as NodeJS.Process;
  return terminal(process, () => assert.fail("left"));
}

describe("a terminal", () => {
  it("that went away while progress is drawn on it ends nothing", async () => {
    const gone = terminalWith({}, (done) => done(new Error("write EIO")));
    gone.stderr().write("a line that is drawn");
    await setImmediate();
    await gone.err("and one that is written\n");
  });

  it("shows colours unless NO_COLOR or a FORCE_COLOR that says no is set", () => {
    const colour = (env: Record<string, string>) => terminalWith(env, (done) => done()).colour("out");
    assert.equal(colour({}), true);
    assert.equal(colour({ FORCE_COLOR: "1", TERM: "dumb" }), true);
    for (const env of [{ NO_COLOR: "1" }, { FORCE_COLOR: "0" }, { FORCE_COLOR: "false" }, { TERM: "dumb" }])
      assert.equal(colour(env), false, JSON.stringify(env));
  });
});
