/**
 * Commands of the manifest (`run:`) and the values they name. A value never becomes part of the command's text: it reaches
 * the shell as a variable, and the text only names that variable. So whatever characters a value holds, it is data.
 */

/** A command ready for a shell: its text, and the variables that must be set before it, by name. */
export interface CompiledCommand {
  text: string;
  variables: Record<string, string>;
}

/** One `${…}` of Landfall in a text. `offset` counts UTF-16 units from the start of the text. */
export interface Expression {
  /** Such as `target.unit` or `env.TOKEN`. */
  name: string;
  /** The text after `:-`, if any. */
  fallback: string | null;
  offset: number;
  length: number;
  /** Where the shell would read it. */
  quote: "none" | "double" | "single";
}

const roots =
  /^(?:env\.[A-Za-z_][A-Za-z0-9_]*|environment|vars\.[A-Za-z0-9_-]+|target\.[A-Za-z0-9_-]+|revision\.commit)$/;
const expressionStart = /\$\{([A-Za-z][A-Za-z0-9_.-]*)(:-|\})/y;

/** Whether a name can be an expression of the manifest. `${HOME}` in a command is the shell's own. */
export function isExpressionName(name: string): boolean {
  return roots.test(name);
}

/**
 * Whether a default names another variable. It ends at its first `}`, so that it would be cut in the middle of that name:
 * no expression has such a default.
 */
export function namesAnother(fallback: string): boolean {
  return fallback.includes("${");
}

/** Finds Landfall's expressions in a shell command, with the quotes they stand in. Other `${…}` are left to the shell. */
export function expressionsInCommand(text: string): Expression[] {
  const found: Expression[] = [];
  // A command substitution begins unquoted, whatever stands around it, and ends where its parenthesis does.
  const around: Expression["quote"][] = [];
  let quote: Expression["quote"] = "none";
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quote === "single") {
      if (c === "'") quote = "none";
    } else if (c === "\\") {
      i++;
      continue;
    } else if (c === '"') quote = quote === "double" ? "none" : "double";
    else if (c === "'" && quote === "none") quote = "single";
    else if (c === "(" && (quote === "none" || text[i - 1] === "$")) {
      around.push(quote);
      quote = "none";
    } else if (c === ")" && quote === "none") quote = around.pop() ?? "none";
    if (c !== "$") continue;
    const match = expressionAt(text, i);
    if (match === null) continue;
    found.push({ ...match, offset: i, quote });
    i += match.length - 1;
  }
  return found;
}

/** The expression that begins at an offset. The name is looked at before its end is searched for, so that no text takes long. */
function expressionAt(text: string, offset: number): Pick<Expression, "name" | "fallback" | "length"> | null {
  expressionStart.lastIndex = offset;
  const [start = "", name = "", then] = expressionStart.exec(text) ?? [];
  if (!isExpressionName(name)) return null;
  if (then === "}") return { name, fallback: null, length: start.length };
  const end = text.indexOf("}", offset);
  if (end < 0) return null;
  return { name, fallback: text.slice(offset + start.length, end), length: end + 1 - offset };
}

/**
 * Compiles a command of the manifest. Outside quotes an expression becomes `"${V}"`, inside double quotes `${V}`:
 * should the quotes have been misjudged (in a nested substitution, say), the worst is word splitting, never execution.
 *
 * @param values what each expression's name stands for; a missing name without fallback, and a fallback that names another variable, throw, since the manifest was checked.
 */
export function compileCommand(run: string, values: Readonly<Record<string, string>>): CompiledCommand {
  const variables: Record<string, string> = {};
  let text = "";
  let from = 0;
  for (const found of expressionsInCommand(run)) {
    if (namesAnother(found.fallback ?? ""))
      throw new Error(`the default of \${${found.name}} in the command names another variable`);
    const value = values[found.name] || found.fallback;
    if (value === null || value === undefined)
      throw new Error(`the command names \${${found.name}}, which has no value`);
    const variable = `LANDFALL_VALUE_${Object.keys(variables).length + 1}`;
    variables[variable] = value;
    text += run.slice(from, found.offset) + (found.quote === "none" ? `"\${${variable}}"` : `\${${variable}}`);
    from = found.offset + found.length;
  }
  return { text: text + run.slice(from), variables };
}
