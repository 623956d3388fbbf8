import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findingsOf, loadText, soundManifest } from "../../test/helpers/manifest.ts";
import { providers } from "../providers/index.ts";
import { createMask } from "../util/mask.ts";
import { resolveEnvironment } from "./resolve.ts";

const withNotify = (item: string) =>
  soundManifest.replace("branch: main", `branch: main\n    notify:\n      - ${item}`);

async function resolve(item: string, env: Record<string, string> = {}) {
  const loaded = await loadText(withNotify(item));
  return resolveEnvironment(loaded, { environment: "uat", env, commit: null, providers });
}

const refused: [claim: string, item: string, told: RegExp, env?: Record<string, string>][] = [
  ["no channel at all", "{}", /exactly one of slack, webhook and email/],
  ["two channels", "{ slack: { webhook: 'https://h/1' }, webhook: { url: 'https://h/2' } }", /exactly one/],
  ["a misspelt channel", "{ slak: { webhook: 'https://h/1' } }", /`slak` is not a key .*slack/],
  ["an outcome that there is none of", "{ slack: { webhook: 'https://h/1', on: [faild] } }", /`failed`/],
  ["no outcome at all", "{ slack: { webhook: 'https://h/1', on: [] } }", /must not be empty/],
  ["an address of another kind", "{ slack: { webhook: 'ftp://h/1' } }", /http or https/],
  ["a mail server over http", "{ email: { to: [a@b.c], from: a@b.c, smtp: 'http://h' } }", /smtp:/],
  ["nobody to write to", "{ email: { to: [], from: a@b.c, smtp: 'smtp://h' } }", /must not be empty/],
  [
    "a sender that begins another header",
    '{ email: { to: [a@b.c], from: "a@b.c\\r\\nBcc: x@y.z", smtp: "smtp://h" } }',
    /mail address/,
  ],
  ["two receivers in one", '{ email: { to: ["a@b.c, x@y.z"], from: a@b.c, smtp: "smtp://h" } }', /mail address/],
  ["a header of two lines", '{ webhook: { url: "https://h", headers: { a: "b\\r\\nc: d" } } }', /one line/],
  ["a variable that is not set", "{ slack: { webhook: '${env.HOOK}' } }", /env\.HOOK\} is not set/],
  [
    "a sender whose variable begins another header",
    "{ email: { to: [a@b.c], from: '${env.FROM}', smtp: 'smtp://h' } }",
    /mail address/,
    { FROM: "a@b.c\nBcc: x@y.z" },
  ],
];
for (const [claim, item, told, env] of refused)
  test(`${claim} is refused`, async () => {
    const [first, ...others] = await findingsOf(() => resolve(item, env));
    assert.match(first?.message ?? "", told);
    assert.deepEqual(others, []);
    assert.ok(first?.line);
  });

test("without `on`, what went wrong and what is owed is told of", async () => {
  const { notify } = await resolve("{ slack: { webhook: 'https://${vars.host:-hooks.example.org}/T/B/x' } }");
  assert.deepEqual(notify, [
    { channel: "slack", webhook: "https://hooks.example.org/T/B/x", on: ["failed", "unproven", "deferred"] },
  ]);
});

describe("what is secret by its place is masked, though it is written literally", () => {
  const cases: [what: string, item: string, text: string][] = [
    [
      "a webhook's token",
      "{ slack: { webhook: 'https://hooks.example.org/services/T0/B0/abcdefghijklmnop1234' } }",
      "no such hook: abcdefghijklmnop1234",
    ],
    ["a query", "{ webhook: { url: 'https://h.example.org/in?key=s3cret-key' } }", "bad key s3cret-key"],
    [
      "a header's token",
      "{ webhook: { url: 'https://h.example.org', headers: { Authorization: Bearer s3cret-token } } }",
      "s3cret-token is unknown",
    ],
    [
      "a mail password, as it is and as it is written",
      "{ email: { to: [a@b.c], from: a@b.c, smtp: 'smtps://me:p%40ssw0rd@h.example.org' } }",
      "p@ssw0rd or p%40ssw0rd",
    ],
  ];
  for (const [what, item, text] of cases)
    test(what, async () => {
      const mask = createMask();
      mask.add((await resolve(item)).secrets);
      assert.doesNotMatch(mask.text(text), /abcdefgh|s3cret|ssw0rd/);
    });

  test("words of an address are not, since hiding them would garble other texts", async () => {
    const mask = createMask();
    mask.add(
      (await resolve("{ webhook: { url: 'https://h.example.org/deploys', headers: { x-team: platform } } }")).secrets,
    );
    assert.equal(mask.text("the deploys of platform"), "the deploys of platform");
  });
});
