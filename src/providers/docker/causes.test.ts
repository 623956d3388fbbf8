import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { causeLines, likelyCauses, type Sight } from "./causes.ts";

const running = { status: "running", running: true, exit: 0, oom: false, error: "", restarts: 0, health: null };
const ended = (exit: number, more: object = {}) => ({ ...running, status: "exited", running: false, exit, ...more });
const sight = (more: Partial<Sight>): Sight => ({
  lines: [],
  container: running,
  sockets: null,
  ports: [8000],
  asked: [],
  ...more,
});

const traceback = [
  "[7] [ERROR] Exception in worker process",
  "Traceback (most recent call last):",
  '  File "/usr/lib/python3/dist-packages/gunicorn/util.py", line 390, in import_app',
  "    mod = importlib.import_module(module)",
  '  File "/usr/lib/python3.11/importlib/__init__.py", line 126, in import_module',
  '  File "<frozen importlib._bootstrap>", line 1206, in _gcd_import',
  '  File "/app/service/views.py", line 12, in <module>',
  "    from service.loader import load",
  "ModuleNotFoundError: No module named 'service.loader'",
  "[7] [INFO] Worker exiting (pid: 7)",
];

const cases: [what: string, given: Partial<Sight>, first: RegExp][] = [
  [
    "a missing module, with the file of ours that imports it",
    { lines: traceback, container: ended(3) },
    /service\.loader, which \/app\/service\/views\.py:12 imports/,
  ],
  [
    "a name that a module lacks",
    { lines: ["ImportError: cannot import name 'make' from 'shop.app' (/app/shop/app.py)"] },
    /the name shop\.app\.make/,
  ],
  ["a module that Node does not find", { lines: ["Error: Cannot find module 'express'"] }, /the module express/],
  ["want of memory", { container: ended(137, { oom: true }) }, /killed for want of memory/],
  ["a kill from outside", { container: ended(137) }, /something killed it/],
  ["a command that is not there", { container: ended(127) }, /does not exist in the image/],
  ["a command that is not a program", { container: ended(126) }, /can't be executed/],
  [
    "another platform",
    { lines: ["exec /app/run: exec format error"], container: ended(1) },
    /built for another platform/,
  ],
  ["a variable of Python", { lines: ["KeyError: 'DATABASE_URL'"], container: ended(1) }, /variable DATABASE_URL/],
  [
    "a variable that a program asks for",
    { lines: ["fatal: environment variable API_KEY is not set"], container: ended(1) },
    /variable API_KEY/,
  ],
  [
    "a permission",
    { lines: ["PermissionError: [Errno 13] Permission denied: '/data/x'"], container: ended(1) },
    /may not do/,
  ],
  [
    "a file that the image lacks",
    { lines: ["FileNotFoundError: [Errno 2] No such file or directory: 'page.html'"], container: ended(1) },
    /no file page\.html/,
  ],
  [
    "a program that the image lacks",
    { lines: ["python3: can't open file '/app/main.py': [Errno 2] No such file or directory"], container: ended(2) },
    /no file \/app\/main\.py/,
  ],
  [
    "a database that refuses",
    {
      lines: ["psycopg2.OperationalError: connection to server at localhost: Connection refused"],
      container: ended(1),
    },
    /refuses the connection/,
  ],
  [
    "a database whose name is not known",
    { lines: ['could not translate host name "db" to address'], container: ended(1) },
    /name of a service/,
  ],
  [
    "another port, measured",
    { sockets: [{ port: 5000, loopback: false }] },
    /listens on port 5000, and port 8000 is published/,
  ],
  ["another port, by its own words", { lines: [" * Running on http://0.0.0.0:5000"] }, /listens on port 5000/],
  ["the loopback address", { sockets: [{ port: 8000, loopback: true }] }, /listens on 127\.0\.0\.1 inside/],
  ["nothing that listens yet", { sockets: [] }, /nothing listens on port 8000/],
  ["a login", { asked: [{ url: "http://h/version", status: 401 }] }, /\/version asks for a login/],
  ["a proxy", { asked: [{ url: "http://h/version", status: 502 }] }, /proxy in front/],
  ["an application that fails", { asked: [{ url: "http://h/version", status: 500 }] }, /fails while it answers/],
];

describe("why a container fails", () => {
  for (const [what, given, first] of cases)
    it(`${what} is named first`, () => assert.match(likelyCauses(sight(given))[0]?.message ?? "none", first));

  it("nothing is made up: a container that listens and answers has no likely cause", () => {
    const fine = { sockets: [{ port: 8000, loopback: false }], asked: [{ url: "http://h/", status: 200 }] };
    assert.deepEqual(likelyCauses(sight(fine)), []);
    assert.deepEqual(likelyCauses(sight({ ...fine, lines: ["Listening at: http://0.0.0.0:8000 (1)"] })), []);
    assert.deepEqual(likelyCauses(sight({ container: null })), []);
  });

  it("competing causes are all named, what was said or measured before what may be", () => {
    const causes = likelyCauses(
      sight({
        lines: traceback,
        sockets: [],
        asked: [
          { url: "http://h/a", status: 404 },
          { url: "http://h/b", status: null },
        ],
      }),
    );
    assert.deepEqual(
      causes.map(({ weight }) => weight),
      [3, 2, 1, 1],
    );
    const lines = causeLines(causes);
    assert.match(lines[0] ?? "", /^likely cause 1 of 4: .*service\.loader.*landfall check image/);
    assert.match(lines[1] ?? "", /no route \/a/);
  });

  it("of several failures in one log the last counts", () => {
    const lines = ["ModuleNotFoundError: No module named 'first'", "ModuleNotFoundError: No module named 'second'"];
    assert.match(likelyCauses(sight({ lines }))[0]?.message ?? "", /second/);
  });

  it("no log makes it throw", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.nat(255), (lines, exit) => {
        causeLines(likelyCauses(sight({ lines, container: ended(exit) })));
      }),
    );
  });
});
