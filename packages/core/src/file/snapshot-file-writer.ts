/**
 * Writes the frame of a snapshot: header, aligned sections, checksum table, directory, footer, in this order and once.
 * What goes into sections is others' business. The file has no valid footer, hence cannot be opened, before `finish` returns.
 */

import type { FileMapping } from '@permafrost/mmap';
import { crc32 } from '../bytes/checksum';
import { PermafrostBugError, PermafrostError } from '../errors';
import { MAX_DIRECTORY_SIZE, MAX_SCHEMA_SIZE } from '../limits';
import { BlockChecksumBuilder, rootsOf } from './block-checksums';
import { contentHashOf, encodeDirectory, type Section } from './directory';
import { encodeFooter, FOOTER_SIZE } from './footer';
import { encodeHeader, SECTION_ALIGNMENT } from './header';
import { encodeSchemaSection, type SchemaSection } from './schema-section';
import { NONE, REQUIRED, sectionKinds } from './section-kinds';
import type { WritableFile } from './storage';

export interface SectionOwner {
  readonly entityId?: number;
  readonly memberId?: number;
}

export class SnapshotFileWriter {
  readonly #file: WritableFile;
  readonly #checksums = new BlockChecksumBuilder();
  readonly #sections: Section[] = [];
  #open: { kind: number; owner: SectionOwner; offset: number } | undefined;
  #position = 0;

  constructor(file: WritableFile, createdAt: number) {
    this.#file = file;
    this.write(encodeHeader(createdAt));
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  beginSection(kind: number, owner: SectionOwner = {}): void {
    if (this.#open) throw new PermafrostBugError(`Section ${kind} begins inside section ${this.#open.kind}.`);
    const padding = (SECTION_ALIGNMENT - (this.#position % SECTION_ALIGNMENT)) % SECTION_ALIGNMENT;
    if (padding > 0) this.write(Buffer.alloc(padding));
    this.#open = { kind, owner, offset: this.#position };
  }

  write(bytes: Uint8Array): void {
    this.#file.write(bytes);
    this.#checksums.update(bytes);
    this.#position += bytes.length;
  }

  endSection(itemCount: number): Section {
    const open = this.#open;
    if (!open) throw new PermafrostBugError('A section ends that did not begin.');
    const section: Section = {
      kind: open.kind,
      version: 1,
      flags: REQUIRED,
      entityId: open.owner.entityId ?? NONE,
      memberId: open.owner.memberId ?? NONE,
      offset: open.offset,
      size: this.#position - open.offset,
      itemCount,
    };
    this.#sections.push(section);
    this.#open = undefined;
    return section;
  }

  /** A section whose bytes are at hand. */
  writeSection(kind: number, owner: SectionOwner, itemCount: number, bytes: Uint8Array): Section {
    this.beginSection(kind, owner);
    this.write(bytes);
    return this.endSection(itemCount);
  }

  /** Maps what has been written, for reading back while the file grows. */
  map(): FileMapping {
    return this.#file.map();
  }

  /** Writes everything behind the sections and returns when it is on the disk. */
  finish(schemaSection: SchemaSection): { size: number; contentHash: string } {
    const schemaBytes = encodeSchemaSection(schemaSection);
    requireSize('The schema section (schema, layouts and notes)', schemaBytes.length, MAX_SCHEMA_SIZE);
    this.writeSection(sectionKinds.schema, {}, schemaSection.schema.entities.length, schemaBytes);
    this.beginSection(sectionKinds.checksumTable);
    const checkedSize = this.#position;
    const table = this.#checksums.finish();
    this.#writeUnchecked(table);
    this.endSection(table.length / 4);
    const directory = encodeDirectory({
      sections: this.#sections,
      schemaChecksum: crc32(schemaBytes),
      checkedSize,
      roots: rootsOf(table),
    });
    requireSize(`The directory of ${this.#sections.length} sections`, directory.length, MAX_DIRECTORY_SIZE);
    const directoryOffset = this.#position;
    this.#writeUnchecked(directory);
    const size = this.#position + FOOTER_SIZE;
    const contentHash = contentHashOf(directory);
    this.#file.sync(); // everything else is on the disk before the footer says so
    this.#writeUnchecked(
      encodeFooter({
        fileSize: size,
        directoryOffset,
        directorySize: directory.length,
        directoryChecksum: crc32(directory),
        contentHash,
      }),
    );
    this.#file.sync();
    return { size, contentHash };
  }

  #writeUnchecked(bytes: Uint8Array): void {
    this.#file.write(bytes);
    this.#position += bytes.length;
  }
}

/** What the reader would refuse is not written. */
function requireSize(what: string, actual: number, expected: number): void {
  if (actual <= expected) return;
  throw new PermafrostError(
    'LIMIT_EXCEEDED',
    `${what} would take ${actual} bytes; the limit of format 1 is ${expected}. Export fewer entities or shorter notes.`,
    { expected, actual },
  );
}
