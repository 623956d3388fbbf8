import assert from "node:assert/strict";
import { test } from "node:test";
import type { Code } from "../model/codes.ts";
import { classifySshError, type SshFailure } from "./ssh-errors.ts";

/** What OpenSSH printed when each was brought about for real. */
const seen: [claim: string, ended: SshFailure["ended"], code: Code, stderr: string][] = [
  [
    "a name that does not resolve is unknown",
    "unreachable",
    "host-unknown",
    "ssh: Could not resolve hostname nosuch.invalid: Name or service not known\n",
  ],
  [
    "a jump host that does not resolve is unknown too, though the connection was closed after it",
    "unreachable",
    "host-unknown",
    "ssh: Could not resolve hostname nosuch.invalid: Name or service not known\nkex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535\n",
  ],
  ...["No route to host", "Connection timed out", "Connection refused"].map((why): (typeof seen)[number] => [
    `a jump host that cannot be reached says nothing of the machine behind it: ${why}`,
    "unreachable",
    "ssh-failed",
    `ssh: connect to host 10.0.0.1 port 22: ${why}\r\nkex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n`,
  ]),
  [
    "a machine that does not answer is off",
    "unreachable",
    "host-off",
    "ssh: connect to host 10.0.0.9 port 22: Connection timed out\n",
  ],
  [
    "a hung machine is not off",
    "unreachable",
    "host-hung",
    "Connection timed out during banner exchange\nConnection to 127.0.0.1 port 2292 timed out\n",
  ],
  [
    "a machine without a route is off",
    "unreachable",
    "host-off",
    "ssh: connect to host 10.0.0.9 port 22: No route to host\n",
  ],
  [
    "no network here says nothing of the machine",
    "unreachable",
    "network-down",
    "ssh: connect to host 10.0.0.9 port 22: Network is unreachable\n",
  ],
  [
    "a machine that is starting up is off",
    "unreachable",
    "host-off",
    '"System is booting up. Unprivileged users are not permitted to log in yet. Please come back later."\nConnection closed by 127.0.0.1 port 2201\n',
  ],
  [
    "a port on which nothing listens refuses",
    "unreachable",
    "host-refuses",
    "ssh: connect to host 127.0.0.1 port 2298: Connection refused\n",
  ],
  [
    "a port that closes before the login refuses",
    "unreachable",
    "host-refuses",
    "kex_exchange_identification: Connection closed by remote host\nConnection closed by 127.0.0.1 port 2291\n",
  ],
  [
    "a port that resets before the login refuses",
    "unreachable",
    "host-refuses",
    "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 127.0.0.1 port 2201\n",
  ],
  [
    "a wrong key is refused access",
    "refused",
    "access-refused",
    "root@127.0.0.1: Permission denied (publickey,password,keyboard-interactive).\n",
  ],
  [
    "too many keys are refused access",
    "refused",
    "access-refused",
    "Received disconnect from 127.0.0.1 port 2299:2: Too many authentication failures\nDisconnected from 127.0.0.1 port 2299\n",
  ],
  [
    "a changed host key is told apart from an unknown one",
    "refused",
    "host-key-changed",
    "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\nHost key for [127.0.0.1]:2299 has changed and you have requested strict checking.\nHost key verification failed.\n",
  ],
  ["an unknown host key is refused", "refused", "host-key-unknown", "Host key verification failed.\n"],
  [
    "an unknown host key is refused under strict checking",
    "refused",
    "host-key-unknown",
    "No ED25519 host key is known for [127.0.0.1]:2299 and you have requested strict checking.\nHost key verification failed.\n",
  ],
  [
    "a local firewall's refusal is not taken for the machine's",
    "unreachable",
    "ssh-failed",
    "ssh: connect to host 10.0.0.9 port 22: Permission denied\n",
  ],
  [
    "what is not known keeps ssh's last line",
    "unreachable",
    "ssh-failed",
    "Can't open user config file /nonexistent: No such file or directory\n",
  ],
  ["silence is a reason of its own", "unreachable", "ssh-failed", ""],
];

for (const [claim, ended, code, stderr] of seen)
  test(claim, () => {
    const failure = classifySshError("deploy@app", stderr);
    assert.deepEqual([failure.ended, failure.code], [ended, code]);
    assert.match(failure.message, /^deploy@app \S[^\n]+$/);
  });

test("a jump host that cannot be reached is named, and why", () => {
  const stderr = "ssh: connect to host gate port 22: No route to host\r\nConnection closed by UNKNOWN port 65535\r\n";
  const { message } = classifySshError("app", stderr);
  assert.equal(message, "app cannot be reached: the way leads through gate port 22: No route to host");
});

test("an error without a page of its own shows what ssh said", () => {
  const failure = classifySshError("app", "Warning: first\nssh: something new\n");
  assert.equal(failure.message, "app cannot be reached: ssh: something new");
});
