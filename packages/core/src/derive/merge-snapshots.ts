/**
 * A snapshot from several of one schema: the union of their records. Record tables lie in key order, so they are merged as sorted lists:
 * no index is asked, and memory grows by the few bytes a record that any export takes.
 */
import { describeValue, PermafrostError, refuseUnknownOptions } from '../errors';
import type { Storage } from '../file/storage';
import type { Snapshot } from '../proxy/snapshot';
import type { RecordTable } from '../reader/record-table';
import { pathTextOf } from '../schema/embedded';
import { defineSchema, type FieldSchema, type JsonValue, type Schema } from '../schema/schema';
import type { KeyPart } from '../structure/key-parts';
import { createSnapshot } from '../writer/create-snapshot';
import type { SnapshotSummary } from '../writer/write-sections';
import { inTurns, recordCopier } from './record-copier';

/** Whose record it is when several snapshots have one of the same key. */
export type DuplicatePolicy = 'error' | 'first' | 'last';
const duplicatePolicies: readonly DuplicatePolicy[] = ['error', 'first', 'last'];

/** What `mergeSnapshots` takes. */
export interface MergeSnapshotsOptions {
  /** The file to create; it must not exist. */
  readonly path: string;
  /**
   * What to do where several sources have a record with the same key: take that of the first or of the last of them, with its references
   * and the lists that it stores, or throw KEY_DUPLICATE. Default 'error'.
   */
  readonly duplicates?: DuplicatePolicy;
  /** Default those of the first source. */
  readonly notes?: JsonValue;
  /** Milliseconds since 1970 to record as the time of creation. Default now. */
  readonly createdAt?: number;
  readonly storage?: Storage;
  readonly signal?: AbortSignal;
}

/**
 * Writes the union of opened snapshots, which stay as they are. References lead to the record that was taken for their key.
 * Throws SCHEMA_MISMATCH unless all schemas have one fingerprint, KEY_DUPLICATE by policy, INDEX_DUPLICATE and REFERENCE_NOT_UNIQUE where
 * what is unique in each source is not in all together, SNAPSHOT_CLOSED, FILE_CORRUPT and what {@link createSnapshot} throws; no file is
 * left then. Indexes are those of the first source. Ranks of two databases' orders do not make one: no field of the result is ranked, and
 * the order of text is only known where its collation is 'C'. So all sources must have a field's collation in common (SCHEMA_MISMATCH).
 * Cost: 1–3 µs a record, by its members and references.
 */
export async function mergeSnapshots(
  sources: readonly Snapshot[],
  options: MergeSnapshotsOptions,
): Promise<SnapshotSummary> {
  refuseUnknownOptions('mergeSnapshots', options, ['path', 'duplicates', 'notes', 'createdAt', 'storage', 'signal']);
  const [first] = sources;
  if (!first) throw new TypeError('mergeSnapshots: expected opened snapshots, found none.');
  requireOneSchema(sources);
  requireOneOrder(sources);
  const { duplicates = 'error', notes = first.notes, signal, path, createdAt, storage } = options;
  if (!duplicatePolicies.includes(duplicates)) {
    throw new TypeError(
      `mergeSnapshots: duplicates is ${duplicatePolicies.join(', ')}; found ${describeValue(duplicates)}.`,
    );
  }
  const schema = sources.length === 1 ? first.schema : withoutRanks(first.schema);
  const previousLayouts = first.reader.tables;
  using writer = createSnapshot({ path, schema, notes, createdAt, previousLayouts, storage });
  for (const { name } of schema.entities) {
    const cursors = sources.map((source, place) => {
      const table = source.reader.tableByName(name);
      return new TableCursor(source, {
        title: titleOf(sources, place),
        table,
        copyRecord: recordCopier(table, writer),
      });
    });
    await inTurns(signal, () => takeLeast(cursors, duplicates));
  }
  return await writer.finish(signal ? { signal } : {});
}

/** Copies one record of the least key among the cursors and moves all past it; false when there is none left. */
function takeLeast(cursors: readonly TableCursor[], duplicates: DuplicatePolicy): boolean {
  let least: TableCursor | undefined;
  let chosen: TableCursor | undefined;
  for (const cursor of cursors) {
    if (!cursor.hasRecord) continue;
    const order = least === undefined ? -1 : cursor.compare(least);
    if (order < 0) least = chosen = cursor;
    else if (order === 0) {
      if (duplicates === 'error') throw duplicateKey(least!, cursor);
      if (duplicates === 'last') chosen = cursor;
    }
  }
  if (least === undefined) return false;
  chosen!.copy();
  for (const cursor of cursors)
    if (cursor !== least && cursor.hasRecord && cursor.compare(least) === 0) cursor.advance();
  least.advance();
  return true;
}

/** Walks a record table in key order, the key of the present record loaded. */
class TableCursor {
  #ordinal = -1;
  readonly #parts: readonly KeyPart[];

  /** How messages call the source. */
  readonly title: string;
  readonly table: RecordTable;
  readonly #copyRecord: (ordinal: number) => void;

  constructor(
    readonly source: Snapshot,
    { title, table, copyRecord }: { title: string; table: RecordTable; copyRecord: (ordinal: number) => void },
  ) {
    this.title = title;
    this.table = table;
    this.#copyRecord = copyRecord;
    this.#parts = table.keyParts();
    this.advance();
  }

  get hasRecord(): boolean {
    return this.#ordinal < this.table.recordCount;
  }

  advance(): void {
    if (++this.#ordinal >= this.table.recordCount) return;
    this.table.checkRecord(this.#ordinal);
    for (const part of this.#parts) part.loadRecord(this.table.view, this.#ordinal * this.table.stride);
  }

  compare(other: TableCursor): number {
    for (let part = 0; part < this.#parts.length; part++) {
      const order = this.#parts[part]!.compare(other.#parts[part]!);
      if (order !== 0) return order;
    }
    return 0;
  }

  copy(): void {
    this.#copyRecord(this.#ordinal);
  }

  /** For messages. */
  key(): unknown {
    const { name, key } = this.table.entity;
    const record = this.source.byOrdinal.proxiesOf(name, [this.#ordinal])[0] as Record<string, unknown>;
    return key.length === 1 ? record[key[0]!] : key.map((field) => record[field]);
  }
}

function requireOneSchema(sources: readonly Snapshot[]): void {
  const [first] = sources;
  for (const [place, other] of sources.entries()) {
    if (other.schema.fingerprint === first!.schema.fingerprint) continue;
    throw new PermafrostError(
      'SCHEMA_MISMATCH',
      `${titleOf(sources, place)} has another schema than ${titleOf(sources, 0)} (fingerprints ${other.schema.fingerprint.slice(0, 12)}… and ${first!.schema.fingerprint.slice(0, 12)}…). Merge snapshots of one schema; deriveSnapshot can leave out what only one of them has.`,
      { path: other.path, expected: first!.schema.fingerprint, actual: other.schema.fingerprint },
    );
  }
}

/** What a database's order is called must be the same everywhere. */
function requireOneOrder(sources: readonly Snapshot[]): void {
  for (const [place, other] of sources.entries()) {
    for (const { name, fields } of sources[0]!.schema.entities) {
      for (const field of fields) {
        const found = other.entitySchema(name).fields.find((candidate) => candidate.name === field.name)!;
        const [expected, actual] = [field, found].map(orderText);
        if (expected === actual) continue;
        throw new PermafrostError(
          'SCHEMA_MISMATCH',
          `${titleOf(sources, place)}: ${name}.${pathTextOf(field)} has ${actual}, and in ${titleOf(sources, 0)} ${expected}. Merge snapshots of databases that order and compare text alike.`,
          { path: other.path, entity: name, field: pathTextOf(field), expected, actual },
        );
      }
    }
  }
}

function orderText({ collation, looseEquality, lowerCase }: FieldSchema): string {
  return `${collation === undefined ? 'no collation' : `the collation ${collation}`}${looseEquality ? ' and an equality of its own' : ''}${lowerCase ? ` with lower case as ${JSON.stringify(lowerCase)}` : ''}`;
}

function withoutRanks(schema: Schema): Schema {
  const fieldOf = ({ ranked: _, ...field }: FieldSchema) => field;
  return defineSchema(schema.entities.map((entity) => ({ ...entity, fields: entity.fields.map(fieldOf) })));
}

function duplicateKey(one: TableCursor, other: TableCursor): PermafrostError {
  const entity = one.table.entity.name;
  const key = one.key();
  return new PermafrostError(
    'KEY_DUPLICATE',
    `${entity}: ${one.title} and ${other.title} both have a record with the key ${describeValue(key)}. Say which to take: duplicates: 'first' or 'last'.`,
    { entity, key, path: other.source.path },
  );
}

/** The path of a source, with its place where others have the same path, as files in memory may. */
function titleOf(sources: readonly Snapshot[], place: number): string {
  const { path } = sources[place]!;
  return sources.filter((source) => source.path === path).length === 1 ? path : `source ${place + 1} (${path})`;
}
