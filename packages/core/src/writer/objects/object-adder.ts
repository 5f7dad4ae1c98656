/**
 * Objects into records: one at a time, or a whole graph: the root and all that relations lead to from it, each object once. Identity is
 * the object itself, held weakly: an object that was collected is forgotten, and no other can be taken for it. Nothing recurses, so
 * graphs may have any shape. In a graph, instances of the schema's classes are records; anything else in a relation is a key, as everywhere.
 */
import { describeValue, PermafrostError } from '../../errors';
import { wrongType } from '../../schema/canonical';
import { type EntityClass, entityNameOf, subtypeValueOf } from '../../schema/class-description';
import { type EntitySchema, keyFields, type RelationSchema, targetNames } from '../../schema/schema';
import { keyProbesOf } from '../../structure/key';
import type { LinkWriter } from '../link-writer';
import type { RecordWriter } from '../record-writer';
import { isNameOf, namedKey } from '../relations/polymorphic-references';
import { type AddableRecord, memberAt, type Reached, recordAdder } from './add-record';

export interface ObjectAdderContext {
  readonly entities: readonly EntitySchema[];
  table(entity: string): RecordWriter;
  links(entity: string, relation: string): LinkWriter;
  /** Ends the snapshot: part of what was to be added is in it. */
  abandon(): void;
}

export class ObjectAdder {
  readonly #context: ObjectAdderContext;
  readonly #byName: ReadonlyMap<string, EntitySchema>;
  readonly #adders = new Map<EntitySchema, ReturnType<typeof recordAdder>>();
  /** By prototype: the entity whose instances have it. */
  readonly #entities = new WeakMap<object, EntitySchema | false>();
  readonly #added = new WeakSet<object>();
  readonly #walked = new WeakSet<object>();

  constructor(context: ObjectAdderContext) {
    this.#context = context;
    this.#byName = new Map(context.entities.map((entity) => [entity.name, entity]));
  }

  /** Adds one record, whether or not the object was added before; `as` names the entity or one of its subtypes. */
  add(entity: EntitySchema, record: object, as?: string): void {
    const isInstance = this.#entityOf(record) !== undefined;
    this.#add(entity, record, undefined, as);
    if (isInstance) this.#added.add(record);
  }

  /**
   * Adds what was not added before. Throws ENTITY_UNKNOWN for a root of no class of the schema, REFERENCE_CONTRADICTORY where two sides
   * of a relation disagree, and what adding a record throws. Memory: some 70 bytes an object until it is collected.
   */
  addGraph(root: object): void {
    if (!this.#entityOf(root)) throw this.#noRoot(root);
    try {
      this.#walk(root);
    } catch (error) {
      this.#context.abandon();
      throw error;
    }
  }

  #walk(root: object): void {
    const pending: object[] = [];
    const stored: StoredLists = new Map();
    const reach = (target: unknown, relation: RelationSchema, owner: EntitySchema) => {
      const entity = this.#entityOf(target);
      if (!entity) return;
      if (!targetNames(relation).includes(entity.name))
        throw wrongType(
          { entity: owner.name, field: relation.name },
          `a ${targetNames(relation).join(' or ')} or its key`,
          target,
        );
      this.#push(target as object, pending);
    };
    this.#push(root, pending);
    for (let record = pending.pop(); record !== undefined; record = pending.pop()) {
      const entity = this.#entityOf(record)!;
      const isAdded = this.#added.has(record);
      for (const relation of entity.relations) {
        const isStored = relation.inverse === undefined;
        if (isStored && !isAdded) continue; // read once, as it is added
        for (const target of targetsOf(entity, record, relation)) {
          reach(target, relation, entity);
          if (!isStored && this.#entityOf(target)) this.#requireAgreement(entity, record, relation, target, stored);
        }
      }
      if (isAdded) continue;
      this.#added.add(record);
      this.#add(entity, record, (target, relation) => reach(target, relation, entity));
    }
  }

  #add(entity: EntitySchema, record: object, reached?: Reached, as?: string): void {
    let adder = this.#adders.get(entity);
    if (!adder) {
      const context = this.#context;
      adder = recordAdder(
        context.table(entity.name),
        (relation) => context.links(entity.name, relation),
        () => context.abandon(),
      );
      this.#adders.set(entity, adder);
    }
    adder(record as AddableRecord, reached, as);
  }

  #push(record: object, pending: object[]): void {
    if (this.#walked.has(record)) return;
    this.#walked.add(record);
    pending.push(record);
  }

  /**
   * The entity of an instance of one of the schema's classes, or of a class derived from one. Throws ENTITY_UNKNOWN for an instance of a
   * subtype that the schema lacks: its own members would be lost.
   */
  #entityOf(value: unknown): EntitySchema | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    const prototype: object | null = Object.getPrototypeOf(value);
    if (prototype === null || prototype === Object.prototype || prototype === Array.prototype) return undefined;
    let entity = this.#entities.get(prototype);
    if (entity === undefined) {
      entity = this.#entityOfPrototype(prototype) ?? false;
      this.#entities.set(prototype, entity);
    }
    return entity || undefined;
  }

  #entityOfPrototype(prototype: object): EntitySchema | undefined {
    let missing: EntityClass | undefined;
    for (let link: object | null = prototype; link !== null; link = Object.getPrototypeOf(link)) {
      if (!Object.hasOwn(link, 'constructor')) continue;
      const entityClass = link.constructor as EntityClass;
      const name = entityNameOf(entityClass);
      if (name === undefined) continue;
      const entity = this.#byName.get(name);
      if (entity && missing) throw missingSubtype(entity, missing);
      if (entity) return entity;
      const isKnown = this.#context.entities.some((candidate) => isNameOf(candidate, name));
      if (!isKnown && subtypeValueOf(entityClass) !== undefined) missing ??= entityClass;
    }
    return undefined;
  }

  /** The side that stores a relation decides; what the other side lists must be what is stored. */
  #requireAgreement(
    entity: EntitySchema,
    record: object,
    relation: RelationSchema,
    target: unknown,
    stored: StoredLists,
  ): void {
    const targetEntity = this.#byName.get(relation.target!)!;
    const inverse = targetEntity.relations.find((candidate) => candidate.name === relation.inverse)!;
    const held = heldKey(memberAt(target as AddableRecord, inverse), inverse, entity);
    const agrees =
      inverse.kind === 'to-one'
        ? held === record || (this.#isKey(held) && isKeyOf(entity, held, record))
        : this.#storedList(targetEntity, target as object, inverse, stored).has(entity, record);
    if (agrees) return;
    const key = keyOf(entity, record);
    const targetKey = keyOf(targetEntity, target as object);
    const found =
      inverse.kind === 'to-many'
        ? `"${inverse.name}" does not hold this ${entity.name}`
        : `"${inverse.name}" is ${this.#describe(entity, held)}`;
    throw new PermafrostError(
      'REFERENCE_CONTRADICTORY',
      `${entity.name}.${relation.name}: ${entity.name} ${describeValue(key)} has ${targetEntity.name} ${describeValue(targetKey)}, whose ${found}. "${inverse.name}" is the side that is stored: set it to the same object, or leave ${relation.name} out.`,
      { entity: entity.name, field: relation.name, key, expected: key, actual: held, target: targetKey },
    );
  }

  #storedList(entity: EntitySchema, record: object, relation: RelationSchema, lists: StoredLists): StoredList {
    const ofRecord = lists.get(record) ?? new Map<RelationSchema, StoredList>();
    lists.set(record, ofRecord);
    let list = ofRecord.get(relation);
    if (!list) {
      list = new StoredList();
      const targets = memberAt(record as AddableRecord, relation);
      // It will be read again when its record is added.
      if (targets !== undefined && targets !== null && !Array.isArray(targets) && !(targets instanceof Set))
        throw wrongType(
          { entity: entity.name, field: relation.name },
          'an array or Set, as its other side is given too',
          targets,
        );
      for (const target of targetsOf(entity, record, relation)) list.add(target, this.#isKey(target));
      ofRecord.set(relation, list);
    }
    return list;
  }

  #isKey(value: unknown): boolean {
    return value !== null && value !== undefined && this.#entityOf(value) === undefined;
  }

  #describe(entity: EntitySchema, value: unknown): string {
    return this.#entityOf(value) === entity
      ? `another ${entity.name}, ${describeValue(keyOf(entity, value as object))}`
      : describeValue(value);
  }

  #noRoot(root: unknown): PermafrostError {
    const known = [...this.#byName.keys()];
    return new PermafrostError(
      'ENTITY_UNKNOWN',
      `add: expected an instance of a class of the schema (${known.join(', ')}), found ${describeValue(root)}. Name the entity of anything else: add('${known[0]}', record).`,
      { expected: known, actual: root },
    );
  }
}

function missingSubtype({ name }: EntitySchema, subtype: EntityClass): PermafrostError {
  const missing = entityNameOf(subtype)!;
  return new PermafrostError(
    'ENTITY_UNKNOWN',
    `${missing} is a subtype of ${name}, but the schema has no ${missing}, so what only a ${missing} has would be lost. Pass its class too: schemaFromClasses([${name}, ${subtype.name}]).`,
    { entity: missing, expected: name },
  );
}

type StoredLists = Map<object, Map<RelationSchema, StoredList>>;

/** What a stored to-many relation of one object holds: objects by identity, and keys. */
class StoredList {
  readonly #objects = new Set<unknown>();
  readonly #keys: unknown[] = [];

  add(target: unknown, isKey: boolean): void {
    if (isKey) this.#keys.push(target);
    else this.#objects.add(target);
  }

  has(entity: EntitySchema, record: object): boolean {
    return this.#objects.has(record) || this.#keys.some((key) => isKeyOf(entity, key, record));
  }
}

/** What a stored relation holds, as a key or record of `entity`; of one to several entities it says which, and may mean another. */
function heldKey(held: unknown, relation: RelationSchema, entity: EntitySchema): unknown {
  const named = relation.targets && typeof held === 'object' && held !== null ? namedKey(held) : undefined;
  if (!named) return held;
  return isNameOf(entity, named.entity) ? named.key : undefined;
}

function* targetsOf(entity: EntitySchema, record: object, relation: RelationSchema): Iterable<unknown> {
  const value = memberAt(record as AddableRecord, relation);
  if (value === undefined || value === null) return;
  if (relation.kind === 'to-one') yield value;
  else if (typeof value === 'object' && typeof (value as Iterable<unknown>)[Symbol.iterator] === 'function')
    yield* value as Iterable<unknown>;
  else throw wrongType({ entity: entity.name, field: relation.name }, 'a list', value);
}

/** Whether `key`, in any of the forms that a relation takes, is that of `record`. */
function isKeyOf(entity: EntitySchema, key: unknown, record: object): boolean {
  const isParts = typeof key === 'object' && !(key instanceof Date) && !(key instanceof Uint8Array);
  const [given, own] = [keyProbesOf(keyFields(entity), entity.name), keyProbesOf(keyFields(entity), entity.name)];
  for (const [part, field] of keyFields(entity).entries()) {
    const value = !isParts ? key : Array.isArray(key) ? key[part] : memberAt(key as AddableRecord, field);
    given[part]!.loadValue(value);
    own[part]!.loadValue(memberAt(record as AddableRecord, field));
    if (!given[part]!.equals(own[part]!)) return false;
  }
  return true;
}

function keyOf(entity: EntitySchema, record: object): unknown {
  const values = keyFields(entity).map((field) => memberAt(record as AddableRecord, field));
  return values.length === 1 ? values[0] : values;
}
