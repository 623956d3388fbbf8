import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { execPath } from "node:process";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { NativeFile, Wheel } from "../model/artifact.ts";
import { readNative } from "./package-native.ts";
import { checkPlatform, type Platform } from "./package-platform.ts";

const python310: Platform = { runtimes: ["python3.10"], architectures: ["x86_64"] };
const both: Platform = { runtimes: ["python3.10"], architectures: ["x86_64", "arm64"] };

const native = (path: string, machine = "x86_64", more: Partial<NativeFile> = {}): NativeFile => ({
  path,
  system: "linux",
  machines: [machine],
  ...more,
});
const wheel = (...tags: string[]): Wheel => ({ path: "python/numpy-1.26.4.dist-info/WHEEL", tags });
const check = (natives: NativeFile[], platform = python310, wheels: Wheel[] = []) =>
  checkPlatform("web", { natives, wheels }, platform).map(({ level, message }) => `${level}: ${message}`);
const checkWheel = (tag: string, platform = python310) => check([], platform, [wheel(tag)]).length === 0;

describe("native files", () => {
  it("for another processor are blocked, once for a package, however many there are", () => {
    const found = check([
      native("python/numpy/a.cpython-310-aarch64-linux-gnu.so", "arm64"),
      native("python/numpy/core/b.cpython-310-aarch64-linux-gnu.so", "arm64"),
    ]);
    assert.deepEqual(found, [
      "block: python/numpy/a.cpython-310-aarch64-linux-gnu.so is for arm64, and this is to run on python3.10 on x86_64 (and 1 more in python/numpy)",
    ]);
  });

  it("for one of two processors are blocked for the other, unless both are there", () => {
    const intel = native("python/x/a.cpython-310-x86_64-linux-gnu.so");
    const arm = native("python/x/a.cpython-310-aarch64-linux-gnu.so", "arm64");
    assert.match(check([intel], both).join(), /is for x86_64, and this is to run on python3\.10 on arm64/);
    assert.deepEqual(check([intel, arm], both), []);
  });

  it("for another system are blocked", () => {
    const mac = native("python/x/a.cpython-310-darwin.so", "arm64", { system: "macos" });
    assert.match(check([mac]).join(), /block: .* is for macOS \(arm64\)/);
    const windows = native("python/x/a.cp310-win_amd64.pyd", "x86_64", { system: "windows" });
    assert.match(check([windows]).join(), /block: .* is for Windows/);
  });

  it("for another system are only warned of beside such as fit in the same package, and launchers for Windows are passed over", () => {
    const good = native("nodejs/node_modules/x/lib/a.node");
    const bad = native("nodejs/node_modules/x/other/b.node", "arm64");
    assert.match(check([good, bad]).join(), /^warning: .*b\.node is for arm64/);
    assert.deepEqual(check([native("python/setuptools/cli-32.exe", "x86", { system: "windows" })]), []);
  });

  it("of a package that brings all systems and chooses among them fit when one of them does", () => {
    const of = (folder: string, machine: string, more: Partial<NativeFile> = {}) =>
      native(`nodejs/node_modules/x/prebuilds/${folder}/x.node`, machine, more);
    const mac = of("darwin-arm64", "arm64", { system: "macos" });
    assert.deepEqual(check([of("linux-arm64", "arm64"), of("linux-x64", "x86_64"), mac], both), []);
    assert.match(check([of("linux-arm64", "arm64"), mac]).join(), /^block: .*linux-arm64/);
  });

  it("for another Python are blocked, for each runtime that has none", () => {
    const ten = native("python/x/a.cpython-310-x86_64-linux-gnu.so");
    const eleven = native("python/x/a.cpython-311-x86_64-linux-gnu.so");
    const free = native("python/x/a.cpython-313t-x86_64-linux-gnu.so");
    const two: Platform = { runtimes: ["python3.10", "python3.11"], architectures: ["x86_64"] };
    assert.match(check([eleven]).join(), /is for cp311, and this is to run on python3\.10/);
    assert.match(check([ten], two).join(), /is for cp310, and this is to run on python3\.11/);
    assert.deepEqual(check([ten, eleven], two), []);
    assert.deepEqual(check([native("python/x/a.abi3.so"), native("python/x.libs/libz.so.1")], two), []);
    assert.match(check([free], { runtimes: ["python3.13"], architectures: [] }).join(), /is for cp313t/);
    assert.deepEqual(check([eleven], { runtimes: ["nodejs20.x"], architectures: [] }), []);
  });

  it("in the folder of one Python concern that one alone", () => {
    const path = (minor: number) =>
      `python/lib/python3.${minor}/site-packages/x/a.cpython-3${minor}-x86_64-linux-gnu.so`;
    const two: Platform = { runtimes: ["python3.10", "python3.11"], architectures: ["x86_64"] };
    assert.deepEqual(check([native(path(10)), native(path(11))], two), []);
  });

  it("that ask for a newer C library than the runtime has, or for another, are blocked", () => {
    const rust = native("python/bcrypt/_bcrypt.abi3.so", "x86_64", { libc: "2.28" });
    assert.match(check([rust]).join(), /asks for glibc 2\.28, and python3\.10 on x86_64 has 2\.26/);
    assert.deepEqual(check([rust], { runtimes: ["python3.12"], architectures: [] }), []);
    assert.deepEqual(check([rust], { runtimes: ["python3.99"], architectures: [] }), []);
    assert.match(check([native("python/x/a.abi3.so", "x86_64", { libc: "musl" })]).join(), /musl/);
  });

  it("are compared with x86_64 when nothing is said, as Lambda does", () => {
    const nothing: Platform = { runtimes: [], architectures: [] };
    assert.deepEqual(check([native("bin/tool")], nothing), []);
    assert.equal(check([native("bin/tool", "arm64")], nothing).length, 1);
  });
});

describe("wheels", () => {
  const taken = [
    "py3-none-any",
    "cp310-cp310-manylinux_2_17_x86_64",
    "cp310-cp310-manylinux2014_x86_64",
    "cp310-cp310-linux_x86_64",
    "cp37-abi3-manylinux_2_5_x86_64",
    "py310-none-any",
    "cp39-none-manylinux1_x86_64",
    "py3-none-manylinux_2_12_x86_64",
  ];
  const refused = [
    "py2-none-any",
    "py311-none-any",
    "cp311-cp311-manylinux_2_17_x86_64",
    "cp310-cp310t-manylinux_2_17_x86_64",
    "cp311-abi3-manylinux_2_17_x86_64",
    "cp310-cp310-manylinux_2_17_aarch64",
    "cp310-cp310-manylinux_2_28_x86_64",
    "cp310-cp310-musllinux_1_1_x86_64",
    "cp310-cp310-macosx_11_0_arm64",
    "cp310-cp310-win_amd64",
    "pp310-pypy310_pp73-manylinux_2_17_x86_64",
    "nonsense",
  ];
  for (const tag of taken) it(`with ${tag} fit python3.10 on x86_64`, () => assert.equal(checkWheel(tag), true));
  for (const tag of refused) it(`with ${tag} do not`, () => assert.equal(checkWheel(tag), false));

  it("fit when one of their tags does, and each processor is asked", () => {
    assert.deepEqual(check([], python310, [wheel("py2-none-any", "py3-none-any")]), []);
    assert.equal(checkWheel("cp310-cp310-manylinux_2_17_aarch64", both), false);
    assert.match(check([], both, [wheel("cp310-cp310-linux_x86_64")]).join(), /numpy-1\.26\.4\.dist-info .* on arm64/);
  });
});

describe("a file's first bytes", () => {
  const bytes = (start: string, at: Record<number, number> = {}) => {
    const content = Buffer.alloc(256);
    content.write(start, "hex");
    for (const [offset, value] of Object.entries(at)) content.writeUInt16LE(value, Number(offset));
    return content;
  };
  const read = (content: Buffer) => readNative("x", content);

  it("tell ELF programs and libraries, and not object files", () => {
    assert.deepEqual(read(bytes("7f454c460201", { 16: 3, 18: 183 })), {
      path: "x",
      system: "linux",
      machines: ["arm64"],
    });
    assert.deepEqual(read(bytes("7f454c460201", { 16: 2, 18: 62 }))?.machines, ["x86_64"]);
    assert.deepEqual(read(bytes("7f454c460202", { 16: 0x0300, 18: 0x1600 }))?.machines, ["ELF machine 22"]);
    assert.equal(read(bytes("7f454c460201", { 16: 1, 18: 62 })), null);
  });

  it("tell Mach-O, also for several processors, from Java classes", () => {
    assert.deepEqual(read(bytes("cffaedfe0c000001"))?.machines, ["arm64"]);
    const fat = bytes("cafebabe00000002");
    fat.writeUInt32BE(0x01000007, 8);
    fat.writeUInt32BE(0x0100000c, 28);
    assert.deepEqual(read(fat), { path: "x", system: "macos", machines: ["x86_64", "arm64"] });
    assert.equal(read(bytes("cafebabe00000037")), null);
  });

  it("tell Windows executables from what only begins like one", () => {
    const exe = bytes("4d5a", { 60: 0x80, 132: 0x8664 });
    exe.write("PE\0\0", 0x80);
    assert.deepEqual(read(exe), { path: "x", system: "windows", machines: ["x86_64"] });
    assert.equal(read(bytes("4d5a", { 60: 0xffff })), null);
  });

  it("tell of the newest symbol that is asked for", () => {
    const elf = bytes("7f454c460201", { 16: 3, 18: 62 });
    const symbols = Buffer.from("\0GLIBC_2.2.5\0GLIBC_2.17\0GLIBC_2.9\0GLIBC_2.x\0");
    assert.equal(read(Buffer.concat([elf, symbols]))?.libc, "2.17");
    assert.equal(read(Buffer.concat([elf, symbols, Buffer.from("libc.musl-x86_64.so.1\0")]))?.libc, "musl");
  });

  it("are those of this very program, and say what it was made for", () => {
    const { system, machines } = readNative("node", readFileSync(execPath)) ?? assert.fail();
    assert.deepEqual(machines, [process.arch === "x64" ? "x86_64" : process.arch]);
    assert.equal(system, process.platform === "darwin" ? "macos" : process.platform);
  });

  it("may be any: nothing is thrown", () => {
    const starts = fc
      .constantFrom("", "7f454c46", "4d5a", "cafebabe", "cffaedfe")
      .map((hex) => Buffer.from(hex, "hex"));
    fc.assert(
      fc.property(starts, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
        readNative("x", Buffer.concat([start, rest]));
      }),
    );
  });
});
