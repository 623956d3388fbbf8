import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { credentialKind, hidesItsBase, isRoot } from "./credential-kind.ts";

const user = "arn:aws:iam::111122223333:user/ci";
const role = "arn:aws:sts::111122223333:assumed-role/deploy/session";

describe("the kind of credentials", () => {
  const cases: [title: string, marks: string[], arn: string, session: boolean, kind: string][] = [
    ["variables with a user's key are a static key", ["CREDENTIALS_ENV_VARS"], user, false, "static key"],
    ["a profile with a user's key is a static key", ["CREDENTIALS_PROFILE"], user, false, "static key"],
    ["a user's key with a session token is a session", ["CREDENTIALS_ENV_VARS"], user, true, "session of a user"],
    ["variables with a role's session are an assumed role", ["CREDENTIALS_ENV_VARS"], role, true, "assumed role"],
    [
      "a job's token is a web identity",
      ["CREDENTIALS_STS_ASSUME_ROLE_WEB_ID", "CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN"],
      role,
      true,
      "web identity (OIDC)",
    ],
    [
      "a profile that enters a role is an assumed role",
      ["CREDENTIALS_STS_ASSUME_ROLE", "CREDENTIALS_PROFILE_SOURCE_PROFILE"],
      role,
      true,
      "assumed role",
    ],
    ["a process is a process, whatever it gives", ["CREDENTIALS_PROCESS"], user, false, "process"],
    [
      "a profile of single sign-on is that",
      ["CREDENTIALS_SSO", "CREDENTIALS_PROFILE_SSO"],
      role,
      true,
      "single sign-on",
    ],
    [
      "a session of single sign-on in variables is known by its role",
      ["CREDENTIALS_ENV_VARS"],
      "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/me@example.org",
      true,
      "single sign-on",
    ],
    ["an instance's metadata is an instance role", ["CREDENTIALS_IMDS"], role, true, "instance role"],
    [
      "an instance's session in variables is known by its name",
      ["CREDENTIALS_ENV_VARS"],
      "arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0",
      true,
      "instance role",
    ],
    ["a container's address is a container role", ["CREDENTIALS_HTTP"], role, true, "container role"],
    ["a role that the SDK leaves unmarked is known by its ARN", [], role, true, "assumed role"],
    ["what nothing tells is unknown", [], "arn:aws:sts::111122223333:something/else", true, "unknown"],
  ];
  for (const [title, marks, arn, session, kind] of cases)
    it(title, () => assert.equal(credentialKind({ marks, arn, session }).kind, kind));

  it("comes with how they were found, or with the word that nobody told", () => {
    const marks = ["CREDENTIALS_PROFILE_PROCESS", "CREDENTIALS_PROCESS"];
    assert.equal(
      credentialKind({ marks, arn: user, session: false }).found,
      "a process, a profile's `credential_process`",
    );
    assert.equal(credentialKind({ marks: ["NEW_MARK"], arn: user, session: false }).found, "not told by the SDK");
  });
});

it("an account's own keys are told from those of a user who is named root", () => {
  assert.ok(isRoot("arn:aws:iam::111122223333:root"));
  assert.ok(isRoot("arn:aws-us-gov:iam::111122223333:root"));
  assert.ok(!isRoot("arn:aws:iam::111122223333:user/root"));
});

it("a role that a profile enters hides what it is entered with", () => {
  assert.ok(hidesItsBase(["CREDENTIALS_STS_ASSUME_ROLE", "CREDENTIALS_PROFILE_SOURCE_PROFILE"]));
  assert.ok(!hidesItsBase(["CREDENTIALS_PROFILE"]));
});
