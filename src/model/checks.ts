import { z } from "zod";
import { command, duration, headerName, headerValue, name, seconds, webAddress } from "./text.ts";

/** A path into a JSON answer: `.commit`, `.items.0.id`; `.` is all of it. */
export const answerPath = () =>
  z.string().regex(/^(\.|(\.[A-Za-z0-9_-]+)+)$/, {
    error: "must be a path into the answer such as .commit or .items.0.id; . is all of it",
  });

const within = (usual: string) =>
  duration()
    .refine((value) => !/^\d+[smh]$/.test(value) || (seconds(value) >= 1 && seconds(value) <= 3600), {
      error: "must be between 1s and 1h",
    })
    .default(usual)
    .describe("How long it is tried again until it holds, each try included.");

const asked = {
  url: webAddress().describe(
    "The address; `localhost` is the target, all others are asked from the machine that deploys.",
  ),
  status: z
    .int()
    .min(100)
    .max(599)
    .default(200)
    .describe("The status that it must answer with. A redirect is not followed."),
};

const RequestCheck = z.strictObject({
  name: name().describe("How reports name it."),
  ...asked,
  method: z.enum(["GET", "HEAD"]).default("GET").describe("A check only reads."),
  headers: z.record(headerName(), headerValue()).default({}).describe("Headers to send. They are never shown."),
  body: z.string().min(1).optional().describe("A text that the answer must contain."),
  json: z
    .record(answerPath(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .default({})
    .describe("Values that the answer's JSON must have, by their path, such as `.items.0.id`."),
  revision: answerPath().optional().describe("Where the answer must name the revision; `.` is the whole answer."),
  within: within("20s"),
});
export type RequestCheck = z.infer<typeof RequestCheck>;

const CommandCheck = z.strictObject({
  name: name().describe("How reports name it."),
  run: command().describe(
    "The command, for `sh -eu` on the target, in the release that was proven there. Exit status 0 is the only good one. It must only read: it runs again whenever the revision is proven.",
  ),
  within: within("2m"),
});
export type CommandCheck = z.infer<typeof CommandCheck>;

const distinct = (checks: readonly { name: string }[]) =>
  new Set(checks.map((check) => check.name)).size === checks.length;
const twice = { error: "has the same name twice" };

/** What must hold of a component once its revision is proven to run, in this order. */
export const Checks = z
  .strictObject({
    health: z
      .strictObject({ ...asked, within: within("30s") })
      .optional()
      .describe("Asked first: when it does not hold, nothing else is asked. It says nothing of the revision."),
    requests: z.array(RequestCheck).refine(distinct, twice).default([]).describe("Then these, all of them."),
    commands: z
      .array(CommandCheck)
      .refine(distinct, twice)
      .default([])
      .describe("Then these, when every request held."),
  })
  .describe(
    "What must hold once the revision is proven to run. A check can only refute: it takes the place of no claim in `prove`.",
  );
export type Checks = z.infer<typeof Checks>;
