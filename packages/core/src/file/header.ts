/**
 * The first 64 bytes of a snapshot.
 *
 *   offset  size  type  name
 *        0     8  u8    magic               89 50 46 52 4F 53 54 0A
 *        8     2  u16   formatVersion       1
 *       10     2  u16   minReaderVersion    the oldest format version a reader must know
 *       12     4  u32   byteOrderMark       0x01020304, little-endian
 *       16     4  u32   blockSize           bytes under one checksum: 65536
 *       20     4  u32   sectionAlignment    64
 *       24     8  u64   createdAt           milliseconds since 1970-01-01 UTC
 *       32    28  u8    reserved            0
 *       60     4  u32   headerChecksum      CRC-32 of bytes 0–59
 */
import { crc32 } from '../bytes/checksum';
import { PermafrostError } from '../errors';

export const HEADER_SIZE = 64;
export const FORMAT_VERSION = 1;
/** Small enough that checking a block at first use costs 15 µs, large enough that checksums are 0.006 % of the file. */
export const BLOCK_SIZE = 2 ** 16;
export const SECTION_ALIGNMENT = 64;
const MAGIC = Buffer.from([0x89, 0x50, 0x46, 0x52, 0x4f, 0x53, 0x54, 0x0a]);
const BYTE_ORDER_MARK = 0x01020304;

export interface Header {
  readonly formatVersion: number;
  readonly minReaderVersion: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly createdAt: number;
}

export function encodeHeader(createdAt: number): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt16LE(FORMAT_VERSION, 8);
  bytes.writeUInt16LE(FORMAT_VERSION, 10);
  bytes.writeUInt32LE(BYTE_ORDER_MARK, 12);
  bytes.writeUInt32LE(BLOCK_SIZE, 16);
  bytes.writeUInt32LE(SECTION_ALIGNMENT, 20);
  bytes.writeBigUInt64LE(BigInt(createdAt), 24);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** Throws NOT_A_SNAPSHOT, FORMAT_UNSUPPORTED or FILE_CORRUPT. */
export function decodeHeader(bytes: Buffer, path: string): Header {
  if (bytes.length < HEADER_SIZE || !bytes.subarray(0, 8).equals(MAGIC)) {
    throw new PermafrostError(
      'NOT_A_SNAPSHOT',
      `${path}: expected a Permafrost snapshot, but the file does not begin like one. Check the path.`,
      {
        path,
        expected: MAGIC.toString('hex'),
        actual: bytes.subarray(0, 8).toString('hex'),
        offset: 0,
      },
    );
  }
  const checksum = crc32(bytes.subarray(0, 60));
  if (checksum !== bytes.readUInt32LE(60)) {
    throw new PermafrostError(
      'FILE_CORRUPT',
      `${path}: the header does not match its checksum. Publish again or restore the file.`,
      {
        path,
        expected: bytes.readUInt32LE(60),
        actual: checksum,
        offset: 60,
      },
    );
  }
  const minReaderVersion = bytes.readUInt16LE(10);
  if (
    minReaderVersion > FORMAT_VERSION ||
    bytes.readUInt32LE(12) !== BYTE_ORDER_MARK ||
    bytes.readUInt32LE(16) !== BLOCK_SIZE
  ) {
    throw new PermafrostError(
      'FORMAT_UNSUPPORTED',
      `${path}: the file needs a reader of format ${minReaderVersion}; this one reads format ${FORMAT_VERSION}. Update @permafrost/core.`,
      {
        path,
        expected: FORMAT_VERSION,
        actual: minReaderVersion,
      },
    );
  }
  return { formatVersion: bytes.readUInt16LE(8), minReaderVersion, createdAt: Number(bytes.readBigUInt64LE(24)) };
}
