import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import fc from "fast-check";
import { shellQuote } from "../util/shell.ts";
import { compileCommand, expressionsInCommand } from "./command.ts";

function runInShell(run: string, values: Record<string, string>): string {
  const { text, variables } = compileCommand(run, values);
  const header = Object.entries(variables).map(([name, value]) => `${name}=${shellQuote(value)}`);
  return execFileSync("/bin/sh", ["-eu", "-c", [...header, text].join("\n")], {
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin" },
  });
}

describe("a command of the manifest", () => {
  it("hands a value over as one word, whatever it holds", () => {
    const hostile = "a b; echo $(id) `id` \"'\\ * \n$HOME";
    assert.equal(runInShell("printf %s ${target.unit}", { "target.unit": hostile }), hostile);
    assert.equal(runInShell('printf %s "unit=${target.unit}!"', { "target.unit": hostile }), `unit=${hostile}!`);
  });

  it("never executes any part of a value, in whatever quotes it stands", () => {
    const places = [
      "printf %s ${vars.x}",
      'printf %s "${vars.x}"',
      'printf %s "$(printf %s "${vars.x}")"',
      'x=${vars.x}; printf %s "$x"',
    ];
    const text = fc.string({
      unit: fc.constantFrom("'", '"', "$", "(", ")", "`", ";", "\\", " ", "\n", "a", "{", "}", "#", "&", "|"),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.constantFrom(...places), text, (run, value) => {
        // Command substitution strips the newlines at the end; everything else must arrive as it is.
        assert.equal(runInShell(run, { "vars.x": value }).replace(/\n+$/, ""), value.replace(/\n+$/, ""));
      }),
      { numRuns: 60 },
    );
  });

  it("leaves the shell's own variables to the shell", () => {
    assert.deepEqual(expressionsInCommand('echo ${HOME} "${PATH:-x}" $1 ${environmental}'), []);
    assert.equal(compileCommand("echo ${HOME}", {}).text, "echo ${HOME}");
  });

  it("leaves the default of a shell's own variable to the shell, with the expressions in it", () => {
    const run = 'printf %s "${X:-${Y:-${env.A}}}"';
    assert.equal(runInShell(run, { "env.A": "a }b" }), "a }b");
    assert.equal(compileCommand("echo ${X:-${Y}}", {}).text, "echo ${X:-${Y}}");
  });

  it("is never made of a default that names another variable", () => {
    const piece = fc.constantFrom("${env.B}", "${env.B:-z}", "${", "${HOME}", "a", " ", '"');
    const inner = fc.array(piece, { minLength: 1 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(inner, fc.constantFrom("", "x"), (fallback, value) => {
        const compile = () => compileCommand(`echo \${env.A:-${fallback}}`, { "env.A": value, "env.B": "b" });
        if (fallback.includes("${")) assert.throws(compile, /default of \$\{env\.A\}/);
        else assert.deepEqual(compile().variables, { LANDFALL_VALUE_1: value || fallback });
      }),
    );
  });

  it("knows in which quotes an expression stands", () => {
    const quotes = expressionsInCommand(
      `a \${vars.a} "b \${vars.b}" 'c \${vars.c}' \\" \${vars.d} "it's \${vars.e}"`,
    ).map(({ quote }) => quote);
    assert.deepEqual(quotes, ["none", "double", "single", "none", "double"]);
  });

  it("uses the fallback for a missing or empty value, and throws when there is none", () => {
    assert.equal(runInShell("printf %s ${env.A:-b c}", { "env.A": "" }), "b c");
    assert.throws(() => compileCommand("echo ${vars.x}", {}), /vars\.x/);
  });
});
