import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Judged } from "./judged.ts";
import { tellOfSettling, tellOfWait } from "./waiting.ts";

const claim = (name: string, verdict: Judged["verdict"], reason: string): Judged => ({
  claim: name,
  expected: "",
  readings: [],
  verdict,
  reason,
});
const old = { claims: [claim("release", "proven", "there"), claim("version", "refuted", "the old one answers")] };
const silent = { claims: [claim("version", "unknown", "nothing answers")] };

/** A look each second, one second apart, and what was told at which second. */
function toldOver(looks: Parameters<ReturnType<typeof tellOfWait>>[0][]): string[] {
  let second = 0;
  const told: string[] = [];
  const waiting = tellOfWait(
    (message) => void told.push(`${second}: ${message}`),
    30,
    () => 1000 * second,
  );
  for (const look of looks) {
    waiting(look);
    second += 1;
  }
  return told;
}

describe("a proof that waits", () => {
  it("tells after some seconds which claim does not hold, and not again while that stays so", () => {
    assert.deepEqual(toldOver(Array(60).fill(old)), ["3: version: the old one answers; waiting up to 30 s"]);
  });

  it("tells anew when the reason changes, but not all the time", () => {
    const looks = Array.from({ length: 14 }, (_, second) => (second % 2 === 0 ? old : silent));
    assert.deepEqual(
      toldOver(looks).map((line) => line.split(":")[0]),
      ["3", "8", "13"],
    );
  });

  it("tells why nothing can be read", () => {
    const lost = { ended: "lost", code: "connection-lost", message: "the connection is gone" } as const;
    assert.deepEqual(toldOver(Array(5).fill(lost)), ["3: not read: the connection is gone; waiting up to 30 s"]);
  });

  it("tells of a settling time that is no mere moment", () => {
    const told: string[] = [];
    for (const left of [0.4, 2.9, 9.2]) tellOfSettling((message) => void told.push(message), left);
    assert.deepEqual(told, ["all of it holds; looked at once more in 10 s"]);
  });

  it("says nothing of what holds within those seconds", () => {
    const held = { claims: [claim("version", "proven", "it answers")] };
    assert.deepEqual(toldOver([old, old, held, held, held]), []);
  });
});
