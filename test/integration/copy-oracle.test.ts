import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { extract } from "tar-stream";
import { simulate } from "../../src/image/dockerfile/simulate.ts";
import type { ImageTree } from "../../src/image/image-tree.ts";
import { dockerProgram } from "../helpers/docker.ts";

const files = ["a.txt", "b.txt", "d/c.txt", "d/s/e.txt", "d/s/f.py", "w x/g.txt", "h/a.txt", "[i].txt", "out/k.txt"];
let context = "";

before(() => {
  context = mkdtempSync(join(tmpdir(), "landfall-copy-"));
  for (const file of files) {
    mkdirSync(dirname(join(context, file)), { recursive: true });
    writeFileSync(join(context, file), `content of ${file}`);
  }
  mkdirSync(join(context, "empty"));
  symlinkSync("a.txt", join(context, "l"));
  symlinkSync("d", join(context, "dl"));
  symlinkSync("../b.txt", join(context, "d/up"));
  symlinkSync("/nowhere", join(context, "d/s/dead"));
  writeFileSync(join(context, ".dockerignore"), "out\nDockerfile\n");
});
after(() => rmSync(context, { recursive: true, force: true }));

/** What the engine's own builder lays: paths with `dir`, `link` or the text of the file. Null when it refuses. */
async function laid(dockerfile: string): Promise<Map<string, string> | null> {
  let tar: Buffer;
  try {
    tar = execFileSync(
      dockerProgram,
      ["build", "--build-arg", "A=b", "--output", "type=tar,dest=-", "--file", "-", context],
      {
        input: dockerfile,
        env: { ...process.env, DOCKER_BUILDKIT: "1" },
        stdio: ["pipe", "pipe", "ignore"],
        maxBuffer: 1 << 28,
      },
    );
  } catch {
    return null;
  }
  const found = new Map<string, string>();
  const unpack = extract();
  unpack.end(tar);
  for await (const entry of unpack) {
    const { name, type } = entry.header;
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const what = type === "directory" ? "dir" : type === "file" ? Buffer.concat(chunks).toString() : "link";
    found.set(`/${name.replace(/\/$/, "")}`, what);
  }
  return found;
}

/** The same of our own tree, told only as deep as directories go in `theirs`: links to them are not entered. */
function ours(tree: ImageTree, theirs: ReadonlyMap<string, string>): Map<string, string> {
  const found = new Map<string, string>();
  const enter = (folder: string) => {
    for (const name of tree.list(folder)) {
      const path = folder === "/" ? `/${name}` : `${folder}/${name}`;
      const link = theirs.get(path) === "link";
      const kind = tree.kind(path);
      found.set(path, link ? "link" : kind === "directory" ? "dir" : Buffer.from(tree.read(path) ?? []).toString());
      if (!link && kind === "directory") enter(path);
    }
  };
  enter("/");
  return found;
}

const source = fc.constantFrom(
  ...[
    "a.txt",
    "b.txt",
    "d",
    "d/",
    "d/s",
    "./d/c.txt",
    "h",
    "empty",
    "l",
    "dl",
    "dl/s",
    "d/up",
    "/a.txt",
    "../a.txt",
    ".",
  ],
  ...[
    "*.txt",
    "d/*",
    "?.txt",
    "[ab].txt",
    "n*",
    "gone",
    "d/gone.txt",
    "out",
    "$V.txt",
    "$A.txt",
    "${B:-h}",
    "${W:-d}",
    "[[]i].txt",
    "d/s/dead",
  ],
);
const destination = fc.constantFrom(
  ".",
  "./",
  "/",
  "x",
  "x/",
  "/y",
  "/y/",
  "/y/z",
  "/y/z/",
  "a.txt",
  "/x/a.txt",
  "d",
  "s/",
  "$V/",
  "..",
);
const instruction = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom("COPY", "ADD"), fc.array(source, { minLength: 1, maxLength: 3 }), destination)
      .map(([name, sources, to]) => `${name} ${[...sources, to].join(" ")}`),
  },
  { weight: 2, arbitrary: fc.tuple(source, destination).map(([from, to]) => `COPY --from=first ${from} ${to}`) },
  { weight: 1, arbitrary: fc.tuple(source, destination).map((list) => `COPY ${JSON.stringify(list)}`) },
  { weight: 2, arbitrary: fc.constantFrom("/w", "w", "x/y", "..", "$V", "/").map((path) => `WORKDIR ${path}`) },
  { weight: 2, arbitrary: fc.constantFrom("V=a", "V=b W=$V", "W=h", 'V="x y"', "V $W").map((pair) => `ENV ${pair}`) },
  { weight: 1, arbitrary: fc.constantFrom("A", "A=a", "B=d").map((pair) => `ARG ${pair}`) },
);
const dockerfile = fc
  .tuple(fc.array(instruction, { maxLength: 3 }), fc.array(instruction, { minLength: 1, maxLength: 6 }), fc.boolean())
  .map(([first, second, onTop]) => {
    const lone = first.filter((line) => !line.includes("--from=first"));
    // Stages need something in them for this engine to give them out.
    return [
      "FROM scratch AS first",
      "COPY b.txt /first/",
      ...lone,
      onTop ? "FROM first" : "FROM scratch",
      "COPY b.txt /b/",
      ...second,
    ].join("\n");
  });

test("the file system of a Dockerfile is the one that the engine's builder lays", { timeout: 300_000 }, async () => {
  let built = 0;
  await fc.assert(
    fc.asyncProperty(dockerfile, async (text) => {
      const path = join(context, "Dockerfile");
      writeFileSync(path, text);
      const { tree, findings } = await simulate({ dockerfile: path, context, buildArgs: { A: "b" } });
      const theirs = await laid(text);
      const refused = findings.some(({ level }) => level === "block");
      assert.equal(refused, theirs === null, `${text}\n${JSON.stringify(findings)}`);
      if (theirs === null || findings.length > 0) return;
      built += 1;
      assert.deepEqual([...ours(tree, theirs)].sort(), [...theirs].sort(), text);
    }),
    { numRuns: Number(process.env.RUNS ?? 60), seed: Number(process.env.SEED ?? 20), endOnFailure: true },
  );
  assert.ok(built > 10, `only ${built} of the Dockerfiles could be built`);
});
