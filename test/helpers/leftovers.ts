import { hostname } from "node:os";
import { docker } from "./docker.ts";

/** The label by which containers and networks of tests tell whose they are: a host and a process. */
export const ownerLabel = "landfall-test.owner";

/** This process, as the value of that label. */
export const owner = `${hostname()}/${process.pid}`;

/**
 * Removes containers and networks of test runs that were killed. Several test files start at once and find the same
 * ones: what another of them removes just now is as good as removed.
 */
export async function sweepLeftovers(): Promise<void> {
  for (const container of await leftBehind(["ps", "--all"], "{{.ID}}")) {
    await unlessGone(docker(["rm", "--force", "--volumes", container]));
  }
  for (const network of await leftBehind(["network", "ls"], "{{.ID}}")) {
    await unlessGone(docker(["network", "rm", network]));
  }
}

async function leftBehind(list: readonly string[], id: string): Promise<string[]> {
  const format = `${id} {{.Label "${ownerLabel}"}}`;
  const listed = await docker([...list, "--filter", `label=${ownerLabel}`, "--format", format]);
  return listed.split("\n").flatMap((line) => {
    const [found, by] = line.split(" ");
    const [machine, pid] = by?.split("/") ?? [];
    return found && machine === hostname() && !isAlive(Number(pid)) ? [found] : [];
  });
}

/** A network goes last: until another file has removed the machines in it, it "has active endpoints". */
async function unlessGone(removed: Promise<string>): Promise<void> {
  await removed.catch((error: unknown) => {
    if (!/already in progress|no such (container|network)|not found|active endpoints/i.test(String(error))) throw error;
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
