import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { writeZip, type ZipEntry } from "./zip.ts";

const directory = mkdtempSync(join(tmpdir(), "landfall-zip-"));
after(() => rmSync(directory, { recursive: true, force: true }));
const path = join(directory, "a.zip");

const write = async (entries: readonly ZipEntry[], signal = new AbortController().signal) =>
  await writeZip(path, from(entries), signal);

async function* from(entries: readonly ZipEntry[]): AsyncGenerator<ZipEntry> {
  yield* entries;
}

const file = (name: string, content: string | Buffer = "x", mode: ZipEntry["mode"] = "100644"): ZipEntry => ({
  path: name,
  mode,
  content: Buffer.from(content),
});

/** What Python's own zipfile reads: name, mode, time, digest of the content. It checks the CRC of each. */
function asPythonReads(): { name: string; mode: number; time: number[]; sha256: string }[] {
  const script = `import hashlib, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    print(json.dumps([dict(name=i.filename, mode=i.external_attr >> 16, time=list(i.date_time),
        sha256=hashlib.sha256(z.read(i)).hexdigest()) for i in z.infolist()]))`;
  const keep = 256 * 1024 * 1024;
  return JSON.parse(execFileSync("python3", ["-c", script, path], { encoding: "utf8", maxBuffer: keep }));
}

const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

/** Bytes that do not repeat, the same in each run. */
function noise(bytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, n) => createHash("sha256").update(`${n}`).digest());
  return Buffer.concat(blocks).subarray(0, bytes);
}

describe("an archive", () => {
  it("is read by others as it was written: names, modes, times and bytes, whatever the size", async () => {
    const sizes = [0, 1, 32_767, 65_535, 65_536, 65_537, 98_304, 131_072, 1_000_003];
    const entries = [
      ...sizes.map((size) => file(`noise/${size}`, noise(size))),
      ...sizes.map((size) => file(`zeros/${size}`, Buffer.alloc(size))),
      ...sizes.map((size) => file(`text/${size}`, "so it goes ".repeat(size / 10), "100755")),
      file("link", "noise/1", "120000"),
    ];
    const { files, bytes } = await write(entries);
    const read = asPythonReads();
    assert.deepEqual(
      read.map(({ name, sha256 }) => ({ name, sha256 })),
      entries.map(({ path, content }) => ({ name: path, sha256: sha256(content) })),
    );
    assert.deepEqual(
      files.map(({ path, sha256, bytes }) => ({ path, sha256, bytes })),
      entries.map(({ path, content }) => ({ path, sha256: sha256(content), bytes: content.length })),
    );
    assert.deepEqual([...new Set(read.map(({ mode }) => mode.toString(8)))], ["100644", "100755", "120777"]);
    assert.deepEqual([...new Set(read.map(({ time }) => `${time}`))], ["1980,1,1,0,0,0"]);
    assert.equal(bytes, readFileSync(path).length);
  });

  it("is unpacked by unzip with links as links", async () => {
    await write([file("lib/libz.so.1.2", "\x7fELF", "100755"), file("lib/libz.so", "libz.so.1.2", "120000")]);
    const out = join(directory, "out");
    execFileSync("unzip", ["-q", path, "-d", out]);
    assert.equal(readlinkSync(join(out, "lib/libz.so")), "libz.so.1.2");
    assert.equal(lstatSync(join(out, "lib/libz.so.1.2")).mode & 0o777, 0o755);
  });

  it("may have any name: what is written is what is read", async () => {
    const part = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => !/[/\\\0]/.test(text));
    const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 300 }), async (names) => {
        await write(names.map((one) => file(one, one)));
        assert.deepEqual(
          asPythonReads().map((entry) => entry.name),
          names,
        );
      }),
      { numRuns: 10 },
    );
  });

  it("may hold any bytes", async () => {
    const content = fc
      .array(fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.nat(2000)), { maxLength: 20 })
      .map((pieces) => Buffer.concat(pieces.flatMap(([bytes, times]) => Array<Uint8Array>(times).fill(bytes))));
    await fc.assert(
      fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 8 }), async (contents) => {
        await write(contents.map((bytes, n) => file(`${n}`, bytes)));
        assert.deepEqual(
          asPythonReads().map((entry) => entry.sha256),
          contents.map(sha256),
        );
      }),
      { numRuns: 10 },
    );
  });

  for (const count of [65_534, 65_535, 70_000])
    it(`may have ${count} entries`, async () => {
      await write(Array.from({ length: count }, (_, n) => file(`${n}`, "")));
      const script = "import sys, zipfile; n = zipfile.ZipFile(sys.argv[1]).namelist(); print(len(n), n[-1])";
      const said = execFileSync("python3", ["-c", script, path], { encoding: "utf8" });
      assert.equal(said.trim(), `${count} ${count - 1}`);
      assert.match(execFileSync("unzip", ["-tq", path], { encoding: "utf8" }), /No errors/);
    });

  // A digest that changes here makes new versions of everything that is deployed: it may change with `format` in package.ts only.
  it("has these very bytes, on any processor, Node and clock", async () => {
    const text = Array.from({ length: 20_000 }, (_, n) => `line ${n} of ${(n * n) % 997}\n`).join("");
    await write([file("a/é.txt", text), file("b", noise(70_000), "100755"), file("c", "b", "120000"), file("d", "")]);
    assert.equal(sha256(readFileSync(path)), "2735d0342f45da2b67f5843f2bc7ccaae18ca1f08bff2790b3f4d4d9f4910599");
  });

  it("is not written on when it is cancelled, in the middle of a large file too", async () => {
    const cancel = new AbortController();
    const large = file("large", Buffer.alloc(64 * 1024 * 1024));
    setImmediate(() => cancel.abort(new Error("cancelled here")));
    await assert.rejects(write([large], cancel.signal), /cancelled here/);
  });

  it("takes no path that is longer than its format has room for", async () => {
    await assert.rejects(write([file("x".repeat(65_536))]), /65536 bytes/);
  });
});
