import type { Place } from "../model/place.ts";
import type { Mistake } from "./issues.ts";
import { section } from "./written.ts";

/**
 * Places that only an http answer would prove, and whose address is the same: a dead one would be proven by its neighbour's
 * answer, or by whatever a load balancer chose. An address of the target itself (localhost) is another on each machine.
 */
export function sameAddressMistakes(places: readonly Place[]): Mistake[] {
  const first = new Map<string, Place>();
  return places.flatMap((place): Mistake[] => {
    const id = addressOf(place);
    const other = id === null ? undefined : first.get(id);
    if (id !== null && !other) first.set(id, place);
    if (!other) return [];
    const message =
      `the address that would prove component \`${place.component}\` on target \`${place.target}\` is the one for target ` +
      `\`${other.target}\` too: add a service or process claim, or use an address of the target itself`;
    return [
      { code: "shared-address", message, path: ["components", place.component, "prove", "http", "url"], part: "value" },
    ];
  });
}

function addressOf(place: Place): string | null {
  const prove = section(section(place.spec).prove);
  const { url } = section(prove.http);
  if (typeof url !== "string" || prove.service !== undefined || prove.process !== undefined) return null;
  const address = URL.parse(url);
  if (address === null) return null;
  const { host, port } = section(place.at);
  const own = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(address.hostname);
  return JSON.stringify(own ? [host ?? place.target, port, address.href] : [address.href]);
}
