import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsOf, loadText, soundManifest } from "../../test/helpers/manifest.ts";
import { providers } from "../providers/index.ts";
import { resolveEnvironment } from "./resolve.ts";

const aws = '    aws: { account: "111122223333", region: us-east-2 }\n';
const withKeys = (keys: string) => soundManifest.replace("    branch: main\n", `    branch: main\n${keys}`);

async function resolve(keys: string, env: Record<string, string> = {}) {
  const loaded = await loadText(withKeys(keys));
  return resolveEnvironment(loaded, { environment: "uat", env, commit: null, providers });
}

const refused: [claim: string, credentials: string, told: RegExp][] = [
  ["an age without its unit", "{ maxAge: 90 }", /must be text, and is a number/],
  ["an age in another unit", "{ maxAge: 2160h }", /must be days, such as 90d/],
  ["no age at all", "{ maxAge: 0d }", /must be days, such as 90d/],
  ["an age of a variable that is none", "{ maxAge: '${vars.age:-soon}' }", /must be days, such as 90d/],
  ["a misspelt key", "{ maxAgee: 90d }", /`maxAgee` is not a key .*maxAge/],
  ["a secret whose name no secret can have", '{ secrets: ["db password"] }', /must be a secret's name or ARN/],
];
for (const [claim, credentials, told] of refused)
  test(`${claim} is refused`, async () => {
    const [first, ...others] = await findingsOf(() => resolve(`${aws}    credentials: ${credentials}\n`));
    assert.match(first?.message ?? "", told);
    assert.deepEqual(others, []);
    assert.ok(first?.line);
  });

test("credentials of an environment that is not in AWS are refused: nothing would look at them", async () => {
  const [first, ...others] = await findingsOf(() => resolve("    credentials: { block: true }\n"));
  assert.equal(first?.code, "missing-key");
  assert.match(first?.message ?? "", /the environment has no `aws`/);
  assert.deepEqual(others, []);
});

test("without `credentials`, a key may be 90 days old, and an older one is a warning", async () => {
  const { account } = await resolve(aws);
  assert.deepEqual(account?.credentials, { maxAgeSeconds: 90 * 86_400, block: false, secrets: [] });
});

test("what is written counts, variables too", async () => {
  const { account } = await resolve(
    `${aws}    credentials: { maxAge: "\${env.DAYS}d", block: true, secrets: [app/db] }\n`,
    { DAYS: "30" },
  );
  assert.deepEqual(account?.credentials, { maxAgeSeconds: 30 * 86_400, block: true, secrets: ["app/db"] });
});

test("an environment that is not in AWS has no account", async () => {
  assert.equal((await resolve("")).account, null);
});
