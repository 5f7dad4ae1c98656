/**
 * The main path of reading as users meet it: `openSnapshot` → `get`, `all`, `scan` → proxies. Everything is synchronous but the opening.
 */
import { describeValue, PermafrostError, refuseUnknownOptions } from '../errors';
import type { SnapshotShare } from '../file/shared-file';
import type { Storage } from '../file/storage';
import { type FieldMeasure, type MeasureOptions, measureFields } from '../reader/measure-fields';
import { type MemoryPart, memoryOf, type SnapshotMemory } from '../reader/snapshot-memory';
import { openReader, type SnapshotReader } from '../reader/snapshot-reader';
import { type VerifyFinding, type VerifyOptions, verifyReader } from '../reader/verify';
import type { EntityClass } from '../schema/class-description';
import type { EntitySchema, JsonValue, Schema } from '../schema/schema';
import { ByOrdinal } from './by-ordinal';
import { checkedScan } from './checked-cursor';
import { EntityTables } from './entity-tables';
import type { ProxyTable } from './proxy-table';
import { scanOf } from './record-iterator';
import { RecordList } from './record-list';
import { checkValueOptions, requireOneOf, type ValueOptions } from './value-options';

/** How {@link openSnapshot} shows records. */
export interface OpenSnapshotOptions {
  /** Classes whose instances the proxies look like. Entities without one get a class of their name. */
  readonly entities?: readonly EntityClass[];
  /** The same with names that classes do not know themselves, e.g. an ORM's. */
  readonly classes?: ReadonlyMap<string, EntityClass>;
  /** How values are given back. */
  readonly values?: ValueOptions;
  /** 'first-use' (default) checks each 64 KiB block when it is first touched; 'never' trusts the file. */
  readonly checksums?: 'first-use' | 'never';
  /**
   * Whether a cursor of `scan` that was kept throws CURSOR_STALE when it is read, instead of showing another record. Default: unless
   * NODE_ENV is 'production'. A scan then makes a proxy a record; nothing else is slower.
   */
  readonly development?: boolean;
  readonly storage?: Storage;
}

/**
 * Opens a snapshot file, or what {@link Snapshot.share} gave in another thread (`storage` is then not used). Its cost does not depend on the
 * size of the data; see {@link Snapshot.verify} for a deep check.
 * Throws FILE_NOT_FOUND, NOT_A_SNAPSHOT, FILE_TRUNCATED, FILE_CORRUPT, FORMAT_UNSUPPORTED, SCHEMA_MISMATCH, ENTITY_UNKNOWN, MAPPING_FAILED.
 */
export async function openSnapshot(
  source: string | SnapshotShare,
  options: OpenSnapshotOptions = {},
): Promise<Snapshot> {
  refuseUnknownOptions('openSnapshot', options, [
    'entities',
    'classes',
    'values',
    'checksums',
    'development',
    'storage',
  ]);
  checkValueOptions(options.values);
  requireOneOf('checksums', options.checksums, ['first-use', 'never']);
  if ((typeof source !== 'string' || source === '') && (typeof source !== 'object' || source === null)) {
    throw new TypeError(
      `openSnapshot: expected the path of a snapshot, or what share() gave, found ${describeValue(source)}.`,
    );
  }
  const { checksums, storage } = options;
  const reader = openReader(source, { ...(checksums ? { checksums } : {}), ...(storage ? { storage } : {}) });
  try {
    return new Snapshot(reader, options);
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** One opened snapshot. Use {@link openSnapshot}. */
export class Snapshot implements Disposable {
  readonly #reader: SnapshotReader;
  readonly #tables: EntityTables;
  readonly #development: boolean;
  /** Reads by ordinals: for queries and adapters. */
  readonly byOrdinal: ByOrdinal;

  /** @internal */
  constructor(reader: SnapshotReader, options: OpenSnapshotOptions) {
    this.#reader = reader;
    this.#development = options.development ?? process.env['NODE_ENV'] !== 'production';
    this.#tables = new EntityTables(reader, options);
    this.byOrdinal = new ByOrdinal(this.#tables);
  }

  get path(): string {
    return this.#reader.path;
  }
  /** Bytes. */
  get size(): number {
    return this.#reader.size;
  }
  get schema(): Schema {
    return this.#reader.schema;
  }
  get notes(): JsonValue {
    return this.#reader.notes;
  }
  /** SHA-256 that identifies the content, 64 hex digits. */
  get contentHash(): string {
    return this.#reader.contentHash;
  }
  get createdAt(): Date {
    return new Date(this.#reader.createdAt);
  }
  /** 'mmap' or 'mmap-io' when the file is shared with other processes, 'read' when this process holds a copy. */
  get backend(): SnapshotReader['backend'] {
    return this.#reader.backend;
  }
  get closed(): boolean {
    return this.#reader.closed;
  }
  /** The file below, for tools: sections, layouts, record tables. */
  get reader(): SnapshotReader {
    return this.#reader;
  }

  /**
   * The record with a key, or undefined; a deleted one too, as with all methods here. A key of several fields is a list in key order or an object by field name.
   * Throws KEY_INVALID, ENTITY_UNKNOWN, SNAPSHOT_CLOSED. Cost: 50–100 ns for integer keys, 150–500 ns for text.
   */
  get<T extends object>(entity: EntityClass<T>, key: unknown): T | undefined;
  get(entity: string, key: unknown): Record<string, unknown> | undefined;
  get(entity: string | EntityClass, key: unknown): unknown {
    const table = this.#tables.opened(entity);
    const ordinal = table.records.keyLookup.ordinalOf(key);
    return ordinal < 0 || !table.holds(ordinal) ? undefined : table.create(ordinal, 0, undefined);
  }

  /**
   * All records with given values in indexed fields, in key order: `find(User, 'country', 'DE')`, or `find(User, ['country', 'city'], ['DE', 'Ulm'])`
   * for an index on a group. A read-only list, whose elements are made as they are read. Equality is exact; null equals nothing.
   * Throws INDEX_UNKNOWN, KEY_INVALID, ENTITY_UNKNOWN, SNAPSHOT_CLOSED. Cost: 60–400 ns, and 10–100 ns a record found.
   */
  find<T extends object>(entity: EntityClass<T>, fields: string | readonly string[], values: unknown): readonly T[];
  find(entity: string, fields: string | readonly string[], values: unknown): readonly Record<string, unknown>[];
  find(entity: string | EntityClass, fields: string | readonly string[], values: unknown): readonly unknown[] {
    const table = this.#tables.opened(entity);
    requireFieldNames('find', fields, table);
    const all = table.indexOn(fields).findAll(valuesOf(fields, values));
    const ordinals = table.isMember ? [...all].filter((ordinal) => table.holds(ordinal)) : all;
    const source = { target: (place: number) => ordinals[place]! };
    const run = { source, start: 0, count: ordinals.length };
    return new RecordList(table, run, table.records.entity.name, 0, undefined) as unknown as readonly unknown[];
  }

  /** The first of the records that {@link find} would give, or undefined: what a unique index is for. Throws as `find`. Cost: 100–500 ns. */
  findOne<T extends object>(entity: EntityClass<T>, fields: string | readonly string[], values: unknown): T | undefined;
  findOne(entity: string, fields: string | readonly string[], values: unknown): Record<string, unknown> | undefined;
  findOne(entity: string | EntityClass, fields: string | readonly string[], values: unknown): unknown {
    const table = this.#tables.opened(entity);
    requireFieldNames('findOne', fields, table);
    if (table.isMember) return this.find(entity as string, fields, values)[0];
    const ordinal = table.indexOn(fields).findFirst(valuesOf(fields, values));
    return ordinal < 0 ? undefined : table.create(ordinal, 0, undefined);
  }

  /**
   * How many records there are. Of a subtype they are counted: 5–60 ns a record of its entity. Throws ENTITY_UNKNOWN, SNAPSHOT_CLOSED.
   */
  count(entity: string | EntityClass): number {
    return this.#tables.opened(entity).count;
  }

  /** Every record in key order, each as a proxy of its own. Throws ENTITY_UNKNOWN, SNAPSHOT_CLOSED. */
  all<T extends object>(entity: EntityClass<T>): IterableIterator<T>;
  all(entity: string): IterableIterator<Record<string, unknown>>;
  all(entity: string | EntityClass): IterableIterator<unknown> {
    return this.#tables.opened(entity).all();
  }

  /**
   * Every record in key order through one cursor: the same proxy, re-pointed at each step. Do not keep it; keep `materialize(it)`
   * or use {@link all}. What it refers to, its lists and values may be kept. Allocates nothing a record. In development mode
   * ({@link OpenSnapshotOptions.development}) a cursor that was kept throws CURSOR_STALE. Throws ENTITY_UNKNOWN, SNAPSHOT_CLOSED.
   */
  scan<T extends object>(entity: EntityClass<T>): IterableIterator<T>;
  scan(entity: string): IterableIterator<Record<string, unknown>>;
  scan(entity: string | EntityClass): IterableIterator<unknown> {
    const table = this.#tables.opened(entity);
    return this.#development ? checkedScan(table) : scanOf(table);
  }

  /** The schema of an entity; of a subtype, that of the entity whose table it shares. Throws ENTITY_UNKNOWN. */
  entitySchema(entity: string | EntityClass): EntitySchema {
    return this.#tables.of(entity).records.entity;
  }

  /** Reads everything and returns what is damaged: an empty list for a whole file. Cost: about 0.3 s a GB and 1 µs a field. */
  verify(options?: VerifyOptions): Promise<VerifyFinding[]> {
    return verifyReader(this.#reader, options);
  }

  /**
   * What each field's values take in bytes, and how many are null and distinct. Cost: a pass over all records for each field, 15–300 ns a
   * value; at most 48 MiB of memory. Throws FILE_CORRUPT, SNAPSHOT_CLOSED and the signal's reason.
   */
  measureFields(options?: MeasureOptions): Promise<FieldMeasure[]> {
    return measureFields(this.#reader, options);
  }

  /**
   * The memory below, to be loaded ahead, measured and advised upon: of the whole file, of an entity (not the heap, which all share), or of
   * its 'records', 'strings' (string tables), 'lists' (adjacency lists), 'indexes', 'key' (the key's index alone), or the index on a
   * list of fields. Throws ENTITY_UNKNOWN, INDEX_UNKNOWN, SNAPSHOT_CLOSED.
   */
  memory(entity?: string | EntityClass, part?: MemoryPart | readonly string[]): SnapshotMemory {
    this.#reader.requireOpen('memory');
    if (entity === undefined) return memoryOf(this.#reader);
    const table = this.#tables.of(entity);
    return memoryOf(
      this.#reader,
      table.records,
      Array.isArray(part) ? table.indexOn(part).indexNumber : (part as MemoryPart),
    );
  }

  /**
   * This snapshot for one other thread, which opens it on the same memory: `new Worker(file, { workerData: { share }, transferList:
   * [share.port] })`, and there `openSnapshot(workerData.share)`. Each thread closes its own; the memory goes when the last one has
   * closed or ended. A share that is not posted must be given up: `share.port.close()`. With the 'read' backend all other threads
   * together get one copy. Throws SNAPSHOT_CLOSED; MAPPING_FAILED when the memory belongs to this thread.
   */
  share(): SnapshotShare {
    return this.#reader.share();
  }

  /**
   * Gives the memory back at once. Records still held throw SNAPSHOT_CLOSED when read; where other threads share the memory, or with the
   * backend 'mmap-io', their fields may go on giving their values until it is gone. Idempotent.
   */
  close(): void {
    this.#reader.close();
  }

  /** The same as {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Throws TypeError for conditions in the form of an ORM's. */
function requireFieldNames(method: string, fields: unknown, { records }: ProxyTable): void {
  if (typeof fields === 'string' || Array.isArray(fields)) return;
  const { name, indexes } = records.entity;
  const [first = 'email'] = indexes[0]?.fields ?? [];
  throw new TypeError(
    `${method}: expected the name of an indexed field, or a list of such names, and then the value, found ${describeValue(fields)}. Write ${method}(${name}, '${first}', value).`,
  );
}

/** The values for an index on `fields`, one a field. Throws KEY_INVALID when their number is another. */
function valuesOf(fields: string | readonly string[], values: unknown): readonly unknown[] {
  if (typeof fields === 'string') return [values];
  if (Array.isArray(values) && values.length === fields.length) return values;
  throw new PermafrostError(
    'KEY_INVALID',
    `An index on ${fields.length} fields takes a list of ${fields.length} values (${fields.join(', ')}), found ${describeValue(values)}.`,
    { field: fields.join(', '), expected: fields.length, actual: values },
  );
}
