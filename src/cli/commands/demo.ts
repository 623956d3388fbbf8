import type { Run } from "../verb.ts";
export const run: Run = async () => {
  throw new Error("x");
};
