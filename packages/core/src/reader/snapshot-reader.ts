/**
 * One opened snapshot file: checked frame, mapped bytes, record tables. Knows records by ordinal; what they look like is proxy/'s business.
 *
 * Opening reads header, footer, directory and schema section and checks every section's bounds: its cost does not depend on the
 * size of the data. Data is checked block by block at first use; `verify` checks all of it.
 */
import * as path from 'node:path';
import type { Advice, FileMapping, MapBackend } from '@permafrost/mmap';
import { crc32 } from '../bytes/checksum';
import { nearestName, PermafrostError } from '../errors';
import { BlockChecksums } from '../file/block-checksums';
import { type Directory, decodeDirectory, findSection, type Section } from '../file/directory';
import { decodeFooter, FOOTER_SIZE, type Footer } from '../file/footer';
import { decodeHeader, HEADER_SIZE, type Header } from '../file/header';
import { decodeSchemaSection, type SchemaSection } from '../file/schema-section';
import { NONE, sectionKinds } from '../file/section-kinds';
import { openSharedFile, type SnapshotShare, shareFile } from '../file/shared-file';
import { fileStorage, type ReadableFile, type Storage } from '../file/storage';
import { MAX_RECORD_COUNT, MAX_SCHEMA_SIZE } from '../limits';
import type { JsonValue, Schema } from '../schema/schema';
import { HeapView } from '../structure/heap';
import { RecordTable } from './record-table';

export interface OpenReaderOptions {
  /** 'first-use' (default) checks each 64 KiB block when it is first touched; 'never' trusts the file. */
  readonly checksums?: 'first-use' | 'never';
  readonly storage?: Storage;
}

/** Bytes from the start of the file. */
export interface ByteRange {
  readonly offset: number;
  readonly size: number;
}

/** Opens a snapshot file, or one that another thread has opened and shared. Throws FILE_NOT_FOUND, NOT_A_SNAPSHOT, FILE_TRUNCATED, FILE_CORRUPT, FORMAT_UNSUPPORTED, MAPPING_FAILED. Cost: about 0.2 ms and the size of the schema. */
export function openReader(
  source: string | SnapshotShare,
  { checksums = 'first-use', storage = fileStorage }: OpenReaderOptions = {},
): SnapshotReader {
  const file = typeof source === 'object' && source !== null ? openSharedFile(source) : storage.openForReading(source);
  try {
    const frame = readFrame(file);
    return new SnapshotReader(frame, file.map(), checksums === 'first-use');
  } finally {
    file.close();
  }
}

/** Bytes; where pages are larger they are touched more than once. */
const SMALLEST_PAGE_SIZE = 4096;

interface Frame {
  readonly path: string;
  readonly header: Header;
  readonly footer: Footer;
  readonly directory: Directory;
  readonly schemaSection: SchemaSection;
}

function readFrame(file: ReadableFile): Frame {
  const header = decodeHeader(file.read(0, HEADER_SIZE), file.path);
  const footer = decodeFooter(file.read(Math.max(0, file.size - FOOTER_SIZE), FOOTER_SIZE), file.size, file.path);
  const directory = decodeDirectory(file.read(footer.directoryOffset, footer.directorySize), footer, file.path);
  const section = findSection(directory.sections, sectionKinds.schema);
  if (!section || section.size > MAX_SCHEMA_SIZE) {
    throw new PermafrostError(
      'FILE_CORRUPT',
      `${file.path}: the schema section is ${section ? `${section.size} bytes long; the limit is ${MAX_SCHEMA_SIZE}` : 'missing'}. Publish again.`,
      { path: file.path },
    );
  }
  const schemaBytes = file.read(section.offset, section.size);
  if (crc32(schemaBytes) !== directory.schemaChecksum) {
    throw new PermafrostError(
      'FILE_CORRUPT',
      `${file.path}: the schema section does not match its checksum. Publish again or restore the file.`,
      { path: file.path, offset: section.offset },
    );
  }
  return { path: file.path, header, footer, directory, schemaSection: decodeSchemaSection(schemaBytes, file.path) };
}

/** An opened file below its proxies: sections, layouts, record tables. For tools; {@link openSnapshot} gives it as `reader`. */
export class SnapshotReader implements Disposable {
  readonly path: string;
  readonly schema: Schema;
  readonly notes: JsonValue;
  /** Bytes. */
  readonly size: number;
  readonly contentHash: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly formatVersion: number;
  readonly sections: readonly Section[];
  readonly guard: BlockChecksums;
  readonly tables: readonly RecordTable[];
  closed = false;
  readonly #mapping: FileMapping;
  readonly #byName: ReadonlyMap<string, RecordTable>;
  readonly #sectionsByOwner: ReadonlyMap<string, Section>;

  constructor(frame: Frame, mapping: FileMapping, checksums: boolean) {
    this.#mapping = mapping;
    this.path = frame.path;
    this.schema = frame.schemaSection.schema;
    this.notes = frame.schemaSection.notes;
    this.size = frame.footer.fileSize;
    this.contentHash = frame.footer.contentHash;
    this.createdAt = frame.header.createdAt;
    this.formatVersion = frame.header.formatVersion;
    this.sections = frame.directory.sections;
    this.#sectionsByOwner = new Map(this.sections.map((section) => [ownerOf(section), section]));
    try {
      if (this.#sectionsByOwner.size !== this.sections.length) {
        throw new PermafrostError(
          'FILE_CORRUPT',
          `${this.path}: the directory has two sections of one kind for one member. Publish again.`,
          { path: this.path, expected: this.#sectionsByOwner.size, actual: this.sections.length },
        );
      }
      const table = this.section(sectionKinds.checksumTable)!;
      this.guard = new BlockChecksums(
        Buffer.from(mapping.bytes.buffer, mapping.bytes.byteOffset, mapping.size),
        {
          path: this.path,
          checkedSize: frame.directory.checkedSize,
          tableOffset: table.offset,
          tableSize: table.size,
          roots: frame.directory.roots,
        },
        checksums,
      );
      const heapSection = this.#requireSection(sectionKinds.heap);
      const heap = new HeapView(this.bytesOf(heapSection), this.viewOf(heapSection), this.guard, heapSection.offset);
      this.tables = this.schema.entities.map((entity, entityId) => {
        const layout = frame.schemaSection.layouts[entityId]!;
        const section = this.#requireSection(sectionKinds.records, entityId);
        if (section.itemCount > MAX_RECORD_COUNT || section.itemCount * layout.stride !== section.size) {
          throw new PermafrostError(
            'FILE_CORRUPT',
            `${this.path}: ${entity.name} announces ${section.itemCount} records of ${layout.stride} bytes in ${section.size} bytes. Publish again.`,
            { path: this.path, entity: entity.name },
          );
        }
        return new RecordTable(this, entity, entityId, layout, heap, section);
      });
    } catch (error) {
      mapping.close();
      throw error;
    }
    this.#byName = new Map(this.tables.map((recordTable) => [recordTable.entity.name, recordTable]));
  }

  /** How the file is in memory: 'mmap' and 'mmap-io' share one copy between processes, 'read' is this process's own. */
  get backend(): MapBackend {
    return this.#mapping.backend;
  }

  /** The section of a kind for an entity and member, or undefined. */
  section(kind: number, entityId = NONE, memberId = NONE): Section | undefined {
    return this.#sectionsByOwner.get(ownerOf({ kind, entityId, memberId }));
  }

  /** Throws ENTITY_UNKNOWN with the nearest name. */
  tableByName(name: string): RecordTable {
    const table = this.#byName.get(name);
    if (table) return table;
    const known = this.schema.entities.flatMap(({ name: own, subtypes }) => [
      own,
      ...(subtypes?.classes ?? []).map((subtype) => subtype.name),
    ]);
    const near = nearestName(name, known);
    throw new PermafrostError(
      'ENTITY_UNKNOWN',
      `${path.basename(this.path)} holds no entity "${name}".${near ? ` Did you mean "${near}"?` : ` It holds: ${known.join(', ')}.`}`,
      { entity: name, expected: known },
    );
  }

  /** The section's bytes in the mapping: for this package only, since a write would end the process. */
  bytesOf(section: Section): Buffer {
    const { bytes } = this.#mapping;
    return Buffer.from(bytes.buffer, bytes.byteOffset + section.offset, section.size);
  }

  /** The same as a DataView. */
  viewOf(section: Section): DataView {
    const { bytes } = this.#mapping;
    return new DataView(bytes.buffer, bytes.byteOffset + section.offset, section.size);
  }

  /** Advises the kernel about a range, e.g. 'willneed' to load it ahead. */
  advise(advice: Advice, { offset, size }: ByteRange): void {
    this.#mapping.advise(advice, offset, size);
  }

  /** Bytes of a range that are in memory now. */
  residentSize({ offset, size }: ByteRange): number {
    return this.#mapping.residentSize(offset, size);
  }

  /** Reads a byte of every page of a range. Blocks while they are read from the disk. */
  touch({ offset, size }: ByteRange): number {
    const { bytes } = this.#mapping;
    let sum = 0;
    for (let at = offset; at < offset + size; at += SMALLEST_PAGE_SIZE) sum += bytes[at]!;
    return sum;
  }

  /** The same memory for another thread. Throws SNAPSHOT_CLOSED, MAPPING_FAILED. */
  share(): SnapshotShare {
    this.requireOpen('share');
    return shareFile(this.path, this.#mapping);
  }

  /** SNAPSHOT_CLOSED, for whoever meets a closed reader. */
  closedError(entity: string): PermafrostError {
    return new PermafrostError(
      'SNAPSHOT_CLOSED',
      `${entity}: the snapshot ${this.path} is closed. Read what you need before close(), or keep a copy made by materialize().`,
      { entity, path: this.path },
    );
  }

  /** Throws SNAPSHOT_CLOSED. */
  requireOpen(entity: string): void {
    if (this.closed) throw this.closedError(entity);
  }

  /**
   * Gives the memory back at once, or when the last thread that shares it has closed; records that are still held throw SNAPSHOT_CLOSED
   * from then on. Idempotent. Cost: 0.01–1 ms.
   */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#mapping.close();
  }

  /** The same as {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #requireSection(kind: number, entityId?: number): Section {
    const section = this.section(kind, entityId);
    if (!section)
      throw new PermafrostError('FILE_CORRUPT', `${this.path}: a section of kind ${kind} is missing. Publish again.`, {
        path: this.path,
      });
    return section;
  }
}

function ownerOf({ kind, entityId, memberId }: Pick<Section, 'kind' | 'entityId' | 'memberId'>): string {
  return `${kind} ${entityId} ${memberId}`;
}
