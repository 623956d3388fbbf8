import type { Block } from "./block.ts";
import { Calls } from "./calls.ts";
import { beginsImport, type Import, readImport } from "./imports.ts";
import { namesBound } from "./names.ts";
import { changesPath, pathNames, withOwnName } from "./path.ts";
import type { RunsAtLoad } from "./runs-at-load.ts";
import { type Mistake, type Piece, scan } from "./scan.ts";
import { namesByText, type StringImport, stringImports } from "./string-imports.ts";

/** What a module does when it is loaded, as far as the image check needs it. In the order of the text. */
export type Happening =
  | { what: "import"; import: Import }
  /** A module that is named by a text: `importlib.import_module("x")`, a Django setting. */
  | ({ what: "string-import"; line: number; block: Block | null } & StringImport)
  /** A change of sys.path. */
  | { what: "path"; text: string; line: number; block: Block | null };

/** What is known of a module from its text. */
export interface ModuleFacts {
  mistake: Mistake | null;
  happenings: readonly Happening[];
  /**
   * Names that the module has once it is loaded, and how often each is bound; more rather than fewer. What is imported in
   * a block is not among them: whether that happens is seen when imports are followed.
   */
  names: ReadonlyMap<string, number>;
  /** Whether it may have others: `__getattr__`, `import *`, `globals()`. */
  open: boolean;
  /** Whether it may make modules below itself that are no files: by an import hook, `sys.modules`, or a `__path__` of its own. */
  makesModules: boolean;
  /** The right side of a name's only assignment at module level. */
  variable(name: string): string | null;
  /** Whether a function runs when the module is loaded: module level calls it, or a function that does. */
  runsAtLoad(header: Block): RunsAtLoad;
  /** Whether a handler raises again, or ends the program. */
  raises(handler: Block): boolean;
  /** A function of that name is called from outside: an application factory. */
  call(name: string): void;
}

/** Reads a module's text. Never throws: where Python would stop, the facts stop. */
export function readModule(text: string): ModuleFacts {
  const happenings: Happening[] = [];
  const names = new Map<string, number>();
  const bind = (name: string) => names.set(name, (names.get(name) ?? 0) + 1);
  const raising = new Set<Block>();
  // What the whole text does not have, no statement of it has.
  const rare = isRare.test(text);
  const may = {
    makeNames: rare && makesNames.test(text),
    changePath: rare && namesPath.test(text),
    nameByText: rare && namesByText.test(text),
  };
  const anything = may.makeNames || may.changePath || may.nameByText;
  let open = false;
  let wrong: Mistake | null = null;
  const others = new Set<string>();
  const rename = (statement: string) => {
    for (const name of pathNames(statement)) if (others.size < mostNames) others.add(name);
  };
  const mistake = scan(text, (piece) => {
    const { start, line, block, opens } = piece;
    if (beginsImport(text, piece)) {
      if (may.changePath) rename(text.slice(start, piece.end));
      const found = readImport(text, piece);
      if (!found) wrong ??= { line, message: "an import is not complete" };
      else {
        happenings.push({ what: "import", import: found });
        if (block === null) for (const name of boundBy(found)) bind(name);
        if (isAtLoad(block) && found.names.some(({ name, as }) => name === "*" || (as ?? name) === "__getattr__"))
          open = true;
      }
      return;
    }
    const binds = isAtLoad(block) || text.startsWith("global ", start);
    if (!binds && !anything && block?.kind !== "except") return;
    const written = text.slice(start, piece.end);
    if (block?.kind === "except" && ends.test(written)) raising.add(block);
    if (binds) for (const name of namesBound(written, opens)) bind(name);
    if (binds && may.makeNames) open ||= makesNames.test(written);
    if (may.changePath && !opens) {
      const own = withOwnName(written, [...others]);
      rename(own);
      if (changesPath(own)) happenings.push({ what: "path", text: own, line, block });
    }
    if (may.nameByText)
      for (const named of stringImports(written)) happenings.push({ what: "string-import", ...named, line, block });
  });
  // Few modules are asked for what needs all statements at once: they are read again.
  let kept: Piece[] | null = null;
  const pieces = () => {
    if (kept === null) {
      const all: Piece[] = [];
      scan(text, (piece) => all.push(piece));
      kept = all;
    }
    return kept;
  };
  const calls = new Calls(text, pieces, (handler) => raising.has(handler));
  let assigned: Map<string, string | null> | null = null;
  return {
    mistake: wrong ?? mistake,
    happenings,
    names,
    open,
    makesModules: rare && makesModules.test(text),
    variable: (name) => {
      assigned ??= readAssignments(text, pieces());
      return assigned.get(name) ?? null;
    },
    runsAtLoad: (header) => calls.atLoad(header),
    raises: (handler) => raising.has(handler),
    call: (name) => calls.add(name),
  };
}

/** Nobody gives sys.path more names than that. */
const mostNames = 8;
const makesNames = /\bglobals\(\)|\blocals\(\)|\bexec\(|sys\.modules\[__name__\]|\bvars\(\)|\b__getattr__\b|setattr\(/;
const makesModules = /\bsys\.meta_path\b|\bsys\.modules\[|\b__path__\s*(?:=|\+=|\.)|\bextend_path\(/;
/** What a text has that changes sys.path, or gives it another name. */
const namesPath = /\bsys\.path\b|\bsys\s+as\b|\bfrom\s+sys\s+import\b|\bsite\.addsitedir\(/;
const ends = /^(?:raise\b|sys\.exit\(|exit\(|quit\(|os\._exit\()/;
const isRare = new RegExp(`${makesNames.source}|${namesByText.source}|${makesModules.source}|${namesPath.source}`, "m");

/** Whether code in a block runs when the module is loaded, and its names are the module's. */
export function isAtLoad(block: Block | null): boolean {
  for (let at = block; at !== null; at = at.parent) if (at.kind === "def" || at.kind === "class") return false;
  return true;
}

/** The names that an import binds where it stands. */
export function boundBy({ form, names }: Import): string[] {
  return names.map(({ name, as }) => as ?? (form === "import" ? (name.split(".")[0] ?? name) : name));
}

/** `NAME = …` once at module level. A name that is assigned again has no value that could be told. */
function readAssignments(text: string, pieces: readonly Piece[]): Map<string, string | null> {
  const assigned = new Map<string, string | null>();
  for (const { start, end, block, opens } of pieces) {
    if (opens || !isAtLoad(block)) continue;
    const [, name, value] = /^([A-Za-z_]\w*)\s*(?::[^=]+)?=(?!=)\s*(.+)$/s.exec(text.slice(start, end)) ?? [];
    if (name !== undefined) assigned.set(name, assigned.has(name) ? null : (value ?? null));
  }
  return assigned;
}
