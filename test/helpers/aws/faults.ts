import type { CommonRefusal, Refusal } from "./refusals.ts";

/** One call that reached the front. */
export interface Call {
  service: string;
  action: string;
  /** Twelve digits; empty for a call that nobody signed. */
  account: string;
  region: string;
  arn: string;
  /** The HTTP status it was answered with; 0: it got no answer. */
  status: number;
}

/** What goes wrong with a call. */
export type Trouble =
  | CommonRefusal
  | Refusal
  /** The answer ends in the middle; what was asked is done. */
  | "cut answer"
  /** The connection ends before anything is done. */
  | "no connection"
  /** What was asked is done, and the connection ends without an answer. */
  | "lost answer"
  /** Only half of what is sent arrives, although the service is not told. */
  | "cut upload";

export interface Fault {
  service: string;
  /** Default: any. */
  action?: string;
  /** Default: any. */
  account?: string;
  /** Which of the matching calls from now on; 1 is the next. Default: 1. */
  on?: number;
  /** How many in a row. Default: 1. */
  times?: number;
  trouble: Trouble;
}

/** Which calls a count is of. */
export type CallFilter = Partial<Pick<Call, "service" | "action" | "account" | "region">>;

/** The calls that came, and the troubles that are to come. */
export interface Journal {
  readonly calls: readonly Call[];
  count(filter?: CallFilter): number;
  /** The calls that may have changed something. */
  writes(filter?: CallFilter): Call[];
  /** Forgets the calls so far. */
  forget(): void;
  inject(fault: Fault): void;
  /** Takes away the troubles that have not come yet. */
  mend(): void;
  /** Notes a call, and gives the trouble that it meets. */
  note(call: Call): Trouble | null;
}

export function createJournal(): Journal {
  const calls: Call[] = [];
  const faults: (Fault & { seen: number })[] = [];
  return {
    calls,
    count: (filter = {}) => calls.filter((call) => matches(call, filter)).length,
    writes: (filter = {}) => calls.filter((call) => matches(call, filter) && !reading.test(call.action)),
    forget: () => void calls.splice(0),
    inject: (fault) => void faults.push({ ...fault, seen: 0 }),
    mend: () => void faults.splice(0),
    note: (call) => {
      calls.push(call);
      let met: Trouble | null = null;
      for (const fault of faults) {
        const { service, action, account, on = 1, times = 1, trouble } = fault;
        if (!matches(call, { service, ...(action && { action }), ...(account && { account }) })) continue;
        fault.seen += 1;
        if (fault.seen >= on && fault.seen < on + times) met ??= trouble;
      }
      return met;
    },
  };
}

/** Calls that leave everything as it was. */
const reading = /^(Get|List|Describe|Head|Validate|AssumeRole|DetectStackDrift|Simulate)/;

function matches(call: Call, filter: CallFilter): boolean {
  return Object.entries(filter).every(([key, value]) => call[key as keyof CallFilter] === value);
}
