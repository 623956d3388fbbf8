import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ulid } from "ulid";
import { type Key, makeKey } from "../../test/helpers/keys.ts";
import { type Shared, shareRepository } from "../../test/helpers/shared-ledger.ts";
import { git } from "../io/git.ts";
import type { Approval, Statement } from "../model/approval.ts";
import { statementOf } from "./approve.ts";
import { openGitLedger } from "./git-store.ts";
import type { Ledger } from "./ledger.ts";
import { deployed, opened, surveyed } from "./scenes.ts";

describe("an approval in a shared ledger", () => {
  let shared: Shared;
  let clone = "";
  let ledger: Ledger;
  const ana: Key = makeKey("approver-ana");
  const eve: Key = makeKey("approver-eve");
  beforeEach(async () => {
    shared = await shareRepository();
    clone = await shared.clone("one");
    ledger = await openGitLedger(clone);
  });
  afterEach(() => shared.remove());

  const signWith = async (repository: string, key: Key) => {
    await git(repository, ["config", "gpg.format", "ssh"]);
    await git(repository, ["config", "user.signingkey", `${key.path}.pub`]);
  };
  const approve = async (sign: boolean, more: Partial<Approval> = {}) =>
    await ledger.approve("uat", { application: "shop", approval: approval(more), sign, accept: async () => {} });
  const signers = { approvers: [{ name: "ana", key: ana.public.trim() }], branch: "main" };
  const stated = async (given: Approval): Promise<Statement> =>
    statementOf(given, "shop", "uat", (await ledger.state("uat"))?.ledger ?? "");
  const signature = async (given: Approval, repository = clone, commit = given.signed ?? "") => {
    const reader = await openGitLedger(repository);
    await reader.state("uat");
    return await reader.signature("uat", commit, await stated(given), signers, true);
  };

  it("is seen from another clone, and git itself says that it is signed", async () => {
    await signWith(clone, ana);
    const given = await approve(true);
    const other = await shared.clone("two");
    const state = await (await openGitLedger(other)).state("uat");
    assert.deepEqual(state?.approvals, [given]);
    assert.match(
      await git(shared.remote, ["log", "-1", "--format=%B", given.signed ?? ""]),
      /ana approves plan abababababab/,
    );
    const read = await signature(given, other);
    assert.equal(read.state, "good", JSON.stringify(read));
    assert.equal(read.state === "good" && read.name, "ana");
    const file = join(clone, ".git", "allowed");
    await writeFile(file, `ana namespaces="git" ${ana.public}`);
    const verify = ["-c", `gpg.ssh.allowedSignersFile=${file}`, "verify-commit"];
    await git(clone, [...verify, given.signed ?? ""]);
    await assert.rejects(git(clone, [...verify, "refs/landfall/ledger/uat"]));
  });

  it("is signed by nobody when git is not set to sign, and then names no commit", async () => {
    const given = await approve(false);
    assert.equal(given.signed, undefined);
    assert.deepEqual((await ledger.state("uat"))?.approvals, [given]);
  });

  it("is not recorded at all when it cannot be signed", async () => {
    await signWith(clone, { ...ana, path: join(clone, "nowhere") });
    await assert.rejects(approve(true), { code: "signing-failed" });
    assert.equal(await ledger.state("uat"), null);
  });

  it("is not recorded when the look at its signed commit refuses it", async () => {
    await signWith(clone, ana);
    const accept = async () => assert.fail("not good enough");
    await assert.rejects(ledger.approve("uat", { application: "shop", approval: approval(), sign: true, accept }));
    assert.equal(await ledger.state("uat"), null);
  });

  it("counts for nobody when its key is not listed", async () => {
    await signWith(clone, eve);
    assert.equal((await signature(await approve(true))).state, "unlisted");
  });

  it("does not hold for another plan, another environment, another ledger", async () => {
    await signWith(clone, ana);
    const given = await approve(true);
    for (const other of [{ plan: "c".repeat(64) }, { environment: "production" }, { ledger: ulid() }, { who: "eve" }]) {
      const read = await ledger.signature(
        "uat",
        given.signed ?? "",
        { ...(await stated(given)), ...other },
        signers,
        true,
      );
      assert.equal(read.state, "bad", JSON.stringify(other));
    }
  });

  it("does not hold when its commit was altered, though it still carries the signature", async () => {
    await signWith(clone, ana);
    const given = await approve(true);
    const raw = await git(clone, ["cat-file", "commit", given.signed ?? ""]);
    const forged = raw.replaceAll("a".repeat(40), "b".repeat(40));
    assert.notEqual(forged, raw);
    const commit = (await git(clone, ["hash-object", "-t", "commit", "-w", "--stdin"], { input: forged })).trim();
    const statement = { ...(await stated(given)), commit: "b".repeat(40) };
    const read = await ledger.signature("uat", commit, statement, signers, true);
    assert.equal(read.state, "bad");
    assert.match(read.state === "bad" ? read.why : "", /altered/);
  });

  it("does not hold when a commit with the same words is signed by nobody", async () => {
    await signWith(clone, ana);
    const given = await approve(true);
    const raw = await git(clone, ["cat-file", "commit", given.signed ?? ""]);
    const unsigned = raw.replace(/^gpgsig .*\n( .*\n)*/m, "");
    const commit = (await git(clone, ["hash-object", "-t", "commit", "-w", "--stdin"], { input: unsigned })).trim();
    assert.match(JSON.stringify(await signature(given, clone, commit)), /"bad".*not signed/);
  });

  it("does not hold with a signature of another kind, whatever the deployer's own keyring says of it", async () => {
    await signWith(clone, ana);
    const given = await approve(true);
    const raw = await git(clone, ["cat-file", "commit", given.signed ?? ""]);
    const other = raw.replace(
      /^gpgsig .*\n( .*\n)*/m,
      "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n",
    );
    const commit = (await git(clone, ["hash-object", "-t", "commit", "-w", "--stdin"], { input: other })).trim();
    const program = join(clone, ".git", "gpg");
    const says = ["NEWSIG", "GOODSIG ABCD ana", `VALIDSIG ${"A".repeat(40)}`, "TRUST_ULTIMATE 0 pgp"];
    await writeFile(program, `#!/bin/sh\n${says.map((line) => `echo "[GNUPG:] ${line}"`).join("\n")}\n`, {
      mode: 0o755,
    });
    await git(clone, ["config", "gpg.program", program]);
    assert.equal((await git(clone, ["show", "--no-patch", "--format=%G? %GS", commit])).trim(), "G ana");
    assert.equal((await signature(given, clone, commit)).state, "bad");
  });

  it("does not hold when the record was joined with another one, which could hide what became of it", async () => {
    await signWith(clone, ana);
    const given = await approve(true);
    const ref = "refs/landfall/ledger/uat";
    const before = (await git(clone, ["rev-parse", ref])).trim();
    await deployed(ledger, "uat", 1, "a".repeat(40), "proven");
    const head = (await git(clone, ["rev-parse", ref])).trim();
    const who = ["-c", "user.name=eve", "-c", "user.email=eve@example.invalid"];
    const joined = await git(clone, [...who, "commit-tree", "-p", before, "-p", head, "-m", "x", `${before}^{tree}`]);
    await git(clone, ["push", "--quiet", "origin", `${joined.trim()}:${ref}`]);
    assert.match(JSON.stringify(await signature(given)), /"bad".*joined/);
  });

  it("is unread, never good, when its commit is nowhere to be had", async () => {
    await signWith(clone, ana);
    const given = await approve(true);
    assert.equal((await signature(given, clone, "d".repeat(40))).state, "unread");
  });

  it("can be checked in a shallow clone, which has the newest commit of the record only", async () => {
    await signWith(clone, ana);
    const given = await approve(true);
    await deployed(ledger, "uat", 1, "a".repeat(40), "proven");
    const shallow = await shared.clone("shallow", "--depth=1");
    assert.equal((await signature(given, shallow)).state, "good");
  });

  it("keeps its signature when another clone writes at the same time, and when this one has what was not sent yet", async () => {
    await signWith(clone, ana);
    const recorder = await opened(ledger, "uat", 1);
    const other = await openGitLedger(await shared.clone("two"));
    await deployed(other, "uat", 2, "c".repeat(40), "proven");
    const given = await approve(true);
    await recorder.append(surveyed("still at work"));
    await recorder.close();
    assert.equal((await signature(given)).state, "good");
    const state = await (await openGitLedger(await shared.clone("three"))).state("uat");
    assert.deepEqual(state?.approvals, [given]);
    const chain = await git(shared.remote, ["rev-list", "refs/landfall/ledger/uat"]);
    assert.ok(chain.includes(given.signed ?? "none"));
  });

  it("is signed anew on top of a writer who was faster", async () => {
    await signWith(clone, ana);
    const other = await openGitLedger(await shared.clone("two"));
    const looked: (string | null)[] = [];
    const accept = async (signed: string | null) => {
      if (looked.push(signed) === 1) await deployed(other, "uat", 2, "c".repeat(40), "proven");
    };
    const given = await ledger.approve("uat", { application: "shop", approval: approval(), sign: true, accept });
    assert.equal(looked.length, 2);
    assert.equal(given.signed, looked[1]);
    assert.equal((await signature(given)).state, "good");
    assert.equal((await ledger.state("uat"))?.token, 2);
  });

  it("is not recorded when the remote does not answer: nobody would see it", async () => {
    await shared.away();
    await assert.rejects(approve(false), { code: "ledger-unreachable" });
    await shared.back();
    assert.equal(await ledger.state("uat"), null);
  });

  it("is taken back for all", async () => {
    const given = await approve(false);
    const event = {
      event: "approval-withdrawn",
      at: now(),
      approval: given.id,
      who: "ben",
      reason: "not today",
    } as const;
    await ledger.withdraw("uat", event);
    const state = await (await openGitLedger(await shared.clone("two"))).state("uat");
    assert.equal(state?.approvals?.[0]?.withdrawn?.who, "ben");
  });
});

describe("an approval in a ledger of its own clone", () => {
  it("is signed and read as in a shared one, in the middle of a rollout that is being recorded", async () => {
    const shared = await shareRepository();
    try {
      const clone = await shared.clone("one");
      const key = makeKey("approver-alone");
      await git(clone, ["config", "gpg.format", "ssh"]);
      await git(clone, ["config", "user.signingkey", `${key.path}.pub`]);
      const ledger = await openGitLedger(clone, { shared: null });
      const recorder = await opened(ledger, "uat", 1);
      let looked = 0;
      const accept = async () => {
        looked += 1;
        if (looked === 1) await recorder.append(surveyed("faster"));
      };
      const given = await ledger.approve("uat", { application: "shop", approval: approval(), sign: true, accept });
      await recorder.append(surveyed("still at work"));
      await recorder.close();
      const state = await ledger.state("uat");
      assert.deepEqual(state?.approvals, [given]);
      const signers = { approvers: [{ name: "ana", key: key.public.trim() }], branch: "main" };
      const expected = statementOf(given, "shop", "uat", state?.ledger ?? "");
      const read = await ledger.signature("uat", given.signed ?? "", expected, signers, true);
      assert.equal(read.state, "good", JSON.stringify(read));
      assert.equal((await ledger.rollout("uat", recorder.rollout)).events.length, 3);
      assert.equal(looked, 2);
    } finally {
      await shared.remove();
    }
  });

  it("goes along when the ledger comes to be shared", async () => {
    const shared = await shareRepository();
    try {
      const clone = await shared.clone("one");
      const alone = await openGitLedger(clone, { shared: null });
      const given = await alone.approve("uat", {
        application: "shop",
        approval: approval(),
        sign: false,
        accept: async () => {},
      });
      await deployed(await openGitLedger(await shared.clone("two")), "uat", 1, "a".repeat(40), "proven");
      const recorder = await opened(await openGitLedger(clone), "uat", 2);
      await recorder.close();
      const state = await (await openGitLedger(await shared.clone("three"))).state("uat");
      assert.deepEqual(state?.approvals, [given]);
      assert.equal(state?.token, 2);
    } finally {
      await shared.remove();
    }
  });
});

function approval(more: Partial<Approval> = {}): Omit<Approval, "signed"> {
  const plan = { hash: "ab".repeat(32), parts: { application: "shop" } };
  return { id: ulid(), plan, commit: "a".repeat(40), who: "ana", at: now(), reason: "looked\nat it", ...more };
}

function now(): string {
  return new Date().toISOString();
}
