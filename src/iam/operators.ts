import { BlockList, isIP } from "node:net";
import { arnLike } from "./arn.ts";
import { relate } from "./glob.ts";
import type { RequestContext, Statement } from "./policy.ts";
import { isDoubt, type Truth, truthOf } from "./truth.ts";
import { fillIn } from "./variables.ts";

/** Compares one value of the request with one of the policy. */
type Compare = (given: string, wanted: string, at: Surroundings) => Truth;

export interface Surroundings {
  statement: Pick<Statement, "variables">;
  context: RequestContext;
}

/** One operator of the IAM reference ("Condition operators"), without its prefix and suffix. */
export interface Operator {
  compare: Compare;
  /** It holds where no value matches. */
  negated: boolean;
}

/** The operator of this name; undefined when there is none. `Null` is another kind of thing, and not among them. */
export function operatorOf(name: string): Operator | undefined {
  const plain = positive[name];
  if (plain) return { compare: plain, negated: false };
  const negated = negations[name];
  const compare = negated === undefined ? undefined : positive[negated];
  return compare && { compare, negated: true };
}

const same: Compare = (given, wanted, at) => text(given, wanted, at, { wildcards: false });

const positive: Readonly<Record<string, Compare>> = {
  StringEquals: same,
  StringEqualsIgnoreCase: (given, wanted, at) => same(given.toLowerCase(), wanted.toLowerCase(), at),
  StringLike: (given, wanted, at) => text(given, wanted, at, { wildcards: true }),
  ArnEquals: arn,
  ArnLike: arn,
  Bool: (given, wanted, at) => same(given.toLowerCase(), wanted.toLowerCase(), at),
  BinaryEquals: (given, wanted) => truthOf(given === wanted),
  IpAddress: address,
  ...ordered("Numeric", number),
  ...ordered("Date", moment),
};

const negations: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
  NotIpAddress: "IpAddress",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
};

function text(given: string, wanted: string, at: Surroundings, { wildcards }: { wildcards: boolean }): Truth {
  const pattern = fillIn(wanted, at.statement, at.context, wildcards);
  if (isDoubt(pattern)) return pattern;
  return truthOf(relate(pattern, Array.from(given)) === "all");
}

function arn(given: string, wanted: string, at: Surroundings): Truth {
  const pattern = fillIn(wanted, at.statement, at.context, true);
  return isDoubt(pattern) ? pattern : truthOf(arnLike(pattern, given));
}

type Reader = (value: string) => number | null;

/** The five comparisons of what has an order. */
function ordered(prefix: string, read: Reader): Record<string, Compare> {
  const by =
    (holds: (given: number, wanted: number) => boolean): Compare =>
    (given, wanted) => {
      const [left, right] = [read(given), read(wanted)];
      const unreadable = left === null ? given : wanted;
      return left === null || right === null
        ? { doubt: `${unreadable} cannot be compared` }
        : truthOf(holds(left, right));
    };
  return {
    [`${prefix}Equals`]: by((given, wanted) => given === wanted),
    [`${prefix}LessThan`]: by((given, wanted) => given < wanted),
    [`${prefix}LessThanEquals`]: by((given, wanted) => given <= wanted),
    [`${prefix}GreaterThan`]: by((given, wanted) => given > wanted),
    [`${prefix}GreaterThanEquals`]: by((given, wanted) => given >= wanted),
  };
}

function number(value: string): number | null {
  return /^[+-]?\d+(\.\d+)?$/.test(value) ? Number(value) : null;
}

/** ISO 8601 as the W3C profile has it, or seconds since 1970. */
function moment(value: string): number | null {
  if (/^\d+$/.test(value) && value.length > 4) return Number(value) * 1000;
  const form = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
  const found = form.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(found) ? null : found;
}

function address(given: string, wanted: string): Truth {
  const [network = "", bits] = wanted.split("/");
  const family = isIP(network);
  const length = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
  const fits = /^\d{1,3}$/.test(bits ?? "0") && length <= (family === 4 ? 32 : 128);
  if (family === 0 || !fits || isIP(given) === 0) return { doubt: `${given} cannot be compared with ${wanted}` };
  if (isIP(given) !== family) return "no";
  const kind = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, length, kind);
  return truthOf(list.check(given, kind));
}
