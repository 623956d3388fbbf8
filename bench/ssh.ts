import { met, print } from "./print.ts";
import { sshFanout, type Times } from "./ssh-fanout.ts";

/** The part of `npm run bench` that needs Docker: many targets over SSH. Exit code 1 when a count is off. */
const measured = await sshFanout();
const { targets, rounds } = measured;

const logins = [
  { name: "logins of a deploy with nothing to do", value: measured.loginsOfNoop },
  { name: "logins of a deploy of 1 MB", value: measured.loginsOfRelease },
];
print(
  `Counts (${targets} targets over SSH)`,
  logins.map(({ name, value }) => [
    name,
    String(value),
    `limit ${targets}, one for each target`,
    met(value === targets),
  ]),
);
if (logins.some(({ value }) => value !== targets)) process.exitCode = 1;

for (const kind of ["cpu", "wall"] as const) {
  const words = kind === "cpu" ? "CPU time of the client" : "Wall time";
  print(
    `${words}, nothing to do: lock, survey, evidence and record included (medians of ${rounds} rounds)`,
    rows(measured.noop, kind, noopGoal),
  );
  print(`${words}, 1 MB to each (medians of ${rounds} rounds)`, rows(measured.release, kind, releaseGoal));
}
for (const missing of measured.missing) process.stdout.write(`Not measured: ${missing}\n`);

/** The first one is the peer of the ratios. */
function rows(
  times: Times,
  kind: "cpu" | "wall",
  goal: (name: string, ratio: number, times: Times) => string,
): string[][] {
  const peer = times[0]?.[kind] ?? Number.NaN;
  return times.map((each) => {
    const ratio = each[kind] / peer;
    return [
      each.name,
      `${(each[kind] / 1000).toFixed(2)} s`,
      `${ratio.toFixed(2)} ×`,
      kind === "wall" ? goal(each.name, ratio, times) : "",
    ];
  });
}

function noopGoal(name: string, ratio: number, times: Times): string {
  if (!name.startsWith("landfall")) return "";
  const own = times.find((each) => each.name === name)?.wall ?? Number.NaN;
  const ansible = times.find((each) => each.name.startsWith("ansible"))?.wall;
  const faster =
    ansible === undefined
      ? ""
      : `; goal 5 × faster than ansible: ${(ansible / own).toFixed(1)} × ${met(ansible / own >= 5)}`;
  return `goal 1.5 × ${met(ratio <= 1.5)}${faster}`;
}

function releaseGoal(name: string, ratio: number): string {
  return name.startsWith("landfall") ? `goal 1 × ${met(ratio <= 1)}` : "";
}
