/**
 * The main path of writing: `createSnapshot` → records and links in any order → `finish`.
 *
 *   stage (one scratch file an entity; text goes straight to the file's heap) → `writeSections` → the file gets its name
 *
 * The file has a temporary name until it is whole and on the disk. Whatever goes wrong before, no file appears.
 */
import * as path from 'node:path';
import { describeValue, PermafrostError, refuseUnknownOptions } from '../errors';
import { partialPathOf } from '../file/partial-file';
import { sectionKinds } from '../file/section-kinds';
import { SnapshotFileWriter } from '../file/snapshot-file-writer';
import { fileStorage, type Storage, type WritableFile } from '../file/storage';
import { type EntityClass, entityNameOf } from '../schema/class-description';
import type { JsonValue, RelationSchema, Schema } from '../schema/schema';
import { unknownMember } from '../schema/unknown-member';
import { HeapBuilder } from '../structure/heap';
import { checkCreateOptions, requireFreeName } from './create-options';
import { failingOnce } from './failing-once';
import { LinkWriter, storesLinks } from './link-writer';
import { ObjectAdder } from './objects/object-adder';
import { RecordWriter, type WriterContext } from './record-writer';
import { checkDanglingPolicy, type DanglingPolicy, DanglingReferences } from './relations/dangling-policy';
import { ScratchHeap } from './staging/scratch-heap';
import type { KnownLayout } from './text-places';
import { type GatheredSnapshot, type SnapshotSummary, writeSections } from './write-sections';

/** What {@link createSnapshot} takes. */
export interface CreateSnapshotOptions {
  /** The file to create; it must not exist. */
  readonly path: string;
  readonly schema: Schema;
  /** Notes kept in the file, e.g. what it was made from. JSON. */
  readonly notes?: JsonValue;
  /** Milliseconds since 1970 to record as the time of creation. Default now. */
  readonly createdAt?: number;
  /** What becomes of references to records that are not in the snapshot. Default `'error'`. */
  readonly dangling?: DanglingPolicy;
  /**
   * Layouts of the snapshot that this one follows, e.g. `opened.reader.tables`. Where an entity's schema is the same its layout is kept
   * unless another is over twice as good, so that one proxy class serves both. {@link createGeneration} passes the current generation's.
   */
  readonly previousLayouts?: readonly KnownLayout[];
  readonly storage?: Storage;
}

/** Begins a snapshot file. Throws FILE_EXISTS, FILE_NOT_FOUND (the directory) and FILE_ACCESS. */
export function createSnapshot(options: CreateSnapshotOptions): SnapshotWriter {
  checkCreateOptions(options);
  return new SnapshotWriter(options);
}

/** Takes records until `finish` or `abort`. Use {@link createSnapshot}. */
export class SnapshotWriter implements Disposable {
  readonly schema: Schema;
  readonly path: string;
  readonly #storage: Storage;
  readonly #partialPath: string;
  readonly #file: WritableFile;
  readonly #frame: SnapshotFileWriter;
  readonly #heap: HeapBuilder;
  readonly #scratchHeap: ScratchHeap;
  readonly #tables = new Map<string, RecordWriter>();
  /** The same, and those of subtypes, by their names too. */
  readonly #byName = new Map<string, RecordWriter>();
  readonly #links = new Map<RelationSchema, LinkWriter>();
  readonly #objects: ObjectAdder;
  readonly #notes: JsonValue;
  readonly #dangling: DanglingReferences;
  #state: 'open' | 'finishing' | 'finished' | 'aborted' = 'open';

  /** @internal */
  constructor({
    path: filePath,
    schema,
    notes = null,
    createdAt = Date.now(),
    dangling = 'error',
    previousLayouts = [],
    storage = fileStorage,
  }: CreateSnapshotOptions) {
    if (!Number.isSafeInteger(createdAt) || createdAt < 0) {
      throw new TypeError(`createSnapshot: createdAt is milliseconds since 1970, found ${describeValue(createdAt)}.`);
    }
    this.#dangling = new DanglingReferences(checkDanglingPolicy('createSnapshot', dangling));
    this.schema = schema;
    this.#objects = new ObjectAdder({
      entities: schema.entities,
      table: (entity) => this.table(entity),
      links: (entity, relation) => this.links(entity, relation),
      abandon: () => this.#abandon(),
    });
    this.path = filePath;
    this.#storage = storage;
    this.#notes = notes;
    const fail = () => this.#abandon();
    const directory = path.dirname(filePath);
    requireFreeName(filePath, storage);
    this.#partialPath = partialPathOf(filePath);
    this.#file = storage.create(this.#partialPath);
    try {
      this.#frame = new SnapshotFileWriter(
        failingOnce(() => this.#file, fail),
        createdAt,
      );
      this.#frame.beginSection(sectionKinds.heap);
      this.#heap = new HeapBuilder(this.#frame);
      const createScratch = () => failingOnce(() => storage.createScratch(directory), fail);
      this.#scratchHeap = new ScratchHeap(createScratch);
      const byName = new Map(schema.entities.map((entity) => [entity.name, entity]));
      const context: WriterContext = {
        createScratch,
        heap: this.#heap,
        scratchHeap: this.#scratchHeap.builder,
        entityOf: (name) => byName.get(name)!,
        previousLayouts,
        requireOpen: () => this.#requireOpen(),
      };
      for (const entity of schema.entities) {
        const table = new RecordWriter(entity, context);
        this.#tables.set(entity.name, table);
        for (const { name } of [entity, ...(entity.subtypes?.classes ?? [])]) this.#byName.set(name, table);
        for (const relation of entity.relations.filter(storesLinks)) {
          this.#links.set(relation, new LinkWriter(entity, relation, context.entityOf(relation.target!), context));
        }
      }
    } catch (error) {
      this.#file.close();
      storage.remove(this.#partialPath);
      throw error;
    }
  }

  /** The writer of an entity's records, by name or decorated class; a subtype's are its entity's. Throws ENTITY_UNKNOWN. */
  table(entity: string | EntityClass): RecordWriter {
    this.#requireOpen();
    const name = typeof entity === 'string' ? entity : entityNameOf(entity);
    const table = name === undefined ? undefined : this.#byName.get(name);
    if (!table) {
      const known = [...this.#tables.keys()];
      throw new PermafrostError(
        'ENTITY_UNKNOWN',
        `The schema has no entity "${name ?? String(entity)}". It has: ${known.join(', ')}.`,
        { entity: name, expected: known },
      );
    }
    return table;
  }

  /** The writer of a stored to-many relation's pairs. Throws FIELD_UNKNOWN when the relation is not stored on this side. */
  links(entity: string | EntityClass, relation: string): LinkWriter {
    const table = this.table(entity);
    const found = table.entity.relations.find((candidate) => candidate.name === relation);
    const links = found && this.#links.get(found);
    if (links) return links;
    throw unknownMember(
      table.entity,
      relation,
      'stored to-many relation',
      table.entity.relations.filter(storesLinks).map((candidate) => candidate.name),
    );
  }

  /**
   * Adds one record given as an object: fields by name, to-one relations as an object or key, stored to-many relations as lists of these.
   * Properties the schema does not name are ignored. Added as a subtype, or an instance of one, a record gets its discriminator. A value that is refused leaves the record out and the writer open, but for one in a
   * list of a to-many relation: that aborts the snapshot, since the record is in it.
   */
  add(entity: string | EntityClass, record: object): void;
  /**
   * Adds an instance of one of the schema's classes and all instances that relations lead to from it, both sides followed, cycles too. Each
   * object becomes one record however often it is reached, and none if it was added before: the object itself is its identity. A side of
   * a relation that is not stored may be left out; what it holds must be stored so by the other side. An error aborts the snapshot.
   * Throws ENTITY_UNKNOWN, REFERENCE_CONTRADICTORY and what adding a record throws.
   */
  add(root: object): void;
  add(...given: [root: object] | [entity: string | EntityClass, record: object]): void {
    if (given.length === 1) {
      this.#requireOpen();
      this.#objects.addGraph(given[0]);
    } else {
      const [as, record] = given;
      this.#objects.add(this.table(as).entity, record, typeof as === 'string' ? as : entityNameOf(as));
    }
  }

  /**
   * Adds every record of a (possibly asynchronous) iterable. Memory does not grow with their number. An error aborts the snapshot.
   * Instances of the schema's classes, which `add(root)` must know again, take about 1 µs longer each than plain objects.
   */
  async addAll(entity: string | EntityClass, records: AsyncIterable<object> | Iterable<object>): Promise<void> {
    try {
      const given = records as Partial<AsyncIterable<object> & Iterable<object>> | null | undefined;
      if (typeof given?.[Symbol.iterator] === 'function')
        for (const record of records as Iterable<object>) this.add(entity, record);
      else if (typeof given?.[Symbol.asyncIterator] === 'function')
        for await (const record of records) this.add(entity, record);
      else
        throw new TypeError(
          `addAll: expected an iterable of records, found ${describeValue(records)}. Use add for one record, or addAll(entity, [record]).`,
        );
    } catch (error) {
      this.#abandon();
      throw error;
    }
  }

  /**
   * Orders, resolves and writes everything, returns when the file is on the disk under its name.
   * Throws KEY_DUPLICATE, VALUE_NULL (a field that the record's subtype requires), INDEX_DUPLICATE, REFERENCE_DANGLING, REFERENCE_SUBTYPE, REFERENCE_NOT_UNIQUE, LIMIT_EXCEEDED and FILE_ACCESS; the snapshot is then aborted.
   */
  async finish(options: { signal?: AbortSignal } = {}): Promise<SnapshotSummary> {
    refuseUnknownOptions('finish', options, ['signal']);
    this.#requireOpen();
    this.#state = 'finishing';
    try {
      const written = await writeSections(this.#gathered(), () => this.#breathe(options.signal));
      this.#requireFinishing();
      this.#publish();
      return { path: this.path, ...written };
    } catch (error) {
      this.#abandon();
      throw error;
    }
  }

  /** Removes everything written so far. Idempotent; nothing happens after `finish`. */
  abort(): void {
    if (this.#state === 'finished' || this.#state === 'aborted') return;
    this.#state = 'aborted';
    this.#closeScratch();
    this.#file.close();
    this.#storage.remove(this.#partialPath);
  }

  /** The same as {@link abort}: nothing after `finish`. */
  [Symbol.dispose](): void {
    this.abort();
  }

  /** Aborts after an error, which must not give way to one of the clean-up. */
  #abandon(): void {
    try {
      this.abort();
    } catch {
      // The caller learns what went wrong first; what is left is a partial file, which the next export of the directory removes.
    }
  }

  #gathered(): GatheredSnapshot {
    return {
      schema: this.schema,
      notes: this.#notes,
      frame: this.#frame,
      heap: this.#heap,
      scratchHeap: this.#scratchHeap,
      tables: this.#tables,
      links: [...this.#links.values()],
      dangling: this.#dangling,
    };
  }

  /** Lets others run, and learns whether to go on. */
  async #breathe(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    this.#requireFinishing();
  }

  /** Gives the finished file its name, which must still be free, and makes the name last. */
  #publish(): void {
    this.#closeScratch();
    this.#file.close();
    this.#storage.link(this.#partialPath, this.path);
    try {
      this.#storage.remove(this.#partialPath);
      this.#storage.syncDirectory(path.dirname(this.path));
    } catch (error) {
      this.#storage.remove(this.path);
      throw error;
    }
    this.#state = 'finished';
  }

  #closeScratch(): void {
    for (const table of this.#tables.values()) table.staging.close();
    for (const links of this.#links.values()) links.staging.close();
    this.#scratchHeap.close();
  }

  /** Throws WRITER_STATE when the snapshot was aborted meanwhile. */
  #requireFinishing(): void {
    if (this.#state !== 'finishing') this.#requireOpen();
  }

  #requireOpen(): void {
    if (this.#state === 'open') return;
    throw new PermafrostError(
      'WRITER_STATE',
      `${this.path}: the writer ${stateWords[this.#state]}; nothing can be added. Begin another snapshot with createSnapshot.`,
      { path: this.path, actual: this.#state },
    );
  }
}

const stateWords = { open: 'is open', finishing: 'is finishing', finished: 'has finished', aborted: 'was aborted' };
