import type { AgentNote } from "../../model/agent.ts";

/** A machine that exists in memory only. A test sets its fields to break what is to be noticed. */
export interface FakeMachine {
  power: "on" | "off" | "hangs" | "refuses";
  /** The release that lies on the machine. */
  laid: { commit: string; digest: string } | null;
  /** What the unit runs: it follows `laid` at a restart, unless it is stuck. */
  running: { commit: string; digest: string } | null;
  /** A stuck unit keeps running what it runs, whatever is laid. */
  stuck: boolean;
  /** What the unit answers when it is asked for its revision; undefined: the truth. */
  says: string | null | undefined;
  busy: string | null;
  token: number;
  /** Journal of steps that must run once, by step and digest. */
  once: Record<string, "begun" | "done" | "failed">;
  /** What a catch-up left there; null: none did, and the machine has no agent. */
  note: AgentNote | null;
  /** Every step that had an effect, in order. */
  log: string[];
}

export interface FakeMachines {
  /** The machine of this name; made on first use. */
  at(name: string): FakeMachine;
}

export function fakeMachines(): FakeMachines {
  const machines = new Map<string, FakeMachine>();
  return {
    at(name) {
      const known = machines.get(name);
      if (known) return known;
      const machine: FakeMachine = {
        power: "on",
        laid: null,
        running: null,
        stuck: false,
        says: undefined,
        busy: null,
        token: 0,
        once: {},
        note: null,
        log: [],
      };
      machines.set(name, machine);
      return machine;
    },
  };
}
