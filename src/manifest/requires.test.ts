import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findingsOf, loadText, places, soundManifest } from "../../test/helpers/manifest.ts";
import { approvalRule } from "./requires.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKc0zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";

/** The sound manifest with a second environment, and requirements of either. */
function manifest(uat: string, production: string, approvers = ""): string {
  const second = soundManifest.slice(soundManifest.indexOf("  uat:")).replace("  uat:", "  production:");
  const requires = (text: string, value: string) => text.replace("    branch: main\n", `    branch: main\n${value}`);
  return `${approvers}${requires(soundManifest, uat)}${requires(second, production)}`;
}

const cases: [title: string, text: string, findings: string[], message: RegExp][] = [
  [
    "an environment that is not there",
    manifest("", "    requires: { provenIn: uatt }\n"),
    ["unknown-environment 19:27"],
    /did you mean `uat`/,
  ],
  [
    "an environment that waits for itself",
    manifest("", "    requires: { provenIn: production }\n"),
    ["environment-cycle 19:27"],
    /production → production/,
  ],
  [
    "environments that wait for each other",
    manifest("    requires: { provenIn: production }\n", "    requires: { provenIn: uat }\n"),
    ["environment-cycle 14:27"],
    /uat → production → uat/,
  ],
  ["a misspelt key", manifest("", "    requires: { provedIn: uat }\n"), ["unknown-key 19:17"], /provenIn/],
  [
    "a misspelt key of the approval",
    manifest("", "    requires: { approval: { signd: true } }\n"),
    ["unknown-key 19:29"],
    /signed/,
  ],
  [
    "a time that is none",
    manifest("", "    requires: { approval: { within: soon } }\n"),
    ["bad-value 19:37"],
    /12h or 7d/,
  ],
  [
    "signed approvals where nobody can sign",
    manifest("", "    requires: { approval: { signed: true } }\n"),
    ["bad-value 19:29"],
    /lists no key/,
  ],
  [
    "a signer who is not listed",
    manifest(
      "",
      "    requires: { approval: { signed: true, by: [anna] } }\n",
      `approvers: [{ name: ana, key: "${key}" }]\n`,
    ),
    ["bad-value 20:48"],
    /did you mean `ana`/,
  ],
  [
    "a key of another kind",
    manifest("", "", 'approvers: [{ name: ana, key: "-----BEGIN" }]\n'),
    ["bad-value 1:31"],
    /public key/,
  ],
  [
    "a name that would be a pattern",
    manifest("", "", `approvers: [{ name: "*", key: "${key}" }]\n`),
    ["bad-value 1:21"],
    /letters, digits/,
  ],
  [
    "a key that two names have",
    manifest("", "", `approvers:\n  - { name: ana, key: "${key}" }\n  - { name: ben, key: "${key} ben" }\n`),
    ["bad-value 3:23"],
    /would not tell who signed/,
  ],
];

describe("requires", () => {
  for (const [title, text, expected, message] of cases)
    it(`refuses ${title}, at its place`, async () => {
      const found = await findingsOf(() => loadText(text));
      assert.deepEqual(places(found), expected, JSON.stringify(found));
      assert.match(found[0]?.message ?? "", message);
    });

  it("takes a proof in another environment and an approval, with all that it may say", async () => {
    const approval = "{ within: 7d, signed: true, by: [ana] }";
    const text = manifest(
      "",
      `    requires: { provenIn: uat, approval: ${approval} }\n`,
      `approvers: [{ name: ana, key: "${key}" }]\n`,
    );
    const { manifest: read } = await loadText(text);
    assert.deepEqual(read.environments.production?.requires?.provenIn, "uat");
    assert.deepEqual(approvalRule(read.environments.production?.requires), {
      signed: true,
      by: ["ana"],
      withinSeconds: 7 * 86_400,
    });
    assert.deepEqual(read.approvers, [{ name: "ana", key }]);
  });

  it("asks for nothing where it says nothing, or says false", () => {
    assert.equal(approvalRule(undefined), null);
    assert.equal(approvalRule({ approval: false }), null);
    assert.deepEqual(approvalRule({ approval: true }), { signed: false });
  });

  it("lets advisory approvals be limited to names that have no key", async () => {
    await loadText(manifest("", "    requires: { approval: { by: [ben] } }\n"));
  });
});
