import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { GuardInput } from "../guard.ts";
import { placeGuard } from "./place.ts";

describe("the provider's own guards", () => {
  const fleet = (component: string, steps: number) =>
    ["t1", "t2", "t3"].map((target) => ({ place: { component, target }, planned: { steps: Array(steps).fill({}) } }));

  it("are told a component's size, asked for once, and not at all where nothing is to be done", async () => {
    const asked: string[] = [];
    const told: [string, number][] = [];
    const guards = async (place: { component: string }, _: unknown, { releaseBytes }: { releaseBytes: number }) => {
      told.push([place.component, releaseBytes]);
      return [];
    };
    const places = [...fleet("web", 2), ...fleet("jobs", 0)];
    const surveyed = places.map(({ place }) => ({ place, provider: { guards }, survey: { state: "read", facts: {} } }));
    const sourceBytes = async (component: string) => {
      asked.push(component);
      return 7;
    };
    await placeGuard({ surveyed, places, sourceBytes, wanted: () => ({}) } as unknown as GuardInput);
    assert.deepEqual(asked, ["web"]);
    const web = ["web", 7];
    const jobs = ["jobs", 0];
    assert.deepEqual(told.sort(), [jobs, jobs, jobs, web, web, web]);
  });
});
