import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsOf, loadText, soundManifest } from "../../test/helpers/manifest.ts";
import { expressionMistakes, unsetMistakes } from "./expressions.ts";

const codes = (run: string) => expressionMistakes({ run }).map(({ code }) => code);

test("the shell's own variables are the shell's", () => {
  assert.deepEqual(codes("echo ${HOME} ${X:-a.b} ${#A} $1 ${A%.*} '${HOME}'"), []);
});

test("a name with a dot can be no variable of a shell, so it must be an expression", () => {
  assert.deepEqual(codes("echo ${targets.unit} ${vars.a.b}"), ["unknown-variable", "unknown-variable"]);
});

test("a default cannot name another variable; that of a shell's own variable can", () => {
  for (const text of ["${env.X:-${env.Y}}", "a ${vars.x:-b ${HOME}} c"])
    for (const written of [{ text }, { run: `echo "${text}"` }]) {
      const [mistake, ...others] = expressionMistakes(written);
      assert.equal(mistake?.code, "unknown-variable");
      assert.match(mistake?.message ?? "", /\$\{(env\.X|vars\.x):-…\}: a default cannot name another variable/);
      assert.deepEqual(others, []);
    }
  assert.deepEqual(codes("echo ${X:-${Y}} ${X:-${Y:-${Z}}} ${X:-${env.Y}} ${X:-${env.Y:-z}}"), []);
});

test("a default that names another variable is told with its place", async () => {
  const cases: [from: string, to: string, at: string][] = [
    ["web.internal", '"${env.X:-${env.Y}}"', "15:20"],
    ["restart ${target.unit}", "restart ${env.X:-${target.unit}}", "8:23"],
  ];
  for (const [from, to, at] of cases) {
    const found = await findingsOf(() => loadText(soundManifest.replace(from, to)));
    assert.deepEqual(
      found.map(({ code, line, column }) => `${code} ${line}:${column}`),
      [`unknown-variable ${at}`],
    );
  }
});

test("single quotes inside double quotes hide nothing", () => {
  assert.deepEqual(codes(`sh -c "echo '\${env.A}'"`), []);
  assert.deepEqual(codes(`sh -c 'echo "\${env.A}"'`), ["variable-in-quotes"]);
});

test("an env variable with a default is never unset, and one that is named twice is told once", () => {
  const text = "${env.A:-x} ${env.B} ${env.B} ${env.SET}";
  assert.deepEqual(
    unsetMistakes({ text }, { SET: "1", B: "" }, []).map(({ message }) => message),
    ["text: ${env.B} is not set"],
  );
});

test("a long text of expressions that never end is read once, not once for each", () => {
  for (const piece of ["${a:-", "${env.A:-", "${env.A", "${a.b"]) assert.ok(Array.isArray(codes(piece.repeat(20_000))));
});
