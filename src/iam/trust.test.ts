import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { githubRepository, trustPolicy } from "./trust.ts";

const issuer = "token.actions.githubusercontent.com";
const base = { environment: "sandbox", account: "111122223333", region: "us-east-2", repository: "acme/layers" };
const claims = (more: Partial<Parameters<typeof trustPolicy>[0]> = {}) =>
  trustPolicy({ ...base, branches: ["test"], ...more }).trust.Statement.flatMap(({ Condition = {} }) =>
    Object.values(Condition).flatMap((keys) => keys[`${issuer}:sub`] ?? []),
  );

test("only the environment's branches of this repository are trusted, for AWS's own audience", () => {
  assert.deepEqual(trustPolicy({ ...base, branches: ["test"] }), {
    trust: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "GitHub",
          Effect: "Allow",
          Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${issuer}` },
          Action: ["sts:AssumeRoleWithWebIdentity"],
          Condition: {
            StringEquals: {
              [`${issuer}:aud`]: ["sts.amazonaws.com"],
              [`${issuer}:sub`]: ["repo:acme/layers:ref:refs/heads/test"],
            },
          },
        },
      ],
    },
    findings: [],
  });
});

test("a pattern of branches is compared as one, beside those that are written out, and told", () => {
  const { trust, findings } = trustPolicy({ ...base, branches: ["main", "release/**"] });
  assert.deepEqual(
    trust.Statement.map(({ Condition }) => Object.keys(Condition ?? {})),
    [["StringEquals"], ["StringEquals", "StringLike"]],
  );
  assert.deepEqual(claims({ branches: ["main", "release/**"] }), [
    "repo:acme/layers:ref:refs/heads/main",
    "repo:acme/layers:ref:refs/heads/release/*",
  ]);
  assert.deepEqual(
    findings.map(({ level }) => level),
    ["warning"],
  );
});

test("without branches, the job must name the environment of GitHub", () => {
  assert.deepEqual(claims({ branches: [] }), ["repo:acme/layers:environment:sandbox"]);
  assert.deepEqual(claims({ githubEnvironment: "prod: eu" }), ["repo:acme/layers:environment:prod%3A eu"]);
});

for (const branch of ["*", "**", "**/*", "{main,test}", "release-?", "!(main)", "[a-z]*", "${aws:username}"])
  test(`the pattern ${branch} is refused: a policy would trust more, or something else`, () => {
    assert.throws(() => claims({ branches: ["main", branch] }), { name: "UserError" });
  });

for (const repository of ["*", "acme/*", "acme", "acme/a:b", "acme/layers/x", ""])
  test(`the repository \`${repository}\` is refused`, () => {
    assert.throws(() => claims({ repository }), { name: "UserError" });
  });

test("nothing makes a policy that trusts a whole repository, or several", () => {
  const never = (branch: string, repository: string, githubEnvironment: string | undefined) => {
    let found: string[];
    try {
      found = claims({ branches: [branch], repository, githubEnvironment });
    } catch {
      return;
    }
    for (const claim of found)
      assert.match(claim, /^repo:[\w.-]+\/[\w.-]+:(ref:refs\/heads\/.*[^*/]|environment:[^*?]+)/);
  };
  const text = fc.oneof(fc.string(), fc.constantFrom("*", "main", "a/b", "acme/layers"));
  fc.assert(fc.property(text, text, fc.option(text, { nil: undefined }), never), { numRuns: 2000 });
});

test("the repository is read from every form of GitHub's addresses, and from no other host's", () => {
  const forms = [
    "https://github.com/acme/layers.git",
    "https://github.com/acme/layers",
    "git@github.com:acme/layers.git",
  ];
  const more = [
    "ssh://git@github.com/acme/layers.git",
    "ssh://git@ssh.github.com:443/acme/layers.git",
    "github.com:acme/layers",
  ];
  for (const address of [...forms, ...more, "https://user@github.com/acme/layers/"])
    assert.equal(githubRepository(address), "acme/layers", address);
  for (const address of [
    "https://gitlab.com/acme/layers",
    "https://github.com.evil.org/a/b",
    "/srv/layers",
    "https://notgithub.com/a/b",
    "git@github.com:acme",
    "",
  ])
    assert.equal(githubRepository(address), null, address);
});
