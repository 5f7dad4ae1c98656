/**
 * Files with nonsense inside and every checksum right: what a hostile writer could make. A file is taken apart into its sections,
 * changed, and put together as SnapshotFileWriter would, without any of its checks.
 */

import { crc32 } from '../../src/bytes/checksum';
import { BlockChecksumBuilder, rootsOf } from '../../src/file/block-checksums';
import { contentHashOf, encodeDirectory, type Section } from '../../src/file/directory';
import { decodeFooter, encodeFooter, FOOTER_SIZE } from '../../src/file/footer';
import { sectionKinds } from '../../src/file/section-kinds';

export interface FilePart {
  section: Section;
  bytes: Buffer;
}

/** The header and the sections of a whole file, the checksum table left out. */
export interface FileParts {
  header: Buffer;
  sections: FilePart[];
}

const DIRECTORY_HEADER_SIZE = 32;
const SECTION_SIZE = 48;

export function disassemble(file: Buffer): FileParts {
  const footer = decodeFooter(file.subarray(-FOOTER_SIZE), file.length, 'test');
  const directory = file.subarray(footer.directoryOffset, footer.directoryOffset + footer.directorySize);
  const sections = Array.from({ length: directory.readUInt32LE(0) }, (_, number): FilePart => {
    const at = DIRECTORY_HEADER_SIZE + SECTION_SIZE * number;
    const u64 = (offset: number) => Number(directory.readBigUInt64LE(at + offset));
    const section = {
      kind: directory.readUInt16LE(at),
      version: directory.readUInt16LE(at + 2),
      flags: directory.readUInt32LE(at + 4),
      entityId: directory.readUInt32LE(at + 8),
      memberId: directory.readUInt32LE(at + 12),
      offset: u64(16),
      size: u64(24),
      itemCount: u64(32),
    };
    return { section, bytes: Buffer.from(file.subarray(section.offset, section.offset + section.size)) };
  });
  return {
    header: Buffer.from(file.subarray(0, 64)),
    sections: sections.filter(({ section }) => section.kind !== sectionKinds.checksumTable),
  };
}

export interface AssembleOptions {
  /** Changes the directory's entries last, e.g. to bounds that are not where the bytes lie. */
  readonly sections?: (sections: Section[]) => Section[];
  /** Changes the encoded directory last of all. */
  readonly directory?: (bytes: Buffer) => void;
}

/** The file of these parts, each section where its bytes come to lie, and all checksums as they must be. */
export function assemble({ header, sections }: FileParts, options: AssembleOptions = {}): Buffer {
  header.writeUInt32LE(crc32(header.subarray(0, 60)), 60);
  const parts: Buffer[] = [header];
  let position = header.length;
  const append = (bytes: Buffer) => {
    parts.push(bytes);
    position += bytes.length;
  };
  const align = () => append(Buffer.alloc((64 - (position % 64)) % 64));
  const placed = sections.map(({ section, bytes }) => {
    align();
    const offset = position;
    append(bytes);
    return { ...section, offset, size: bytes.length };
  });
  align();
  const checkedSize = position;
  const checksums = new BlockChecksumBuilder();
  for (const part of parts) checksums.update(part);
  const table = checksums.finish();
  placed.push({
    kind: sectionKinds.checksumTable,
    version: 1,
    flags: 1,
    entityId: 0xffffffff,
    memberId: 0xffffffff,
    offset: checkedSize,
    size: table.length,
    itemCount: table.length / 4,
  });
  append(table);
  const schema = sections.find(({ section }) => section.kind === sectionKinds.schema);
  const directory = encodeDirectory({
    sections: options.sections?.(placed) ?? placed,
    schemaChecksum: crc32(schema?.bytes ?? Buffer.alloc(0)),
    checkedSize,
    roots: rootsOf(table),
  });
  options.directory?.(directory);
  const directoryOffset = position;
  append(directory);
  append(
    encodeFooter({
      fileSize: position + FOOTER_SIZE,
      directoryOffset,
      directorySize: directory.length,
      directoryChecksum: crc32(directory),
      contentHash: contentHashOf(directory),
    }),
  );
  return Buffer.concat(parts);
}

/** Changes the JSON of the schema section. */
export function changeSchema(parts: FileParts, change: (json: any) => unknown): FileParts {
  const part = parts.sections.find(({ section }) => section.kind === sectionKinds.schema)!;
  const json = JSON.parse(part.bytes.toString('utf8'));
  part.bytes = Buffer.from(JSON.stringify(change(json) ?? json), 'utf8');
  return parts;
}

export function partOf(parts: FileParts, kind: number, entityId = 0xffffffff, memberId?: number): FilePart {
  return parts.sections.find(
    ({ section }) =>
      section.kind === kind &&
      section.entityId === entityId &&
      (memberId === undefined || section.memberId === memberId),
  )!;
}
