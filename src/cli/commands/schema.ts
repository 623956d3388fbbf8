import type { Run } from "../verb.ts";

export const run: Run = async () => {
  // Generated from the zod definition, and compared with it by a test: nothing is worked out here.
  const { default: schema } = await import("../../../schema.json", { with: { type: "json" } });
  return { ending: "ok", body: { schema }, text: () => JSON.stringify(schema, null, 2) };
};
