import type { Block } from "./block.ts";
import { guardOf } from "./reach.ts";
import type { RunsAtLoad } from "./runs-at-load.ts";
import type { Piece } from "./scan.ts";

/** Which functions are called while a module is loaded. Names are compared, not objects: more rather than fewer. */
export class Calls {
  readonly #text: string;
  readonly #pieces: () => readonly Piece[];
  readonly #raises: (handler: Block) => boolean;
  readonly #outside: string[] = [];
  #called: ReadonlyMap<string, RunsAtLoad> | null = null;

  constructor(text: string, pieces: () => readonly Piece[], raises: (handler: Block) => boolean) {
    this.#text = text;
    this.#pieces = pieces;
    this.#raises = raises;
  }

  /** A function of that name is called from outside. */
  add(name: string): void {
    this.#outside.push(name);
    this.#called = null;
  }

  atLoad(header: Block): RunsAtLoad {
    const name = nameOf(header);
    this.#called ??= this.#find();
    const called = this.#called.get(name);
    if (called !== undefined) return called;
    // A class that is made runs these of its methods.
    const owner = header.parent?.kind === "class" ? nameOf(header.parent) : "";
    return (madeBy.test(name) && this.#called.get(owner)) || "no";
  }

  #find(): ReadonlyMap<string, RunsAtLoad> {
    const inside = this.#piecesByFunction();
    const called = new Map<string, RunsAtLoad>();
    // Only functions that are called are read; "" is the module itself.
    const queue: [string, RunsAtLoad][] = ["", ...this.#outside].map((name) => [name, "yes"]);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [name, how] = next;
      const known = called.get(name);
      if (known === "yes" || known === how) continue;
      called.set(name, how);
      for (const piece of inside.get(name) ?? []) {
        const guarded = how === "guarded" || guardOf(piece.block, this.#raises) !== null;
        for (const each of this.#callsIn(piece)) queue.push([each, guarded ? "guarded" : "yes"]);
      }
    }
    return called;
  }

  #piecesByFunction(): ReadonlyMap<string, Piece[]> {
    const inside = new Map<string, Piece[]>();
    for (const piece of this.#pieces()) {
      const owner = functionOf(piece.block);
      const name = owner === null ? "" : nameOf(owner);
      const known = inside.get(name);
      if (known) known.push(piece);
      else inside.set(name, [piece]);
    }
    return inside;
  }

  #callsIn({ start, end, opens }: Piece): string[] {
    const written = this.#text.slice(start, end);
    // A definition's own name is not a call of it.
    const defines = opens?.kind === "def" || opens?.kind === "class";
    const body = defines ? written.replace(/^(?:async\s+)?(?:def|class)\s+\w+/, "") : written;
    const names = [...body.matchAll(/(?<!\w)([A-Za-z_]\w*)\s*\(/g)].map(([, name = ""]) => name);
    const [, decorator] = /^@\s*(?:[\w.]*\.)?(\w+)/.exec(written) ?? [];
    return decorator === undefined ? names : [...names, decorator];
  }
}

const madeBy = /^__(?:init|new|post_init|init_subclass|set_name|call|enter)__$/;

function functionOf(block: Block | null): Block | null {
  for (let at = block; at !== null; at = at.parent) if (at.kind === "def") return at;
  return null;
}

function nameOf({ header }: Block): string {
  return /^(?:async\s+)?(?:def|class)\s+(\w+)/.exec(header)?.[1] ?? "";
}
