import { z } from "zod";

/** What may be told of. `deferred` goes beside an outcome: targets were left to catch up. */
export const Occasion = z.enum(["failed", "unproven", "blocked", "cancelled", "deferred", "proven"]);
export type Occasion = z.infer<typeof Occasion>;

export const Channel = z.enum(["slack", "webhook", "email"]);
export type Channel = z.infer<typeof Channel>;

/** One receiver of notifications, with everything resolved. Addresses and headers in it are secrets. */
export type Notice = { on: Occasion[] } & (
  | { channel: "slack"; webhook: string }
  | { channel: "webhook"; url: string; headers: Record<string, string> }
  | { channel: "email"; to: string[]; from: string; smtp: string }
);
