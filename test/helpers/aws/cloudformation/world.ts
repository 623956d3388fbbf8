import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Access } from "../accounts.ts";
import type { Place } from "./resources/handler.ts";
import type { Caller, Stack } from "./state.ts";

/** What a resource is about to go through when a test makes it fail. */
export type Phase = "create" | "update" | "delete" | "rollback";

export interface Failure {
  logicalId: string;
  on: Phase;
  reason: string;
  /** Of which stack; default: of any. */
  stack?: string;
  /** How many times; default: once. */
  times?: number;
}

/** A stack that stays where it is. */
export interface Hold {
  /** Resolves when the stack has come to the state. */
  reached: Promise<void>;
  release(): void;
}

export interface WorldOptions {
  /** An administrator's key of an account; throws for one that is not there. */
  access(account: string, region: string): Access;
  /** Milliseconds between two states. Default: 50. */
  delay?: number;
  /** How many items a page has. Default: 100. */
  pageSize?: number;
  /**
   * Whether what a stack is made of may be done by its caller, or by the role that it is made with. Default: everything.
   * The service calls other services in their name, past every proxy in front of it.
   */
  permit?(principal: string, action: string, resource: string, region: string): boolean | Promise<boolean>;
}

/** All stacks of all accounts, and what happens to them. */
export interface World {
  readonly stacks: Map<string, Stack>;
  readonly pageSize: number;
  readonly permit: NonNullable<WorldOptions["permit"]>;
  /** Resolves when nothing goes on any more; rejects with this server's own mistakes. */
  settled(): Promise<void>;
  /** The same, with no stack held any longer. */
  end(): Promise<void>;
  /** Lets an operation go on behind the answer to its request. */
  start(stack: Stack, operation: () => Promise<void>): void;
  /** Gives the stack a state, tells of it, and waits as long as the state lasts. */
  enter(stack: Stack, status: string, reason?: string): Promise<void>;
  /** Waits as long as a step takes. */
  step(): Promise<void>;
  placeOf(stack: Stack, logicalId: string, caller: Caller, roleArn: string | undefined): Place;
  /** Why a step must fail, if a test wants it to. */
  failure(stack: Stack, logicalId: string, phase: Phase): string | undefined;
  fail(failure: Failure): void;
  hold(stack: string, status: string): Hold;
}

export function createWorld({ access, delay = 50, pageSize = 100, permit = () => true }: WorldOptions): World {
  const stacks = new Map<string, Stack>();
  const running = new Set<Promise<void>>();
  const mistakes: unknown[] = [];
  const failures: (Failure & { left: number })[] = [];
  const holds: { stack: string; status: string; arrive(): void; released: Promise<void> }[] = [];
  const releases: (() => void)[] = [];
  const settled = async () => {
    while (running.size > 0) await Promise.all(running);
    if (mistakes.length > 0) throw mistakes[0];
  };
  return {
    stacks,
    pageSize,
    permit,
    settled,
    end: async () => {
      for (const release of releases) release();
      await settled();
    },
    start: (_stack, operation) => {
      const run: Promise<void> = operation()
        .catch((error: unknown) => void mistakes.push(error))
        .finally(() => running.delete(run));
      running.add(run);
    },
    enter: async (stack, status, reason) => {
      stack.status = status;
      stack.reason = reason;
      tellStack(stack, status, reason);
      await sleep(delay);
      const held = holds.findIndex((hold) => hold.stack === stack.name && hold.status === status);
      if (held < 0) return;
      const [hold] = holds.splice(held, 1);
      hold?.arrive();
      await hold?.released;
    },
    step: async () => await sleep(delay),
    placeOf: (stack, logicalId, caller, roleArn) => ({
      access: access(stack.account, stack.region),
      account: stack.account,
      region: stack.region,
      stackName: stack.name,
      logicalId,
      need: async (action, resource) => {
        const principal = roleArn ?? caller.arn;
        if (await permit(principal, action, resource, stack.region)) return;
        throw new Error(
          `Resource handler returned message: "User: ${principal} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action (Status Code: 403)" (HandlerErrorCode: AccessDenied)`,
        );
      },
    }),
    failure: (stack, logicalId, phase) => {
      const found = failures.find(
        (one) =>
          one.left > 0 && one.logicalId === logicalId && one.on === phase && (one.stack ?? stack.name) === stack.name,
      );
      if (found === undefined) return undefined;
      found.left -= 1;
      return found.reason;
    },
    fail: (failure) => void failures.push({ ...failure, left: failure.times ?? 1 }),
    hold: (stack, status) => {
      const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      releases.push(released.resolve);
      holds.push({ stack, status, arrive: reached.resolve, released: released.promise });
      return { reached: reached.promise, release: () => released.resolve() };
    },
  };
}

/** Adds an event of the stack itself. */
export function tellStack(stack: Stack, status: string, reason: string | undefined): void {
  stack.events.push({
    id: randomUUID(),
    logicalId: stack.name,
    physicalId: stack.id,
    type: "AWS::CloudFormation::Stack",
    at: new Date(),
    status,
    reason,
    properties: undefined,
    token: stack.token,
  });
}
