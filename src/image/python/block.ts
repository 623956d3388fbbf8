/** What kind of compound statement a block is the body of. */
export type BlockKind =
  | "if"
  | "elif"
  | "else"
  | "try"
  | "except"
  | "finally"
  | "loop"
  | "with"
  | "def"
  | "class"
  | "match"
  | "case";

/** The body of a compound statement. */
export interface Block {
  kind: BlockKind;
  parent: Block | null;
  /** Its header without the colon, as written. */
  header: string;
  /** Of the header, 1-based. */
  line: number;
  /** What it goes on from: the `if` of an `elif` or `else`, the `try` of an `except`, `else` or `finally`. */
  opener: Block | null;
  /** All blocks that belong to this one as their opener, in order. */
  followers: Block[];
}

/** Makes the block that a header opens; null for one that has nothing to belong to, such as `except` without `try`. */
export function openBlock(
  kind: BlockKind,
  parent: Block | null,
  before: Block | null,
  header: string,
  line: number,
  async: boolean,
): Block | null {
  if (async && kind !== "def" && kind !== "loop" && kind !== "with") return null;
  const opener = before?.opener ?? before;
  const wanted = needs[kind];
  if (wanted && (opener === null || !wanted.includes(opener.kind))) return null;
  const block: Block = { kind, parent, header, line, opener: wanted ? opener : null, followers: [] };
  if (wanted) opener?.followers.push(block);
  return block;
}

const needs: Partial<Record<BlockKind, readonly BlockKind[]>> = {
  elif: ["if"],
  else: ["if", "try", "loop"],
  except: ["try"],
  finally: ["try"],
};
