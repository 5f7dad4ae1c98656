/**
 * The directory: where each section lies, and the roots of the checksums. It lies directly in front of the footer.
 *
 *   offset  size  type  name
 *        0     4  u32   sectionCount
 *        4     4  u32   rootCount
 *        8     4  u32   schemaChecksum      CRC-32 of the schema section
 *       12     4  u32   reserved            0
 *       16     8  u64   checkedSize         bytes [0, checkedSize) are covered by the checksum table, which follows them
 *       24     8  u64   reserved            0
 *       32  48·s        sections            see below
 *        …   4·r  u32   roots               CRC-32 of each 64 KiB of the checksum table
 *
 *   section
 *        0     2  u16   kind
 *        2     2  u16   version
 *        4     4  u32   flags               bit 0: required; a reader that does not know the kind refuses the file
 *        8     4  u32   entityId            position in the schema, or 0xffffffff
 *       12     4  u32   memberId            position among the entity's fields, then relations, or 0xffffffff
 *       16     8  u64   offset              bytes from the start of the file
 *       24     8  u64   size                bytes
 *       32     8  u64   itemCount           records, strings, targets or keys
 *       40     8  u64   reserved            0
 */
import { createHash } from 'node:crypto';
import { crc32 } from '../bytes/checksum';
import { PermafrostError } from '../errors';
import type { Footer } from './footer';
import { HEADER_SIZE } from './header';
import { NONE, REQUIRED, readableKinds, sectionKinds } from './section-kinds';

const DIRECTORY_HEADER_SIZE = 32;
const SECTION_SIZE = 48;

export interface Section {
  readonly kind: number;
  readonly version: number;
  readonly flags: number;
  readonly entityId: number;
  readonly memberId: number;
  readonly offset: number;
  readonly size: number;
  readonly itemCount: number;
}

export interface Directory {
  readonly sections: readonly Section[];
  readonly schemaChecksum: number;
  readonly checkedSize: number;
  readonly roots: readonly number[];
}

export function encodeDirectory(directory: Directory): Buffer {
  const { sections, roots } = directory;
  const bytes = Buffer.alloc(DIRECTORY_HEADER_SIZE + SECTION_SIZE * sections.length + 4 * roots.length);
  bytes.writeUInt32LE(sections.length, 0);
  bytes.writeUInt32LE(roots.length, 4);
  bytes.writeUInt32LE(directory.schemaChecksum, 8);
  bytes.writeBigUInt64LE(BigInt(directory.checkedSize), 16);
  let at = DIRECTORY_HEADER_SIZE;
  for (const section of sections) {
    bytes.writeUInt16LE(section.kind, at);
    bytes.writeUInt16LE(section.version, at + 2);
    bytes.writeUInt32LE(section.flags, at + 4);
    bytes.writeUInt32LE(section.entityId, at + 8);
    bytes.writeUInt32LE(section.memberId, at + 12);
    bytes.writeBigUInt64LE(BigInt(section.offset), at + 16);
    bytes.writeBigUInt64LE(BigInt(section.size), at + 24);
    bytes.writeBigUInt64LE(BigInt(section.itemCount), at + 32);
    at += SECTION_SIZE;
  }
  for (const root of roots) at = bytes.writeUInt32LE(root, at);
  return bytes;
}

/** The identity of a snapshot: 64 hex digits. */
export function contentHashOf(directoryBytes: Buffer): string {
  return createHash('sha256').update(directoryBytes).digest('hex');
}

/** Checks the checksum, the content hash, every section's bounds and that sections do not overlap. Throws FILE_CORRUPT or FORMAT_UNSUPPORTED. */
export function decodeDirectory(bytes: Buffer, footer: Footer, path: string): Directory {
  const corrupt = (why: string, details: object = {}): PermafrostError =>
    new PermafrostError(
      'FILE_CORRUPT',
      `${path}: the directory is damaged: ${why}. Publish again or restore the file.`,
      {
        path,
        offset: footer.directoryOffset,
        ...details,
      },
    );
  const checksum = crc32(bytes);
  if (checksum !== footer.directoryChecksum) {
    throw corrupt('it does not match its checksum', { expected: footer.directoryChecksum, actual: checksum });
  }
  const contentHash = contentHashOf(bytes);
  if (contentHash !== footer.contentHash) {
    throw corrupt('it is not what the footer identifies', { expected: footer.contentHash, actual: contentHash });
  }
  if (bytes.length < DIRECTORY_HEADER_SIZE) throw corrupt(`it has ${bytes.length} bytes`);
  const sectionCount = bytes.readUInt32LE(0);
  const rootCount = bytes.readUInt32LE(4);
  if (DIRECTORY_HEADER_SIZE + SECTION_SIZE * sectionCount + 4 * rootCount !== bytes.length) {
    throw corrupt(`${sectionCount} sections and ${rootCount} roots do not make ${bytes.length} bytes`);
  }
  const sections: Section[] = [];
  for (let number = 0; number < sectionCount; number++) {
    const section = decodeSection(bytes, DIRECTORY_HEADER_SIZE + SECTION_SIZE * number);
    checkSection(section, footer, path, corrupt);
    sections.push(section);
  }
  const ordered = [...sections].sort((a, b) => a.offset - b.offset);
  for (let number = 1; number < ordered.length; number++) {
    const before = ordered[number - 1]!;
    if (before.offset + before.size > ordered[number]!.offset)
      throw corrupt(`sections overlap at byte ${ordered[number]!.offset}`);
  }
  const rootsStart = DIRECTORY_HEADER_SIZE + SECTION_SIZE * sectionCount;
  const roots = Array.from({ length: rootCount }, (_, root) => bytes.readUInt32LE(rootsStart + 4 * root));
  const directory = {
    sections: sections.filter(isReadable),
    roots,
    schemaChecksum: bytes.readUInt32LE(8),
    checkedSize: Number(bytes.readBigUInt64LE(16)),
  };
  const table = findSection(sections, sectionKinds.checksumTable);
  if (!table || table.offset !== directory.checkedSize || table.offset + table.size !== footer.directoryOffset) {
    throw corrupt('the checksum table does not lie between what it covers and the directory');
  }
  return directory;
}

/** Whether this version knows what the section means; it passes over optional ones that it does not. */
function isReadable({ kind, version }: Section): boolean {
  const known = readableKinds.get(kind);
  return known !== undefined && version <= known.version;
}

/** The one section of a kind for an entity and member, or undefined. */
export function findSection(
  sections: readonly Section[],
  kind: number,
  entityId = NONE,
  memberId = NONE,
): Section | undefined {
  return sections.find(
    (section) => section.kind === kind && section.entityId === entityId && section.memberId === memberId,
  );
}

function decodeSection(bytes: Buffer, at: number): Section {
  return {
    kind: bytes.readUInt16LE(at),
    version: bytes.readUInt16LE(at + 2),
    flags: bytes.readUInt32LE(at + 4),
    entityId: bytes.readUInt32LE(at + 8),
    memberId: bytes.readUInt32LE(at + 12),
    offset: Number(bytes.readBigUInt64LE(at + 16)),
    size: Number(bytes.readBigUInt64LE(at + 24)),
    itemCount: Number(bytes.readBigUInt64LE(at + 32)),
  };
}

function checkSection(section: Section, footer: Footer, path: string, corrupt: (why: string) => PermafrostError): void {
  if (section.offset < HEADER_SIZE || section.offset + section.size > footer.directoryOffset) {
    throw corrupt(
      `a section of kind ${section.kind} would lie at bytes ${section.offset} to ${section.offset + section.size}`,
    );
  }
  if (!isReadable(section) && (section.flags & REQUIRED) !== 0) {
    const known = readableKinds.get(section.kind);
    throw new PermafrostError(
      'FORMAT_UNSUPPORTED',
      `${path}: the file requires ${known ? `version ${section.version} of the ${known.name} section` : `a section of kind ${section.kind}`}, which this version cannot read. Update @permafrost/core.`,
      { path, actual: section.kind },
    );
  }
}
