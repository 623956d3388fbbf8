import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate } from "./expression.ts";

const world = {
  file: "/app/shop/web/view.py",
  cwd: "/app",
  env: (name: string) => ({ HOME: "/root", UNKNOWN: null })[name],
  variable: (name: string) =>
    ({ BASE: "os.path.dirname(__file__)", LOOP: "LOOP", ROOT: "Path(__file__).resolve().parent.parent" })[name] ?? null,
};

const cases: [string, string | null][] = [
  ["'lib'", "lib"],
  ['"a" "b"', "ab"],
  ["'a' + '/' + 'b'", "a/b"],
  ["__file__", "/app/shop/web/view.py"],
  ["os.path.dirname(os.path.dirname(os.path.abspath(__file__)))", "/app/shop"],
  ["os.path.join(BASE, '..', 'lib')", "/app/shop/lib"],
  ["os.path.join(os.path.dirname(__file__), os.pardir)", "/app/shop"],
  ["dirname(realpath(__file__))", "/app/shop/web"],
  ["os.path.abspath('lib')", "/app/lib"],
  ["os.path.join('a', '/b')", "/b"],
  ["str(Path(__file__).parent)", "/app/shop/web"],
  ["str(pathlib.Path(__file__).resolve().parents[2])", "/app"],
  ["str(ROOT / 'lib' / 'x')", "/app/shop/lib/x"],
  ["ROOT.parent.as_posix()", "/app"],
  ["Path(__file__).parent.joinpath('a', 'b')", "/app/shop/web/a/b"],
  ["os.getcwd()", "/app"],
  ["os.environ['HOME']", "/root"],
  ["os.environ.get('NOWHERE', '/opt')", "/opt"],
  ["os.getenv('UNKNOWN', '/opt')", null],
  ["(  # first\n  'a'\n)", "a"],
  ["LOOP", null],
  ["f'{x}'", null],
  ["'a\\n'", null],
  ["find()", null],
  ["'a', 'b'", null],
  ["", null],
  ["os.path.join(x, 'a')", null],
];

describe("the value of a path expression", () => {
  for (const [expression, value] of cases)
    it(`${JSON.stringify(expression)} is ${value ?? "not known"}`, () =>
      assert.equal(evaluate(expression, world), value));
});
