import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { packageOf, textIn } from "../../test/helpers/packages.ts";
import { type Stage, setStage } from "../../test/helpers/stage.ts";

/** Writes what builds write that tells of their surroundings: orders, zones, masks, times, places, interpreters. */
const make = [
  "mkdir -p python/bin python/demo/__pycache__ python/demo-1.dist-info",
  "ls names > python/demo/order",
  "ls names | sort > python/demo/sorted",
  "date -d @0 +%H:%M > python/demo/zone",
  "umask > python/demo/mask",
  'date +%s > python/demo/__pycache__/a.pyc; echo "$PWD" > python/demo-1.dist-info/RECORD',
  "printf '#!%s/venv/bin/python3\\nprint(1)\\n' \"$PWD\" > python/bin/demo; chmod +x python/bin/demo",
  "head -c 300000 /dev/zero > python/demo/zeros",
  "mkdir python/empty",
];
const age = 'find . -exec touch -h -d "$WHEN" {} +';
const inOrder = [...make, "for n in 1 2 3 4 5 6 7 8 9; do echo $n > python/demo/$n; done", age].join("\n");
const inReverse = [...make, "for n in 9 8 7 6 5 4 3 2 1; do echo $n > python/demo/$n; done", age].join("\n");

describe("the same files built by the same command are the same bytes", () => {
  let stage: Stage;
  let commit: string;
  let digest: string;
  let elsewhere: string;
  before(async () => {
    stage = setStage();
    elsewhere = mkdtempSync(join(tmpdir(), "landfall-elsewhere-"));
    const names = ["B", "a", "c", "ä", "Z", "_", "i", "İ"];
    commit = stage.commit(Object.fromEntries(names.map((name) => [`layer/names/${name}`, ""])));
    const artifact = await packageOf(stage, commit, { run: inOrder, variables: { WHEN: "2001-02-03" } });
    digest = artifact.digest;
    assert.equal(textIn(artifact, "python/bin/demo"), "#!/usr/bin/env python3\nprint(1)\n");
    assert.deepEqual(artifact.findings, []);
  });
  after(() => {
    stage.remove();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  const build = (more: {
    run?: string;
    when?: string;
    env?: Record<string, string>;
    umask?: string;
    node?: string[];
  }) => {
    const { run = inOrder, when = "2001-02-03", env = {}, umask = "022", node = [] } = more;
    const script = join(import.meta.dirname, "../../test/helpers/build-elsewhere.ts");
    const start = ["-c", `umask ${umask}; exec "$@"`, "sh", process.execPath, ...node, script];
    const options = { encoding: "utf8", env: { ...process.env, ...env } } as const;
    return execFileSync("/bin/sh", [...start, stage.directory, commit, run, when], options).trim();
  };

  it("in another clone, once more", () => assert.equal(build({}), digest));

  it("with files that are years older or younger, and made in another order", () => {
    assert.equal(build({ when: "2038-12-31 23:59:58" }), digest);
    assert.equal(build({ run: inReverse }), digest);
  });

  it("on another day by the clock of Landfall's own process", () => {
    const later = "const now = Date.now; Date.now = () => now() + 1e11;";
    assert.equal(build({ node: ["--import", `data:text/javascript,${encodeURIComponent(later)}`] }), digest);
  });

  it("in another and longer temporary folder", () => {
    const deep = join(elsewhere, "a folder", "x".repeat(150));
    mkdirSync(deep, { recursive: true });
    assert.equal(build({ env: { TMPDIR: deep } }), digest);
  });

  for (const umask of ["077", "002", "000"])
    it(`under the umask ${umask}`, () => assert.equal(build({ umask }), digest));

  it("in another time zone, locale and home, by another user name", () => {
    const home = join(elsewhere, "home");
    mkdirSync(home);
    const env = { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "sv_SE.UTF-8", LC_COLLATE: "C" };
    assert.equal(build({ env: { ...env, HOME: home, USER: "someone", LOGNAME: "someone", LANGUAGE: "tr" } }), digest);
  });

  it("and others when one byte, one mode or one name differs", async () => {
    const build = async (more: string) =>
      (await packageOf(stage, commit, { run: `${inOrder}\n${more}`, variables: { WHEN: "2001-02-03" } })).digest;
    const digests = [digest];
    for (const more of ["echo 2 > python/demo/1", "chmod +x python/demo/1", "mv python/demo/1 python/demo/10"])
      digests.push(await build(more));
    assert.equal(new Set(digests).size, 4);
  });
});
