import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { parse } from "yaml";
import type { StepEnd } from "../../src/model/step.ts";
import { type MachineScene, machineScene, type SceneFile } from "../helpers/machine-scene.ts";

const root = join(import.meta.dirname, "../..");
const python = execFileSync("sh", [join(root, "scripts/test-env"), "--migrators"], { encoding: "utf8" }).trim();

/** The migrate step of an example in docs/migrations.md, by its heading. */
function example(heading: string): { run: string; once: string; pending: string } {
  const text = readFileSync(join(root, "docs/migrations.md"), "utf8");
  const block = /```yaml\n([\s\S]*?)```/.exec(text.slice(text.indexOf(`### ${heading}\n`)))?.[1] ?? "";
  return parse(block).steps.migrate;
}

interface Framework {
  heading: string;
  files: (database: string) => SceneFile[];
  /** A file that adds a second migration. */
  second: SceneFile;
}

const django: Framework = {
  heading: "Django",
  files: (database) => [
    {
      path: "manage.py",
      content:
        'import os, sys\nos.environ["DJANGO_SETTINGS_MODULE"] = "settings"\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n',
    },
    {
      path: "settings.py",
      content: `SECRET_KEY = "x"\nINSTALLED_APPS = ["app"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ${JSON.stringify(database)}}}\n`,
    },
    { path: "app/__init__.py", content: "" },
    { path: "app/migrations/__init__.py", content: "" },
    {
      path: "app/migrations/0001_one.py",
      content:
        'from django.db import migrations\nclass Migration(migrations.Migration):\n    operations = [migrations.RunSQL("create table one (x int)")]\n',
    },
  ],
  second: {
    path: "app/migrations/0002_two.py",
    content:
      'from django.db import migrations\nclass Migration(migrations.Migration):\n    dependencies = [("app", "0001_one")]\n    operations = [migrations.RunSQL("create table two (x int)")]\n',
  },
};

const alembicMigration = (id: string, before: string | null, table: string) =>
  `revision = "${id}"\ndown_revision = ${before === null ? "None" : `"${before}"`}\nfrom alembic import op\ndef upgrade():\n    op.execute("create table ${table} (x int)")\ndef downgrade():\n    pass\n`;

const alembic: Framework = {
  heading: "Alembic",
  files: (database) => [
    {
      path: "alembic.ini",
      content: `[alembic]\nscript_location = %(here)s/migrations\nsqlalchemy.url = sqlite:///${database}\n`,
    },
    {
      path: "migrations/env.py",
      content:
        'from alembic import context\nfrom sqlalchemy import create_engine\nengine = create_engine(context.config.get_main_option("sqlalchemy.url"))\nwith engine.connect() as connection:\n    context.configure(connection=connection)\n    with context.begin_transaction():\n        context.run_migrations()\n',
    },
    { path: "migrations/versions/one.py", content: alembicMigration("aaa", null, "one") },
  ],
  second: { path: "migrations/versions/two.py", content: alembicMigration("bbb", "aaa", "two") },
};

for (const framework of [django, alembic])
  describe(`the example for ${framework.heading} in docs/migrations.md`, { concurrency: false }, () => {
    let scene: MachineScene;
    let database: string;
    beforeEach(() => {
      scene = machineScene();
      database = join(scene.root, "db.sqlite3");
    });
    afterEach(async () => await scene.dispose());

    const { run, once, pending } = example(framework.heading);
    /** Deploys the files with the example's step, or with another command for its run. */
    async function deploy(files: SceneFile[], command = run): Promise<StepEnd | undefined> {
      const steps = {
        install: { run: `ln -sfn ${python} .venv` },
        migrate: { run: command, once, pending },
      };
      return (await scene.deploy(scene.place({ steps }), await scene.revision(files)))[2];
    }
    const tables = () => {
      const script =
        'import sqlite3,sys;print(",".join(r[0] for r in sqlite3.connect(sys.argv[1]).execute("select name from sqlite_master order by name")))';
      const names = execFileSync(join(python, "bin/python"), ["-c", script, database], { encoding: "utf8" });
      return names.trim().split(",");
    };
    const files = () => framework.files(database);
    /** What the runner of the step is killed by, so that nobody notes its end. */
    const cut = "kill -9 $PPID; sleep 1; kill -9 $$";

    it("leaves the question open when the database does not answer, though the tool's own status is 1", async () => {
      assert.equal((await deploy(files(), cut))?.result, "failed");
      rmSync(database, { force: true });
      execFileSync("mkdir", [database]);
      const end = await deploy(files());
      assert.equal(end?.result === "failed" && end.error.code, "once-unknown", JSON.stringify(end));
      assert.match(JSON.stringify(end), /exit status 2/);
    });

    it("finds a migration that was cut off after its work to be done, and does not run it again", async () => {
      assert.equal((await deploy(files(), `${run}\n${cut}`))?.result, "failed");
      assert.ok(tables().includes("one"));
      const end = await deploy(files(), `${run}\ntouch ${scene.root}/again`);
      assert.equal(end?.result, "unchanged", JSON.stringify(end));
      assert.ok(!existsSync(join(scene.root, "again")));
    });

    it("runs again one that was cut off before its work", async () => {
      assert.equal((await deploy(files(), cut))?.result, "failed");
      assert.equal((await deploy(files()))?.result, "done");
      assert.ok(tables().includes("one"));
    });

    it("runs a new migration, and spares a source that brings none", async () => {
      assert.equal((await deploy(files()))?.result, "done");
      assert.equal((await deploy([...files(), { path: "README", content: "words" }]))?.result, "unchanged");
      assert.equal((await deploy([...files(), framework.second]))?.result, "done");
      assert.ok(tables().includes("two"));
    });
  });

describe("the example for Prisma in docs/migrations.md", { concurrency: false }, () => {
  // What `prisma migrate status` prints, by its sources: the example tells these apart by their words.
  const cases: [said: string, status: number, pending: number][] = [
    ["Database schema is up to date!", 0, 0],
    ["Following migration have not yet been applied:\n20240101_one", 1, 1],
    [
      "Your local migration history and the migrations table from your database are different:\nThe migration have not yet been applied:\none",
      1,
      2,
    ],
    ["Following migrations have not yet been applied:\none\nFollowing migration have failed:\ntwo", 1, 2],
    ["Error: P1001: Can't reach database server", 1, 2],
  ];
  for (const [said, status, expected] of cases)
    it(`ends with ${expected} for ${JSON.stringify(said.split("\n")[0])}`, () => {
      const script = `npx() { printf '%s\\n' "$SAID"; return ${status}; }\n${example("Prisma").pending}`;
      let ended = 0;
      try {
        execFileSync("sh", ["-eu", "-c", script], { env: { ...process.env, SAID: said }, stdio: "pipe" });
      } catch (error) {
        ended = (error as { status: number }).status;
      }
      assert.equal(ended, expected);
    });
});
