import { columns } from "../src/report/table.ts";

/** Prints a title and rows in columns. */
export function print(title: string, rows: readonly (readonly string[])[]): void {
  process.stdout.write(`${[title, ...columns(rows, "  ")].join("\n")}\n\n`);
}

/** Whether a limit or goal was kept, in the words of the tables. */
export function met(yes: boolean): string {
  return yes ? "met" : "NOT MET";
}
