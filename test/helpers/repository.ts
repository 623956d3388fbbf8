import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "../../src/io/process.ts";

/** Path → content; null removes, a link is a symbolic link, an executable has mode 755. */
export type Files = Record<string, string | Buffer | null | { link: string } | { executable: string }>;

/** A git repository for one test. Authors and dates are fixed, so the same steps give the same commits everywhere. */
export interface TestRepository {
  readonly directory: string;
  /** Changes files of the working tree, without committing. */
  write(files: Files): Promise<void>;
  /** Commits all that differs, and gives the commit's id. */
  commit(message?: string): Promise<string>;
  /** The full id of what is checked out. */
  head(): Promise<string>;
  /** Makes a branch here and checks it out. */
  branch(name: string): Promise<void>;
  checkout(ref: string): Promise<void>;
  /** Any git command; its output without the last newline. Throws with git's message. */
  git(...args: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Makes a repository with one commit of these files on branch `main`. */
export async function makeRepository(files: Files = { "README.md": "test\n" }): Promise<TestRepository> {
  const repository = repositoryAt(await mkdtemp(join(tmpdir(), "landfall-repository-")));
  await repository.git("init", "--quiet", "--initial-branch", "main");
  await repository.write(files);
  await repository.commit("first");
  return repository;
}

/** A repository that is there already, such as a clone. */
export function repositoryAt(directory: string): TestRepository {
  let commits = 0;

  async function git(...args: string[]): Promise<string> {
    const end = await run("git", args, { cwd: directory, env: gitEnvironment(commits), timeoutSeconds: 60 });
    if (end.ended === "exit" && end.status === 0) return end.stdout.replace(/\n$/, "");
    throw new Error(`git ${args.join(" ")} ended by ${end.ended}: ${end.stderr}`);
  }

  const repository: TestRepository = {
    directory,
    git,
    write: async (changes) => {
      for (const [path, content] of Object.entries(changes)) await put(join(directory, path), content);
    },
    commit: async (message = "change") => {
      commits += 1;
      await git("add", "--all");
      await git("commit", "--quiet", "--allow-empty", "--message", message);
      return repository.head();
    },
    head: () => git("rev-parse", "HEAD"),
    branch: async (name) => void (await git("checkout", "--quiet", "-b", name)),
    checkout: async (ref) => void (await git("checkout", "--quiet", ref)),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
  return repository;
}

/** Nothing of the person who runs the tests: no configuration, no hooks, no variables of an outer git. Dates one minute apart. */
function gitEnvironment(commits: number): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([key]) => !key.startsWith("GIT_"));
  const date = new Date(Date.UTC(2024, 0, 1, 12, commits)).toISOString();
  return {
    ...Object.fromEntries(own),
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Test",
    GIT_AUTHOR_EMAIL: "test@example.invalid",
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: "Test",
    GIT_COMMITTER_EMAIL: "test@example.invalid",
    GIT_COMMITTER_DATE: date,
  };
}

async function put(path: string, content: Files[string]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { recursive: true, force: true });
  if (content === null || content === undefined) return;
  if (typeof content === "string" || Buffer.isBuffer(content)) await writeFile(path, content);
  else if ("link" in content) await symlink(content.link, path);
  else await writeFile(path, content.executable, { mode: 0o755 });
}
