import assert from "node:assert/strict";
import { test } from "node:test";
import type { CredentialsAnswer, SecretAnswer, Signer } from "../model/credentials.ts";
import { credentialsText } from "./credentials.ts";
import { painter } from "./paint.ts";

const role: Signer = {
  kind: "assumed role",
  found: "environment variables",
  keyId: "…ABCD",
  expiresAt: null,
  account: "111122223333",
  arn: "arn:aws:sts::111122223333:assumed-role/deploy/x",
  keys: null,
};
const answer = (more: Partial<CredentialsAnswer>): CredentialsAnswer => ({
  environment: "uat",
  at: "2026-11-21T12:00:00.000Z",
  region: "us-east-2",
  rule: { maxAgeSeconds: 90 * 86_400, block: false, secrets: [] },
  account: "111122223333",
  signer: { state: "read", value: role },
  base: null,
  secrets: [],
  findings: [],
  ...more,
});
const text = (more: Partial<CredentialsAnswer>) => credentialsText(answer(more), painter(false));
const session = (expiresAt: string): Partial<CredentialsAnswer> => ({
  signer: { state: "read", value: { ...role, expiresAt } },
});

test("a session shows when it ends, and one that has ended says so", () => {
  assert.match(text(session("2026-11-21T12:30:00.000Z")), /session ends +\S+ \S+, in 30 min/);
  assert.match(text(session("2026-11-21T11:59:00.000Z")), /session ends .*it has ended/);
});

test("a role is not shown with an age of its own", () => {
  assert.match(text({}), /age +a session: the role has no key of its own/);
});

test("who signs is unknown with the reason, and so is a secret that cannot be read", () => {
  const unknown = { state: "unknown", code: "aws-unreachable", reason: "sts: ECONNREFUSED" } as const;
  const shown = text({ signer: unknown, base: unknown, secrets: [{ name: "db", versions: unknown }] });
  assert.match(shown, /identity +unknown: sts: ECONNREFUSED/);
  assert.match(shown, /entered with\n +identity +unknown/);
  assert.match(shown, /db +unknown: sts: ECONNREFUSED/);
});

test("a secret that is not there, or has no version, is not shown as an empty line", () => {
  const secrets: SecretAnswer[] = [
    { name: "gone", versions: { state: "read", value: null } },
    { name: "bare", versions: { state: "read", value: [] } },
  ];
  const shown = text({ secrets });
  assert.match(shown, /gone +not there/);
  assert.match(shown, /bare +no version/);
});
