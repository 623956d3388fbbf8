import type { Code } from "../model/codes.ts";
import type { ScriptEnd } from "./hosts.ts";

/** Why no script could be run on a host. */
export type SshFailure = Extract<ScriptEnd, { code: Code }>;

type Rule = [pattern: RegExp, ended: SshFailure["ended"], code: Code, cause: string];

/** The first rule that matches counts: what ssh says last is often less exact than what it said before. */
const rules: Rule[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY|Host key for .* has changed/,
    "refused",
    "host-key-changed",
    "answers with another host key than the one in known_hosts",
  ],
  [
    /Host key verification failed|No \S+ host key is known/,
    "refused",
    "host-key-unknown",
    "has a host key that is not in known_hosts",
  ],
  [
    /Could not resolve hostname|Temporary failure in name resolution/,
    "unreachable",
    "host-unknown",
    "cannot be found: its name does not resolve",
  ],
  [
    /Permission denied \([a-z,-]+\)|Too many authentication failures|No (more|supported) authentication methods/,
    "refused",
    "access-refused",
    "does not accept this user with the keys at hand",
  ],
  [/System is (booting up|going down)/, "unreachable", "host-off", "is starting up or shutting down"],
  [/Connection refused/, "unreachable", "host-refuses", "refuses the connection: no sshd listens there"],
  // Only a connection that never came to be is silence. Whatever times out after that has something alive at the other end.
  [/connect to .* timed out/i, "unreachable", "host-off", "does not answer: the connection timed out"],
  [/timed out/i, "unreachable", "host-hung", "takes the connection and says nothing: it hangs, or is overloaded"],
  [
    /No route to host|Host is (down|unreachable)/i,
    "unreachable",
    "host-off",
    "cannot be reached: there is no route to it",
  ],
  [/Network is unreachable/, "unreachable", "network-down", "cannot be reached: this machine has no network"],
  [
    /kex_exchange_identification|Connection (closed|reset) by|banner exchange/,
    "unreachable",
    "host-refuses",
    "closes the connection before the login: sshd is not ready, or something else listens there",
  ],
];

/** Says from ssh's messages why it could not log in: its exit status is 255 whatever the reason. `host` begins the message. */
export function classifySshError(host: string, stderr: string): SshFailure {
  const jump = jumpHost(stderr);
  if (jump !== null)
    return {
      ended: "unreachable",
      code: "ssh-failed",
      message: `${host} cannot be reached: the way leads through ${jump}`,
    };
  for (const [pattern, ended, code, cause] of rules)
    if (pattern.test(stderr)) return { ended, code, message: `${host} ${cause}` };
  return { ended: "unreachable", code: "ssh-failed", message: `${host} cannot be reached: ${lastLine(stderr)}` };
}

/** The host that ssh was to go through and could not connect to, and why; null when it was not that. Of the machine behind it this says nothing. */
function jumpHost(stderr: string): string | null {
  // Where a connection was made for ssh by something else, it knows no address.
  if (!/UNKNOWN port 65535/.test(stderr)) return null;
  const [, place, why] = /^ssh: connect to host (\S+ port \d+): (.*)$/m.exec(stderr) ?? [];
  return place === undefined ? null : `${place}: ${why}`;
}

/** The last line that ssh printed, or a word on its silence. */
export function lastLine(stderr: string): string {
  return stderr.trimEnd().split("\n").at(-1)?.trim() || "ssh gave no reason";
}
