import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { Deflate } from "fflate";
import type { ArtifactFile } from "../model/artifact.ts";

/** One file of an archive. Of a link, the content is its target's text. */
export interface ZipEntry {
  /** With `/`; no folder has an entry of its own. */
  path: string;
  mode: ArtifactFile["mode"];
  content: Buffer;
}

/**
 * Writes an archive whose bytes depend on nothing but the entries: no clock, owner or umask, and a compressor of a pinned
 * version in plain JavaScript, because zlib's output differs between processors and versions of Node. The format is that of
 * PKWARE's APPNOTE.TXT 6.3.10, with ZIP64 where there are more than 65,534 entries.
 * Memory holds one entry at a time. An archive of 4 GiB is an error.
 *
 * @param entries in the order in which they are written; the caller sorts them.
 */
export async function writeZip(
  path: string,
  entries: AsyncIterable<ZipEntry>,
  signal: AbortSignal,
): Promise<{ files: ArtifactFile[]; bytes: number }> {
  const file = await open(path, "w", 0o600);
  const out = collected(file);
  try {
    const files: ArtifactFile[] = [];
    const records: Buffer[] = [];
    for await (const entry of entries) {
      signal.throwIfAborted();
      const { header, data, record } = await encode(entry, out.bytes(), signal);
      records.push(record);
      await out.write([header, data]);
      const { path, mode, content } = entry;
      files.push({ path, mode, sha256: createHash("sha256").update(content).digest("hex"), bytes: content.length });
    }
    const list = Buffer.concat(records);
    await out.write([list, endOf(records.length, list.length, out.bytes())]);
    await out.flush();
    return { files, bytes: out.bytes() };
  } finally {
    await file.close();
  }
}

const fourGiB = 2 ** 32;
const heldBytes = 1024 * 1024;

/** Writes small pieces together: an archive may have very many. */
function collected(file: FileHandle): {
  write(pieces: readonly Buffer[]): Promise<void>;
  flush(): Promise<void>;
  bytes(): number;
} {
  let [held, heldNow, bytes] = [[] as Buffer[], 0, 0];
  const flush = async () => {
    await file.writeFile(Buffer.concat(held));
    [held, heldNow] = [[], 0];
  };
  return {
    write: async (pieces) => {
      for (const piece of pieces) {
        held.push(piece);
        heldNow += piece.length;
        bytes += piece.length;
      }
      if (bytes >= fourGiB - 1) throw new Error("an archive of 4 GiB or more cannot be written");
      if (heldNow >= heldBytes) await flush();
    },
    flush,
    bytes: () => bytes,
  };
}

/** An entry as it stands at an offset of the archive, and its record for the list at the archive's end. */
async function encode(
  { path, mode, content }: ZipEntry,
  offset: number,
  signal: AbortSignal,
): Promise<{ header: Buffer; data: Buffer; record: Buffer }> {
  const name = Buffer.from(path, "utf8");
  if (name.length > 0xffff) throw new Error(`a path of ${name.length} bytes cannot be written into an archive`);
  const compressed = mode === "120000" ? null : await deflate(content, signal);
  const stored = compressed === null || compressed.length >= content.length;
  const data = stored ? content : compressed;
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0); // needs version 2.0
  common.writeUInt16LE(0x0800, 2); // the name is UTF-8
  common.writeUInt16LE(stored ? 0 : 8, 4);
  common.writeUInt16LE(0, 6); // midnight
  common.writeUInt16LE(0x0021, 8); // of 1980-01-01
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const header = Buffer.concat([signature(0x04034b50), common, name]);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(unixModes[mode] * 0x10000, 6);
  rest.writeUInt32LE(offset, 10);
  const madeBy = Buffer.from([30, 3]); // version 3.0, Unix
  const record = Buffer.concat([signature(0x02014b50), madeBy, common, rest, name]);
  return { header, data, record };
}

/** Kind and permissions as Unix has them: `st_mode`. */
const unixModes = { "100644": 0o100644, "100755": 0o100755, "120000": 0o120777 } as const;

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const sliceBytes = 64 * 1024;
const slicesPerTurn = 16;

/** Compresses piece by piece, so that Ctrl-C and other work get their turn. The pieces' size is a part of the result. */
async function deflate(content: Buffer, signal: AbortSignal): Promise<Buffer> {
  if (content.length === 0) return content;
  const pieces: Uint8Array[] = [];
  // `mem` is given because its default is worked out from a logarithm.
  const stream = new Deflate({ level: 6, mem: 4 }, (piece) => pieces.push(piece));
  let slices = 0;
  for (let from = 0; from < content.length; from += sliceBytes) {
    stream.push(content.subarray(from, from + sliceBytes), from + sliceBytes >= content.length);
    if (++slices % slicesPerTurn === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
  }
  return Buffer.concat(pieces);
}

/** The archive's end: how many entries it has, and where the list of them is. */
function endOf(count: number, listBytes: number, listAt: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(listBytes, 12);
  end.writeUInt32LE(listAt, 16);
  return count < 0xffff ? end : Buffer.concat([end64(count, listBytes, listAt), end]);
}

/** ZIP64's own end record, and the locator that tells where it is. */
function end64(count: number, listBytes: number, listAt: number): Buffer {
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4); // bytes of this record after this field
  end.writeUInt16LE((3 << 8) | 45, 12);
  end.writeUInt16LE(45, 14); // needs version 4.5
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(listBytes), 40);
  end.writeBigUInt64LE(BigInt(listAt), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(listAt + listBytes), 64);
  end.writeUInt32LE(1, 72); // one disk
  return end;
}
