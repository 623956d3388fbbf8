import type { Evidence } from "../model/evidence.ts";
import type { ResolvedPlace } from "../model/place.ts";
import { seconds } from "../model/text.ts";
import type { Context, Reach, Wanted } from "../providers/provider.ts";
import { pause } from "../util/pause.ts";
import { tryCommand } from "./command-check.ts";
import { tryRequest } from "./request-check.ts";
import type { Try } from "./try.ts";

/** One check, ready to be tried. */
interface Check {
  claim: string;
  expected: string;
  unit: string;
  within: number;
  once: (limitSeconds: number) => Promise<Try>;
}

/**
 * Tries a place's checks in order: health; then all requests; then the commands one after the other. What comes after
 * a failure is not reached, and said to be so. `proven`: whether what runs there is the revision at all.
 */
export async function runChecks(
  place: ResolvedPlace,
  wanted: Wanted,
  reach: Reach,
  proven: boolean,
  context: Context,
): Promise<Evidence[]> {
  const found: Evidence[] = [];
  let before: string | null = proven ? null : "the revision is not proven here";
  for (const group of groupsOf(place, wanted, reach, context)) {
    const reached = before;
    const evidence = await Promise.all(
      group.map(async (check) =>
        reached === null
          ? await tryUntil(check, context)
          : unknown(check, `not reached: ${reached}`, "check-not-reached"),
      ),
    );
    found.push(
      ...evidence.map((item) => masked({ ...item, component: place.component, target: place.target }, context)),
    );
    const bad = evidence.find(({ verdict }) => verdict !== "proven");
    if (bad) before ??= `${bad.claim} did not hold`;
  }
  return found;
}

type Found = Omit<Evidence, "component" | "target">;

function groupsOf(place: ResolvedPlace, wanted: Wanted, reach: Reach, context: Context): Check[][] {
  if (!place.checks) return [];
  const request = (claim: string, asked: Parameters<typeof tryRequest>[0], within: string): Check => ({
    claim,
    expected: `status ${asked.status}`,
    unit: shownAddress(asked.url),
    within: seconds(within),
    once: (limit) => tryRequest(asked, wanted.accepts, reach.host, limit, context),
  });
  const { health, requests, commands } = place.checks;
  return [
    health ? [request("health", { ...health, method: "GET", headers: {}, json: {} }, health.within)] : [],
    requests.map((asked) => request(`request ${asked.name}`, asked, asked.within)),
    ...commands.map((command) => [
      {
        claim: `command ${command.name}`,
        expected: "exit status 0",
        unit: command.name,
        within: seconds(command.within),
        once: (limit: number) => tryCommand(command.run, place, wanted.commit, reach, limit, context),
      },
    ]),
  ];
}

/** Tries until it holds or its time is up. What is wrong now may come true: an instance may still be starting. */
async function tryUntil(check: Check, { signal }: Context): Promise<Found> {
  const start = performance.now();
  const left = () => check.within - (performance.now() - start) / 1000;
  let tries = 0;
  let last: Try = { ended: "lost", seen: "it was not tried" };
  while (!signal.aborted && left() > 0) {
    last = await check.once(Math.max(left(), 0.1));
    tries++;
    if (last.ended === "held") break;
    await pause(Math.max(Math.min(0.5, left()), 0), signal);
  }
  const { claim, expected, unit } = check;
  const at = new Date().toISOString();
  const readings = last.ended === "lost" ? [] : [{ unit, identity: last.seen, source: claim, at }];
  if (last.ended === "held")
    return { claim, expected, readings, verdict: "proven", reason: `${claim}: ${unit}: ${last.seen}` };
  if (signal.aborted) return unknown(check, "cancelled before it held", "no-evidence");
  const spent = `${tries} ${tries === 1 ? "try" : "tries"} in ${Math.round(check.within - left())} s`;
  const reason = `${claim}: ${unit}: ${last.seen} (expected ${expected}; ${spent})`;
  if (last.ended === "lost") return { claim, expected, readings, verdict: "unknown", reason, code: "no-evidence" };
  return { claim, expected, readings, verdict: "refuted", reason, code: last.code ?? "check-failed" };
}

function unknown({ claim, expected }: Check, why: string, code: "check-not-reached" | "no-evidence"): Found {
  return { claim, expected, readings: [], verdict: "unknown", reason: `${claim}: ${why}`, code };
}

/** An address without the login that it may hold. */
function shownAddress(url: string): string {
  const address = new URL(url);
  address.username = "";
  address.password = "";
  return address.href;
}

function masked(evidence: Evidence, { mask }: Context): Evidence {
  const readings = evidence.readings.map((reading) => ({
    ...reading,
    unit: mask(reading.unit),
    identity: reading.identity === null ? null : mask(reading.identity),
  }));
  return { ...evidence, expected: mask(evidence.expected), reason: mask(evidence.reason), readings };
}
