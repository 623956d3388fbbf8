import assert from "node:assert/strict";
import { it } from "node:test";
import type { Place } from "../../model/place.ts";
import type { Context, Wanted } from "../provider.ts";
import { template } from "./index.ts";
import type { TemplateSpec, TemplateTarget } from "./spec.ts";

const place: Place<TemplateSpec, TemplateTarget> = {
  application: "app",
  environment: "test",
  component: "web",
  target: "t1",
  spec: { name: "web" },
  at: { host: "localhost" },
  values: {},
  fromOutside: [],
};

// Replaced by a contract.test.ts, as in ../fake, once the provider can do what the contract asks for.
it("as long as it is not built, nothing is read and nothing proven", async () => {
  const context = { signal: new AbortController().signal, mask: (text: string) => text } as Context;
  assert.equal((await template.survey(place, context)).state, "unknown");
  const artifact = { component: "web", source: "", commit: "", digest: "", bytes: 0, files: [], path: "" };
  const wanted = { commit: "1".repeat(40) } as Wanted;
  const evidence = await template.prove(place, wanted, artifact, false, context);
  assert.deepEqual(
    evidence.map(({ verdict }) => verdict),
    ["unknown"],
  );
});
