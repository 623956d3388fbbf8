import { stripVTControlCharacters } from "node:util";

/** Aligns rows in columns with two blanks between them. The last column is left ragged; colours do not count as width. */
export function columns(rows: readonly (readonly string[])[], indent = ""): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell));
  }
  return rows.map((row) =>
    (indent + row.map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - width(cell))).join("  ")).trimEnd(),
  );
}

/** How many columns a text takes, as far as plain characters go. */
export function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Cuts a plain text to a width, with an ellipsis where something is left out. */
export function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, Math.max(0, most - 1)).join("")}…`;
}

/** Indents every line of a text but the first, so that a message of several lines stays in its column. */
export function hanging(text: string, indent: string): string {
  return text.split("\n").join(`\n${indent}`);
}
