import assert from "node:assert/strict";
import { it } from "node:test";
import { gitRef, isGitAddress } from "./git-address.ts";

const hostile = [
  "ext::sh -c 'touch /tmp/owned'",
  "fd::17",
  "--upload-pack=touch /tmp/owned",
  "-oProxyCommand=touch",
  "ssh://-oProxyCommand=touch/x",
  "ssh://-x@host/x",
  "-x@host:path",
  "git@-host:path",
  "http://host/x.git",
  "ftp://host/x.git",
  "transport::https://host/x",
  "https://user:secret@host/x.git",
  "https://token@host/x.git",
  "ssh://git:secret@host/x",
  "https://",
  "host:path",
  "git@host::path",
  "a\nb",
  "a\0b",
  "",
];

for (const text of hostile)
  it(`${JSON.stringify(text)} is no address`, () => {
    assert.equal(isGitAddress(text), false);
  });

const good = [
  "https://example.org/acme/web.git",
  "ssh://git@example.org:2222/acme/web.git",
  "git@example.org:acme/web.git",
  "git://[::1]:9418/web.git",
  "file:///srv/git/web.git",
  "/srv/git/web.git",
  "../web",
  "./web",
  "web",
];

for (const text of good)
  it(`${text} is an address`, () => {
    assert.equal(isGitAddress(text), true);
  });

it("a ref is a branch, a tag or a commit, and never an expression of git's or an option", () => {
  for (const ref of ["main", "release/1.2", "v1.0", "HEAD", "a".repeat(40)]) assert.ok(gitRef().safeParse(ref).success);
  for (const ref of ["--all", "main~1", "a..b", "main^{}", "HEAD:src", "a b", "", "*", "x@{1}", "${env.REF}", "a/"])
    assert.ok(!gitRef().safeParse(ref).success, ref);
});
