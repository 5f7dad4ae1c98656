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
import { checkedScan } from './checked-cursor';
import { type FollowedRelation, type LinkedNode, nodeProxies } from './node-proxies';
import type { ProxyTable } from './proxy-table';
import { type CopiedMember, recordCopierOf } from './record-copier';
import { presenceReaderOf, type TargetsOptions, targetsReaderOf } from './record-facts';
import { scanOf } from './record-iterator';
import { RecordList } from './record-list';
import type { RelationTree } from './record-state';
import { proxyTablesOf } from './snapshot-tables';
import { checkValueOptions, requireOneOf, type ValueOptions } from './value-options';
import { valueReaderOf } from './value-reader';

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
  readonly #tables: ReadonlyMap<string, ProxyTable>;
  readonly #byClass: ReadonlyMap<EntityClass, ProxyTable>;
  readonly #development: boolean;
  #lastEntity: string | EntityClass | undefined;
  #lastTable: ProxyTable | undefined;

  /** @internal */
  constructor(reader: SnapshotReader, options: OpenSnapshotOptions) {
    this.#reader = reader;
    this.#development = options.development ?? process.env['NODE_ENV'] !== 'production';
    const { byName, byClass } = proxyTablesOf(reader, options);
    this.#tables = byName;
    this.#byClass = byClass;
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
    const table = this.#openTableOf(entity);
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
    const table = this.#openTableOf(entity);
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
    const table = this.#openTableOf(entity);
    requireFieldNames('findOne', fields, table);
    if (table.isMember) return this.find(entity as string, fields, values)[0];
    const ordinal = table.indexOn(fields).findFirst(valuesOf(fields, values));
    return ordinal < 0 ? undefined : table.create(ordinal, 0, undefined);
  }

  /**
   * How many records there are. Of a subtype they are counted: 5–60 ns a record of its entity. Throws ENTITY_UNKNOWN, SNAPSHOT_CLOSED.
   */
  count(entity: string | EntityClass): number {
    return this.#openTableOf(entity).count;
  }

  /** Every record in key order, each as a proxy of its own. Throws ENTITY_UNKNOWN, SNAPSHOT_CLOSED. */
  all<T extends object>(entity: EntityClass<T>): IterableIterator<T>;
  all(entity: string): IterableIterator<Record<string, unknown>>;
  all(entity: string | EntityClass): IterableIterator<unknown> {
    return this.#openTableOf(entity).all();
  }

  /**
   * Every record in key order through one cursor: the same proxy, re-pointed at each step. Do not keep it; keep `materialize(it)`
   * or use {@link all}. What it refers to, its lists and values may be kept. Allocates nothing a record. In development mode
   * ({@link OpenSnapshotOptions.development}) a cursor that was kept throws CURSOR_STALE. Throws ENTITY_UNKNOWN, SNAPSHOT_CLOSED.
   */
  scan<T extends object>(entity: EntityClass<T>): IterableIterator<T>;
  scan(entity: string): IterableIterator<Record<string, unknown>>;
  scan(entity: string | EntityClass): IterableIterator<unknown> {
    const table = this.#openTableOf(entity);
    return this.#development ? checkedScan(table) : scanOf(table);
  }

  /** Proxies of given ordinals, as a query found them; `asked` are the relations to show in JSON and `materialize`. */
  proxiesOf(entity: string | EntityClass, ordinals: ArrayLike<number>, asked?: RelationTree): object[] {
    const table = this.#tableOf(entity);
    return Array.from(ordinals, (ordinal) => {
      if (!Number.isInteger(ordinal) || ordinal < 0) {
        throw new TypeError(`proxiesOf: expected ordinals, found ${describeValue(ordinal)}.`);
      }
      return table.proxyOf(ordinal, asked);
    });
  }

  /**
   * Proxies of what a plan led to. The relations that its joins follow give what the nodes say: trimmed, in their order, or nothing; all
   * others lead wherever they do. `asked` are the relations to show in JSON and `materialize`; joins that it does not name are left out,
   * without it none is. Throws ENTITY_UNKNOWN, SNAPSHOT_CLOSED. Cost: 100–200 ns a record and join; elements of lists as they are read.
   */
  proxiesOfNodes(
    entity: string | EntityClass,
    nodes: readonly LinkedNode[],
    joins: readonly (FollowedRelation | undefined)[],
    asked?: RelationTree,
  ): object[] {
    return nodeProxies(this.#openTableOf(entity), nodes, joins, asked);
  }

  /**
   * Reads a field, by its path ("address.city"), as proxies give it: for those who read one field of many records. What it gives back takes
   * ordinals and throws SNAPSHOT_CLOSED and FILE_CORRUPT as proxies do. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN. Cost of a value: as of a proxy's.
   */
  valueReader(entity: string | EntityClass, path: string): (ordinal: number) => unknown {
    return valueReaderOf(this.#tableOf(entity), path);
  }

  /**
   * Copies fields of records into objects, as proxies give them: for those who make instances of their own of many records. Takes ordinals
   * and objects, and throws SNAPSHOT_CLOSED and FILE_CORRUPT as proxies do. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN. Cost: 15 ns a number or
   * boolean, else as of a proxy's.
   */
  recordCopier(
    entity: string | EntityClass,
    members: readonly CopiedMember[],
  ): (ordinal: number, target: Record<string, unknown>) => void {
    return recordCopierOf(this.#tableOf(entity), members);
  }

  /** The ordinal of a key, or -1. Ordinals are valid within this snapshot alone. */
  ordinalOf(entity: string | EntityClass, key: unknown): number {
    const table = this.#openTableOf(entity);
    const ordinal = table.records.keyLookup.ordinalOf(key);
    return ordinal < 0 || table.holds(ordinal) ? ordinal : -1;
  }

  /** Whether the record at an ordinal is marked deleted: relations pass over it. False where the entity marks none. Throws ENTITY_UNKNOWN. */
  isDeleted(entity: string | EntityClass, ordinal: number): boolean {
    return this.#openTableOf(entity).isDeleted?.(ordinal) ?? false;
  }

  /**
   * Whether records hold a value in a field, by its path, whatever the snapshot was opened to give for none. What it gives back throws
   * SNAPSHOT_CLOSED and FILE_CORRUPT. Throws ENTITY_UNKNOWN, FIELD_UNKNOWN. Cost of a record: 5 ns.
   */
  presenceReader(entity: string | EntityClass, path: string): (ordinal: number) => boolean {
    return presenceReaderOf(this.#tableOf(entity), path);
  }

  /**
   * The ordinals that records refer to by a relation to one entity, named by its path: each once, one at most of a to-one relation. What
   * relations pass over is left out, but for what the options ask for. What it gives back throws SNAPSHOT_CLOSED and FILE_CORRUPT. Throws ENTITY_UNKNOWN,
   * FIELD_UNKNOWN. Cost of a target: 10–20 ns.
   */
  targetsReader(
    entity: string | EntityClass,
    relation: string,
    options: TargetsOptions = {},
  ): (ordinal: number) => readonly number[] {
    return targetsReaderOf(this.#tableOf(entity), relation, options);
  }

  /** The schema of an entity; of a subtype, that of the entity whose table it shares. Throws ENTITY_UNKNOWN. */
  entitySchema(entity: string | EntityClass): EntitySchema {
    return this.#tableOf(entity).records.entity;
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
    const table = this.#tableOf(entity);
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

  #openTableOf(entity: string | EntityClass): ProxyTable {
    const table = this.#tableOf(entity);
    if (this.#reader.closed) throw this.#reader.closedError(table.records.entity.name);
    return table;
  }

  /** Programs ask for one entity many times in a row: the last one is not looked up again, which takes 50 ns. */
  #tableOf(entity: string | EntityClass): ProxyTable {
    if (entity === this.#lastEntity) return this.#lastTable!;
    this.#lastTable = this.#lookUpTable(entity);
    this.#lastEntity = entity;
    return this.#lastTable;
  }

  #lookUpTable(entity: string | EntityClass): ProxyTable {
    const table = typeof entity === 'string' ? this.#tables.get(entity) : this.#byClass.get(entity);
    if (table) return table;
    if (typeof entity === 'string') this.#reader.tableByName(entity); // throws with the nearest name
    const name = typeof entity === 'function' ? entity.name : describeValue(entity);
    throw new PermafrostError(
      'ENTITY_UNKNOWN',
      `The snapshot was opened without the class ${name}. Pass it to openSnapshot: { entities: [${name}] }.`,
      { entity: name },
    );
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
