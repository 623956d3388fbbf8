import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { UserError } from "../model/errors.ts";
import { ledgerSetting } from "./ledger-setting.ts";

describe("where the manifest says that the ledger is", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "landfall-setting-"));
  });
  after(() => rmSync(directory, { recursive: true }));
  const setting = (text: string) => {
    writeFileSync(join(directory, "landfall.yaml"), text);
    return ledgerSetting(directory);
  };

  test("a key that cannot be read is refused, never guessed", async () => {
    for (const text of [
      "ledger: origin\n",
      "ledger:\n",
      "ledger: { remot: origin }\n",
      "ledger: { remote: '${env.X}' }\n",
      "ledger: { remote: --upload-pack=x }\n",
      "ledger: { remote: origin\n",
    ])
      await assert.rejects(setting(text), (error) => error instanceof UserError && error.code === "bad-value", text);
  });

  test("a remote is named by name, URL or path, and `local` is none", async () => {
    assert.deepEqual(await setting("a: 1\nledger: { remote: upstream }\n"), { remote: "upstream" });
    assert.deepEqual(await setting("ledger:\n  remote: git@example.org:ops/ledger.git\n"), {
      remote: "git@example.org:ops/ledger.git",
    });
    assert.equal(await setting("ledger: { remote: local }\n"), null);
  });

  test("the key is found however the manifest is laid out", async () => {
    for (const text of [
      "  application: shop\n  ledger: { remote: local }\n",
      '{\n  "application": "shop",\n  "ledger": { "remote": "local" }\n}\n',
      "{application: shop,ledger: {remote: local}}\n",
      "--- {ledger: {remote: local}}\n",
      "\uFEFFledger: { remote: local }\n",
      "? ledger\n: { remote: local }\n",
    ])
      assert.equal(await setting(text), null, text);
    assert.equal(await setting("components:\n  ledger: { type: machine }\n"), undefined, "a component of that name");
  });

  test("a manifest that does not say, that is not there, or whose mistakes are elsewhere says nothing", async () => {
    assert.equal(await setting("application: shop\n"), undefined);
    assert.equal(await setting("application: { shop\nx-text: '\n ledger: {}'\n"), undefined);
    assert.equal(await setting("x-text: |\n  a\nledgers: 1\n"), undefined);
    assert.equal(await ledgerSetting(join(directory, "nowhere")), undefined);
  });
});
