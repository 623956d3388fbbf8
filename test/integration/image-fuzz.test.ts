import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { type Case, imageCases, layCase } from "../helpers/image-corpus.ts";

const runs = Number(process.env.RUNS ?? 250);
const seed = Number(process.env.SEED ?? 11);
/** Far beyond what any of these takes; one that never ends is what this is for. */
const limit = 20_000;

const corpus = imageCases();

/** Pieces that mean something in a Dockerfile, in an ignore file, or in Python. */
const words = {
  dockerfile: [
    ..."FROM python:3.11-slim|AS a|COPY |ADD |--from=a |--chown=1:1 |--parents |WORKDIR |ENV |ARG |RUN |CMD |ENTRYPOINT |SHELL |ONBUILD |<<EOF|EOF|<<-'E'".split(
      "|",
    ),
    ...'${A:-|${A|$A|${A:+b}|["|", "|"]|\'|\\|\\\n|\n|# escape=`\n|`|#|*|**|?|[a-|../|/|.|&& |; |cp -r |mv |rm -rf |mkdir -p |touch |ln -s |pip install -r '.split(
      "|",
    ),
    ..."if |then |fi |for x in |do |done|$(|)|(|{ |}|python -m |gunicorn |--chdir |app:app|app:create()".split("|"),
  ],
  ignored: [
    "*",
    "**",
    "**/",
    "!",
    "/",
    "..",
    ".",
    "?",
    "[",
    "]",
    "[^a-",
    "[z-a]",
    "\\",
    "#",
    "\n",
    " ",
    "\t",
    "\r\n",
    "a",
    "app.py",
    "\ufeff",
    "\0",
  ],
  requirements: "-r |requirements.txt|\n|a|==|[|]|;|@|#|-e .|\\\n| |-c ".split("|"),
  python: [
    ..."import |from |as |.|..|...|,|(|)|[|]|{|}|*|:|;|\n|\n    |\n\t|\\\n|#|'|\"|'''|\"\"\"|f'|rb\"|{x!r:>{w}}|\\|=|:=|->|+ |@|~|0x|1e|.5|1_".split(
      "|",
    ),
    ..."if |elif |else:|try:|except |finally:|with |for |in |while |def f|class C|lambda |async |await |match |case |return |yield |global |del |not |is ".split(
      "|",
    ),
    ..."TYPE_CHECKING|ImportError|sys.path.insert(0, |os.path.join(|__file__|os.path.dirname(|Path(|.parent|importlib.import_module(|__import__(|__getattr__|__all__|a|a.|x = 1".split(
      "|",
    ),
  ],
};

/** What a piece that stands again and again may follow. */
const begins = {
  dockerfile:
    "|RUN |RUN cp |RUN rm -rf |RUN pip install |RUN <<|RUN --mount=|COPY |COPY [|COPY --parents |ENV |ENV A=|ENV B=${A//|ENV B=${A##|ENV B=${A%|ARG |FROM |CMD |CMD [|CMD gunicorn |CMD python |ENTRYPOINT |WORKDIR |ONBUILD |SHELL [|#".split(
      "|",
    ),
  python:
    "|import |from |from a import |from a import (|x = |x: |if |def f(|class C(|@|with |for |del |__all__ = [|try:\n    import a\nexcept |sys.path.insert(0, |sys.path.append(|importlib.import_module(|importlib.import_module('|INSTALLED_APPS = [|MIDDLEWARE|app = Celery(include=|config_from_object(|f'{|# coding:".split(
      "|",
    ),
};

/** A beginning, one to three pieces again and again, and an end that does not fit. */
function again(starts: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  const parts = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 });
  return fc
    .tuple(fc.constantFrom(...starts), parts, fc.constantFrom(30, 3000), fc.constantFrom("", " + b", "!", "\n"))
    .map(([start, some, times, end]) => start + some.join("").repeat(times) + end);
}

function plain(files: Record<string, string>): Case {
  const [first] = corpus;
  assert.ok(first);
  return { ...first, files: { ...first.files, ...files } };
}

const installs =
  "FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD gunicorn app:app\n";

/** A text with parts cut out, doubled, or replaced by pieces that mean something; or one piece again and again. */
function spoilt(text: string, pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 5 }) },
  );
  const some = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(""));
  const many = fc
    .tuple(some, fc.array(piece, { minLength: 1, maxLength: 3 }), fc.constantFrom(3, 40, 3000), some)
    .map(([head, parts, times, tail]) => head + parts.join("").repeat(times) + tail);
  const edit = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(12), fc.oneof(some, many));
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) =>
    edits.reduce((before, [place, cut, put]) => {
      const at = Math.floor(place * before.length);
      return before.slice(0, at) + put + before.slice(at + cut);
    }, text),
  );
}

function spoiltFile(each: Case, path: string, pieces: readonly string[]): fc.Arbitrary<Case> {
  return spoilt(each.files[path] ?? "", pieces).map((text) => ({
    ...each,
    // What begins like this is a link in the corpus.
    files: { ...each.files, [path]: text.replace(/^->/, "-") },
  }));
}

const anyCase = fc.constantFrom(...corpus);
const kinds: Record<string, fc.Arbitrary<Case>> = {
  "a Dockerfile that is spoilt": anyCase.chain((each) =>
    spoilt(each.dockerfile, words.dockerfile).map((dockerfile) => ({ ...each, dockerfile })),
  ),
  "an ignore file that is spoilt": anyCase.chain((each) => spoiltFile(each, ".dockerignore", words.ignored)),
  "a Python source that is spoilt": anyCase.chain((each) => {
    const sources = Object.keys(each.files).filter(
      (path) => path.endsWith(".py") && !each.files[path]?.startsWith("->"),
    );
    return fc
      .constantFrom(...(sources.length > 0 ? sources : ["app.py"]))
      .chain((path) => spoiltFile(each, path, words.python));
  }),
  "a list of requirements that is spoilt": anyCase.chain((each) =>
    spoiltFile({ ...each, dockerfile: installs }, "requirements.txt", words.requirements),
  ),
  "an entry that is spoilt": anyCase.chain((each) =>
    spoilt("gunicorn --chdir src app:app", words.dockerfile).map((entry) => ({ ...each, entry })),
  ),
  "a piece of Python that stands again and again": again(begins.python, words.python).map((text) =>
    plain({ "app.py": `import importlib, os, sys\n${text}\n` }),
  ),
  "a piece of a Dockerfile that stands again and again": again(begins.dockerfile, words.dockerfile).map((text) => ({
    ...plain({}),
    dockerfile: `FROM python:3.11-slim\nARG A=${"a".repeat(60)}\nWORKDIR /app\nCOPY . .\n${text}\nCMD ["gunicorn", "app:app"]\n`,
  })),
  "a piece of an ignore file that stands again and again": again(["", "!", "a"], words.ignored).map((text) =>
    plain({ ".dockerignore": text, [`${"a".repeat(60)}.py`]: "", [`${"a/".repeat(30)}a.py`]: "" }),
  ),
};

/** What took for ever, or more room than there is, before. */
const known: Record<string, Case> = {
  "a long dotted name": plain({ "app.py": `import ${"a.".repeat(5000)}a + b\n` }),
  "fields in fields of a string": plain({ "app.py": `x = ${"f'{".repeat(5000)}\n` }),
  "brackets in brackets of a path": plain({ "app.py": `import sys\nsys.path.append(${"(".repeat(5000)}\n` }),
  "variables that stand for each other": plain({
    "app.py": `import sys\na = b + b + b\nb = a + a + a\nsys.path.append(a)\n`,
  }),
  "an ignore pattern with many wildcards": plain({
    ".dockerignore": `${"*a".repeat(35)}\n`,
    [`${"a".repeat(60)}.py`]: "",
  }),
  "an ignore pattern with many classes": plain({ ".dockerignore": `${"[^a-*]".repeat(40)}[\n` }),
  "a COPY pattern with many wildcards": {
    ...plain({ [`${"a".repeat(60)}.py`]: "" }),
    dockerfile: `FROM python:3.11-slim\nCOPY ${"*a".repeat(35)} ./\n`,
  },
  "a pattern with many wildcards in a variable": {
    ...plain({}),
    dockerfile: `FROM python:3.11-slim\nARG A=${"a".repeat(60)}\nENV B=\${A//${"*a".repeat(35)}b/} C=\${A%${"*a".repeat(35)}b}\n`,
  },
  "braces in braces of a variable": {
    ...plain({}),
    dockerfile: `FROM python:3.11-slim\nENV A=${"${A:-".repeat(5000)}\n`,
  },
  "a variable that holds itself twice": {
    ...plain({}),
    dockerfile: `FROM python:3.11-slim\nENV A=aa\n${"ENV A=$A$A\n".repeat(40)}`,
  },
  "lists of requirements that name each other": {
    ...plain({ "requirements.txt": "-r requirements.txt\n".repeat(30) }),
    dockerfile: installs,
  },
};

describe("nothing that stands in a repository crashes the check, or keeps it for ever", () => {
  for (const [kind, cases] of Object.entries(kinds))
    it(kind, { timeout: 120_000 }, async () => {
      const checker = new Checker();
      try {
        await fc.assert(
          fc.asyncProperty(cases, async (each) => assert.equal(await checker.check(each), null)),
          { numRuns: runs, seed, endOnFailure: false, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
        );
      } finally {
        await checker.stop();
      }
    });

  for (const [name, each] of Object.entries(known))
    it(name, async () => {
      const checker = new Checker();
      try {
        assert.equal(await checker.check(each), null);
      } finally {
        await checker.stop();
      }
    });
});

class Checker {
  #worker: Worker | null = null;

  /** What went wrong with a case; null when nothing did. */
  async check(each: Case): Promise<string | null> {
    const { folder, remove } = layCase(each);
    try {
      this.#worker ??= new Worker(new URL("../helpers/image-check-worker.ts", import.meta.url));
      const worker = this.#worker;
      const answer = once(worker, "message").then(([thrown]) => thrown as string | null);
      const gone = new AbortController();
      worker.postMessage({ each, folder });
      const told = await Promise.race([answer, sleep(limit, "it did not end", { signal: gone.signal })]);
      gone.abort();
      if (told === "it did not end") await this.stop();
      return told;
    } finally {
      remove();
    }
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = null;
  }
}
