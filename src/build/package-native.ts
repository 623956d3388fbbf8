import type { NativeFile } from "../model/artifact.ts";

/**
 * What a file was made for, when it is one that a processor runs: an ELF program or library, Mach-O, or a Windows executable.
 * Null for all else, object files that nothing loads included.
 */
export function readNative(path: string, content: Buffer): NativeFile | null {
  if (content.length < 64) return null;
  const made = elf(content) ?? machO(content) ?? windows(content);
  if (made === null) return null;
  const libc = made.system === "linux" ? newestLibc(content) : null;
  return { path, ...made, ...(libc === null ? {} : { libc }) };
}

type Made = Pick<NativeFile, "system" | "machines">;

/** e_machine values of the ELF specification, by Lambda's names where it has one. */
const elfMachines: Record<number, string> = { 3: "x86", 40: "arm", 62: "x86_64", 183: "arm64" };
const loadable = [2, 3]; // ET_EXEC, ET_DYN

function elf(content: Buffer): Made | null {
  if (content.readUInt32BE(0) !== 0x7f454c46) return null;
  const little = content[5] === 1;
  const half = (at: number) => (little ? content.readUInt16LE(at) : content.readUInt16BE(at));
  if (!loadable.includes(half(16))) return null;
  return { system: "linux", machines: [elfMachines[half(18)] ?? `ELF machine ${half(18)}`] };
}

/** cputype values of <mach/machine.h>. */
const machMachines: Record<number, string> = { 16777223: "x86_64", 16777228: "arm64", 7: "x86" };
/** A universal binary begins like a Java class, whose next number is its version: 45 or more. */
const mostMachines = 20;

function machO(content: Buffer): Made | null {
  const machine = (type: number) => machMachines[type] ?? `Mach-O cpu ${type}`;
  const start = content.readUInt32BE(0);
  if (start === 0xcffaedfe || start === 0xcefaedfe)
    return { system: "macos", machines: [machine(content.readUInt32LE(4))] };
  const count = content.readUInt32BE(4);
  if (start !== 0xcafebabe || count === 0 || count > mostMachines || content.length < 8 + count * 20) return null;
  return {
    system: "macos",
    machines: Array.from({ length: count }, (_, n) => machine(content.readUInt32BE(8 + n * 20))),
  };
}

/** Machine types of the PE format. */
const peMachines: Record<number, string> = { 332: "x86", 34404: "x86_64", 43620: "arm64" };

function windows(content: Buffer): Made | null {
  if (content.readUInt16BE(0) !== 0x4d5a) return null;
  const header = content.readUInt32LE(0x3c);
  if (header + 6 > content.length || content.readUInt32BE(header) !== 0x50450000) return null;
  const type = content.readUInt16LE(header + 4);
  return { system: "windows", machines: [peMachines[type] ?? `PE machine ${type}`] };
}

const glibcSymbol = Buffer.from("GLIBC_2.");
const muslLibrary = Buffer.from("libc.musl-");

/** The newest version among the symbols that it asks its C library for. They stand in the file as plain texts. */
function newestLibc(content: Buffer): string | null {
  if (content.includes(muslLibrary)) return "musl";
  let newest = -1;
  for (let at = content.indexOf(glibcSymbol); at >= 0; at = content.indexOf(glibcSymbol, at + 1)) {
    const start = at + glibcSymbol.length;
    const [, minor] = /^(\d{1,3})(?:\.\d+)?\0/.exec(content.subarray(start, start + 8).toString("latin1")) ?? [];
    if (minor !== undefined) newest = Math.max(newest, Number(minor));
  }
  return newest < 0 ? null : `2.${newest}`;
}
