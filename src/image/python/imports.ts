import type { Block } from "./block.ts";
import { type Mistake, type Piece, scan } from "./scan.ts";

/** One import statement. */
export interface Import {
  /** `import a.b as c, d`, or `from ..a import b as c`. */
  form: "import" | "from";
  /** With `from`: the dotted name behind the dots, which may be empty. */
  module: string;
  /** Leading dots. */
  level: number;
  /** With `import` dotted names; `*` stands for all. */
  names: readonly { name: string; as: string | null }[];
  line: number;
  block: Block | null;
}

/** Every import statement of a Python source, in order, and the first place that Python does not accept, if one was seen. */
export function scanImports(text: string): { imports: Import[]; mistake: Mistake | null } {
  const imports: Import[] = [];
  let wrong: Mistake | null = null;
  const mistake = scan(text, (piece) => {
    if (!beginsImport(text, piece)) return;
    const found = readImport(text, piece);
    if (found) imports.push(found);
    else wrong ??= { line: piece.line, message: "an import is not complete" };
  });
  return { imports, mistake: wrong ?? mistake };
}

/** Whether a piece of the text is an import statement. */
export function beginsImport(text: string, { start, opens }: Piece): boolean {
  const code = text.charCodeAt(start);
  if (opens !== null || (code !== 105 && code !== 102)) return false;
  const word = code === 105 ? "import" : "from";
  if (!text.startsWith(word, start)) return false;
  return /[\s.\\(*]/.test(text[start + word.length] ?? "");
}

const dotted = /^[\p{ID_Start}_][\p{ID_Continue}]*(?:\.[\p{ID_Start}_][\p{ID_Continue}]*)*$/u;

/** Reads an import statement; null for one that Python does not accept. */
export function readImport(text: string, { start, end, line, block }: Piece): Import | null {
  const written = text.slice(start, end);
  const plain = /[#\\\n]/.test(written) ? written.replace(/#[^\n]*/g, " ").replace(/\\\r?\n/g, " ") : written;
  if (plain.startsWith("import")) {
    const names = namesOf(plain.slice("import".length), true);
    return names && { form: "import", module: "", level: 0, names, line, block };
  }
  const [, dots = "", name = "", rest] =
    /^from\s*((?:\s*\.)*)\s*([^\s(*]*(?:\s*\.\s*[^\s(*.]+)*)\s*\bimport\b(.*)$/su.exec(plain) ?? [];
  const module = name.replace(/\s+/g, "");
  const level = dots.replace(/\s+/g, "").length;
  if (rest === undefined || (module === "" && level === 0) || (module !== "" && !dotted.test(module))) return null;
  const list = rest.trim();
  if (list === "*") return { form: "from", module, level, names: [{ name: "*", as: null }], line, block };
  const inside = list.startsWith("(") ? (list.endsWith(")") ? list.slice(1, -1).replace(/,\s*$/, "") : null) : list;
  const names = inside === null ? null : namesOf(inside, false);
  return names && { form: "from", module, level, names, line, block };
}

function namesOf(list: string, mayBeDotted: boolean): { name: string; as: string | null }[] | null {
  const names = list.split(",").map((item) => {
    const [, name = "", as = null] = /^\s*(\S+(?:\s*\.\s*\S+)*?)(?:\s+as\s+(\S+))?\s*$/su.exec(item) ?? [];
    return { name: name.replace(/\s+/g, ""), as };
  });
  const valid = names.every(
    ({ name, as }) => dotted.test(name) && (mayBeDotted || !name.includes(".")) && (as === null || dotted.test(as)),
  );
  return valid ? names : null;
}
