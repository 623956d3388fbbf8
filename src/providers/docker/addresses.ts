import type { VersionClaim } from "../http-version.ts";
import type { Container } from "./reading.ts";
import { type DockerPlace, portsOf } from "./spec.ts";

/** What is asked over HTTP. */
export interface Addresses {
  health: string | null;
  http: VersionClaim | null;
}

/** As the manifest has them; a path for health is one on the first published port. */
export function addressesOf(place: DockerPlace): Addresses {
  const { health, http } = place.spec.prove;
  const [first] = portsOf(place.spec);
  const whole = health?.startsWith("/") ? `http://${first?.address || "localhost"}:${first?.host}${health}` : health;
  return { health: whole ?? null, http: http ?? null };
}

/**
 * The same addresses at a candidate's own ports. One that leads elsewhere than to a published port of the host itself (a load
 * balancer, say) leads to what serves now: it is left out, and asked after the switch.
 */
export function candidateAddresses(place: DockerPlace, candidate: Container): Addresses {
  const { health, http } = addressesOf(place);
  const there = http === null ? null : atCandidate(http.url, place, candidate);
  return {
    health: health === null ? null : atCandidate(health, place, candidate),
    http: http === null || there === null ? null : { url: there, revision: http.revision },
  };
}

function atCandidate(url: string, place: DockerPlace, { ports }: Container): string | null {
  const address = new URL(url);
  const published = portsOf(place.spec).find(
    (port) =>
      port.host === Number(address.port || (address.protocol === "https:" ? 443 : 80)) &&
      leadsHere(address.hostname, port.address),
  );
  const bound = published && ports[`${published.container}/tcp`]?.[0]?.HostPort;
  if (!bound) return null;
  address.hostname = "127.0.0.1";
  address.port = bound;
  return address.href;
}

function leadsHere(hostname: string, published: string): boolean {
  return (
    hostname === published || hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
