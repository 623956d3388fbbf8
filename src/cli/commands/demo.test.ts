import assert from "node:assert/strict";
import { it } from "node:test";
import type { World } from "../../actions/world.ts";
import { understand } from "../parse.ts";
import type { Session } from "../verb.ts";
import { run } from "./demo.ts";

it("a demo that is stopped between its parts is cancelled, and no mistake of ours", async () => {
  const { invocation } = await understand(["demo"]);
  const signal = AbortSignal.abort();
  const world: Partial<World> = { env: {}, signal, force: signal, emit: () => {}, now: () => new Date() };
  const session: Partial<Session> = { env: {}, now: () => new Date(), world: async () => world as World };
  const { ending, text } = await run(invocation, session as Session);
  assert.equal(ending, "cancelled");
  assert.equal(
    text((_style, plain) => plain),
    "The demo was stopped before its end.",
  );
});
