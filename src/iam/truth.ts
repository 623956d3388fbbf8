/** What is known of a question: yes, no, or why it can't be told. */
export type Truth = "yes" | "no" | Doubt;

export interface Doubt {
  doubt: string;
}

/** No as soon as one is no; yes when all are. */
export function all(truths: readonly Truth[]): Truth {
  if (truths.includes("no")) return "no";
  return firstDoubt(truths) ?? "yes";
}

/** Yes as soon as one is yes; no when all are. */
export function any(truths: readonly Truth[]): Truth {
  if (truths.includes("yes")) return "yes";
  return firstDoubt(truths) ?? "no";
}

export function not(truth: Truth): Truth {
  return truth === "yes" ? "no" : truth === "no" ? "yes" : truth;
}

export function truthOf(holds: boolean): Truth {
  return holds ? "yes" : "no";
}

export function isDoubt(value: Truth | readonly unknown[]): value is Doubt {
  return typeof value === "object" && "doubt" in value;
}

function firstDoubt(truths: readonly Truth[]): Doubt | undefined {
  return truths.find(isDoubt);
}
