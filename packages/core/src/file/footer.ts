/**
 * The last 64 bytes of a snapshot. Written after everything else, so a valid footer means that the file is complete.
 *
 *   offset  size  type  name
 *        0     8  u64   fileSize            bytes, this footer included
 *        8     8  u64   directoryOffset     bytes from the start of the file
 *       16     4  u32   directorySize       bytes
 *       20     4  u32   directoryChecksum   CRC-32 of the directory
 *       24    32  u8    contentHash         SHA-256 of the directory: the snapshot's identity
 *       56     4  u32   footerChecksum      CRC-32 of bytes 0–55
 *       60     4  u8    magic               46 52 53 54
 */
import { crc32 } from '../bytes/checksum';
import { PermafrostError } from '../errors';
import { MAX_DIRECTORY_SIZE } from '../limits';
import { HEADER_SIZE } from './header';

export const FOOTER_SIZE = 64;
const MAGIC = Buffer.from('FRST', 'latin1');

export interface Footer {
  readonly fileSize: number;
  readonly directoryOffset: number;
  readonly directorySize: number;
  readonly directoryChecksum: number;
  /** 64 hex digits. */
  readonly contentHash: string;
}

export function encodeFooter(footer: Footer): Buffer {
  const bytes = Buffer.alloc(FOOTER_SIZE);
  bytes.writeBigUInt64LE(BigInt(footer.fileSize), 0);
  bytes.writeBigUInt64LE(BigInt(footer.directoryOffset), 8);
  bytes.writeUInt32LE(footer.directorySize, 16);
  bytes.writeUInt32LE(footer.directoryChecksum, 20);
  bytes.write(footer.contentHash, 24, 'hex');
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 56)), 56);
  MAGIC.copy(bytes, 60);
  return bytes;
}

/** Throws FILE_TRUNCATED when the file does not end in a footer of its own size, FILE_CORRUPT when the footer is damaged. */
export function decodeFooter(bytes: Buffer, fileSize: number, path: string): Footer {
  if (bytes.length < FOOTER_SIZE || !bytes.subarray(60, 64).equals(MAGIC)) {
    throw new PermafrostError(
      'FILE_TRUNCATED',
      `${path}: the file of ${fileSize} bytes has no footer: it was cut or its export did not finish. Publish again.`,
      { path, actual: fileSize },
    );
  }
  const checksum = crc32(bytes.subarray(0, 56));
  if (checksum !== bytes.readUInt32LE(56)) {
    throw new PermafrostError(
      'FILE_CORRUPT',
      `${path}: the footer does not match its checksum. Publish again or restore the file.`,
      {
        path,
        expected: bytes.readUInt32LE(56),
        actual: checksum,
        offset: fileSize - FOOTER_SIZE,
      },
    );
  }
  const footer: Footer = {
    fileSize: Number(bytes.readBigUInt64LE(0)),
    directoryOffset: Number(bytes.readBigUInt64LE(8)),
    directorySize: bytes.readUInt32LE(16),
    directoryChecksum: bytes.readUInt32LE(20),
    contentHash: bytes.toString('hex', 24, 56),
  };
  if (footer.fileSize !== fileSize) {
    throw new PermafrostError(
      'FILE_TRUNCATED',
      `${path}: the footer says ${footer.fileSize} bytes, the file has ${fileSize}. Publish again or copy the file whole.`,
      {
        path,
        expected: footer.fileSize,
        actual: fileSize,
      },
    );
  }
  const end = footer.directoryOffset + footer.directorySize;
  if (
    footer.directoryOffset < HEADER_SIZE ||
    footer.directorySize > MAX_DIRECTORY_SIZE ||
    end !== fileSize - FOOTER_SIZE
  ) {
    throw new PermafrostError(
      'FILE_CORRUPT',
      `${path}: the directory would lie at bytes ${footer.directoryOffset} to ${end} of ${fileSize}. Publish again.`,
      { path, actual: end },
    );
  }
  return footer;
}
