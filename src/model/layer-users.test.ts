import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Asked } from "./asked.ts";
import { isUnused, type LayerUsers, usersText } from "./layer-users.ts";

const read = <T>(...value: T[]): Asked<T[]> => ({ state: "read", value });
const unknown: Asked<never> = { state: "unknown", code: "aws-denied", reason: "no" };
const users = (more: Partial<LayerUsers>): LayerUsers => ({
  layer: "arn:aws:lambda:us-east-2:111122223333:layer:web:3",
  functions: read(),
  outside: read(),
  ...more,
});

describe("a layer version", () => {
  it("is unused when no function has it and nobody else may have it", () => {
    assert.ok(isUnused(users({})));
    assert.equal(usersText(users({})), "nobody uses it");
  });

  const used: [claim: string, more: Partial<LayerUsers>, text: string][] = [
    ["whose users could not be read", { functions: unknown }, "users unknown"],
    ["of which it is unknown whom it is open to", { outside: unknown }, "open to others: unknown"],
    ["that is open to another account", { outside: read("444455556666") }, "open to 444455556666"],
    [
      "that only an old published version has",
      { functions: read({ function: "api", version: "4", aliases: read() }) },
      "api:4",
    ],
  ];
  for (const [claim, more, text] of used)
    it(`${claim} is not unused`, () => {
      assert.ok(!isUnused(users(more)));
      assert.equal(usersText(users(more)), text);
    });

  it("is told with its functions, their versions and the aliases that lead there", () => {
    const functions = read(
      { function: "api", version: "$LATEST", aliases: read<string>() },
      { function: "api", version: "4", aliases: read("live", "beta") },
      { function: "job", version: "2", aliases: unknown },
    );
    assert.equal(usersText(users({ functions })), "api, api:4 (live, beta), job:2 (aliases unknown)");
  });
});
