import type { Finding } from "../model/finding.ts";
import type { ResolvedPlace } from "../model/place.ts";

/**
 * What stands in the way of every place of an account alike, such as that it is another's, is one thing to mend: it is told
 * once, of no place in particular. Findings of targets are each of their own.
 */
export function toldOnce(
  found: readonly { place: Pick<ResolvedPlace, "aws">; findings: readonly Finding[] }[],
): Finding[] {
  const ofTargets = found.filter(({ place }) => !place.aws).flatMap(({ findings }) => findings);
  const ofAccounts = found.filter(({ place }) => place.aws).flatMap(({ findings }) => findings);
  const same = Map.groupBy(ofAccounts, ({ code, message }) => `${code}\0${message}`);
  const told = [...same.values()].flatMap(([first, ...others]) => {
    if (!first || others.length === 0) return first ?? [];
    const { component: _component, target: _target, ...shared } = first;
    return shared;
  });
  return [...ofTargets, ...told];
}
