/** How records of a snapshot are read for entities, by entity and path; each reader is made once a store. */
import {
  type EntitySchema,
  type FieldSchema,
  type OpenedSnapshot,
  pathTextOf,
  runPlan,
  type TargetsOptions,
} from '@permafrost/core';

type Reader<T> = (ordinal: number) => T;

interface KnownEntity {
  readonly schema: EntitySchema;
  /** By path. */
  readonly fields: ReadonlyMap<string, FieldSchema>;
}

export class RecordReaders {
  readonly #schemas = new Map<string, KnownEntity>();
  readonly #values = new Map<string, Reader<unknown>>();
  readonly #targets = new Map<string, Reader<readonly number[]>>();
  readonly #places = new Map<string, Uint32Array>();

  constructor(readonly snapshot: OpenedSnapshot) {}

  /** Whether the snapshot holds a field. */
  has(entity: string, path: string): boolean {
    return this.#schemaOf(entity).fields.has(path);
  }

  /** Whether the snapshot holds a relation. */
  hasRelation(entity: string, path: string): boolean {
    return this.#schemaOf(entity).schema.relations.some((relation) => pathTextOf(relation) === path);
  }

  /** Reads a field as TypeORM gives it. */
  value(entity: string, path: string): Reader<unknown> {
    const name = `${entity}\0${path}`;
    let reader = this.#values.get(name);
    if (reader === undefined) {
      reader = this.snapshot.byOrdinal.valueReader(entity, path);
      this.#values.set(name, reader);
    }
    return reader;
  }

  /** Whether a record's field is not null, whatever it is given back as. */
  presence(entity: string, path: string, options?: { readonly jsonNull: boolean }): Reader<boolean> {
    return this.snapshot.byOrdinal.presenceReader(entity, path, options);
  }

  /** The ordinals that a record refers to by a relation, each once. */
  targets(entity: string, relation: string, options: TargetsOptions): Reader<readonly number[]> {
    const name = JSON.stringify([entity, relation, options]);
    let reader = this.#targets.get(name);
    if (reader === undefined) {
      reader = this.snapshot.byOrdinal.targetsReader(entity, relation, options);
      this.#targets.set(name, reader);
    }
    return reader;
  }

  /** The same in the order of fields of the target, as the database orders them. */
  targetsBy(
    entity: string,
    relation: string,
    withDeleted: { readonly withDeleted: boolean },
    paths: readonly string[],
  ): Reader<readonly number[]> {
    const follow = this.targets(entity, relation, withDeleted);
    const { target } = this.#schemaOf(entity).schema.relations.find((one) => pathTextOf(one) === relation)!;
    const placeOf = this.#placesBy(target!, paths);
    return (ordinal) => [...follow(ordinal)].sort((a, b) => placeOf(a) - placeOf(b));
  }

  /** The places of an entity's records in the order of fields. Where it is not that of the ordinals it is made once, of all records. */
  #placesBy(entity: string, paths: readonly string[]): Reader<number> {
    const { schema, fields } = this.#schemaOf(entity);
    const ordered = paths.map((path) => fields.get(path)!);
    const isKey = ordered.map(({ name }) => name).join() === schema.key.join();
    if (isKey && ordered.every(hasOrderOfKeys)) return (at) => at;
    let places: Uint32Array | undefined;
    return (at) => {
      places ??= this.#orderBy(entity, paths);
      return places[at]!;
    };
  }

  #orderBy(entity: string, paths: readonly string[]): Uint32Array {
    const name = `${entity}\0${paths.join('\0')}`;
    let places = this.#places.get(name);
    if (places === undefined) {
      const order = paths.map((field) => ({ source: 0, field, direction: 'ascending', nulls: 'last' }) as const);
      const { ordinals } = runPlan(this.snapshot, { entity, order });
      places = new Uint32Array(ordinals.length);
      for (const [place, ordinal] of ordinals.entries()) places[ordinal] = place;
      this.#places.set(name, places);
    }
    return places;
  }

  /** Reads the field that tells the classes of records apart. */
  discriminator(entity: string): Reader<unknown> {
    return this.value(entity, this.#schemaOf(entity).schema.subtypes!.field);
  }

  #schemaOf(entity: string): KnownEntity {
    let known = this.#schemas.get(entity);
    if (known === undefined) {
      const schema = this.snapshot.entitySchema(entity);
      known = { schema, fields: new Map(schema.fields.map((field) => [pathTextOf(field), field])) };
      this.#schemas.set(entity, known);
    }
    return known;
  }
}

/** Whether keys lie in the order that the database gives the values: not so labels of an enum, nor text but by its bytes. */
function hasOrderOfKeys({ type, collation }: FieldSchema): boolean {
  return type === 'text' ? collation === 'C' : type !== 'enum';
}
