import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { readSources } from "../../revision/source.ts";
import type { GuardInput } from "../guard.ts";
import { imageGuard } from "./image.ts";

describe("the check of an image's files", () => {
  it("writes none of them outside its own folder, and refuses a commit that would", async () => {
    const repository = mkdtempSync(join(tmpdir(), "landfall-stray-"));
    const stray = `${basename(repository)}.txt`;
    try {
      const git = (args: string[], input: string | Buffer = "") =>
        execFileSync("git", args, { cwd: repository, input, encoding: "utf8" }).trim();
      // git's own commands make no tree with such a name.
      const tree = (...entries: [mode: string, name: string, id: string][]) => {
        const parts = entries.flatMap(([mode, name, id]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]);
        return git(["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], Buffer.concat(parts));
      };
      git(["init", "--quiet"]);
      const blob = git(["hash-object", "-w", "--stdin"], "FROM scratch\n");
      // The check's own folder lies in the one for temporary files, as this repository does.
      const top = tree(["40000", "..", tree(["100644", stray, blob])], ["100644", "Dockerfile", blob]);
      const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"];
      const commit = git([...identity, "commit-tree", top, "-m", "stray"]);
      const sources = await readSources(repository, commit, { web: { source: ["."], exclude: [] } });
      const files = sources.web?.files ?? [];
      assert.ok(files.some(({ path }) => path === `../${stray}`));
      const place = { component: "web" };
      const image = { checked: true, dockerfile: "Dockerfile", buildArgs: {} };
      const found = await imageGuard({
        surveyed: [{ place, provider: { image: () => image } }],
        places: [{ place, planned: { steps: [{}] } }],
        sourceOf: () => ({ repository, commit, files }),
      } as unknown as GuardInput);
      assert.deepEqual(
        found.map(({ code, level }) => [code, level]),
        [["path-escapes", "block"]],
      );
      assert.equal(existsSync(join(tmpdir(), stray)), false, "it lies beside the folder of the check");
    } finally {
      rmSync(repository, { recursive: true, force: true });
      rmSync(join(tmpdir(), stray), { force: true });
    }
  });
});
