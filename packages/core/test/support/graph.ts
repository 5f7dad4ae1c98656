/**
 * Random schemas and entity graphs, and what must be read back of them: the model of the whole core. Records are plain objects that
 * refer to each other; the model keeps for each relation which records it leads to.
 */
import fc from 'fast-check';
import { fieldTypeText, isCollection } from '../../src/schema/collections';
import { fieldTypes } from '../../src/schema/field-types';
import {
  defineSchema,
  type EntityDefinition,
  type EntitySchema,
  type FieldSchema,
  type IndexDefinition,
  type IndexSchema,
  indexFields,
  keyFields,
  type RelationDefinition,
  type RelationSchema,
  type Schema,
  targetNames,
} from '../../src/schema/schema';
import type { Dice } from './dice';
import { embedSome, emptySome, giveValues } from './embedded';
import {
  compareValues,
  fieldOf,
  keyTypes,
  mapKeyTypes,
  numericTypes,
  setTypes,
  valuesOf,
  valuesOfField,
} from './fields';

export interface ModelRecord {
  readonly entity: EntitySchema;
  /** Values as given, by field name; absent fields are undefined. */
  readonly values: Map<string, unknown>;
  /** To-one relations lead to a record, null or undefined; to-many relations to a list. */
  readonly links: Map<string, ModelRecord | null | undefined | ModelRecord[]>;
}

export interface ModelGraph {
  readonly schema: Schema;
  /** By entity name, in key order. */
  readonly records: ReadonlyMap<string, ModelRecord[]>;
}

const names = [
  'id',
  'name',
  'a',
  'b',
  'c',
  'd',
  'e',
  'owner',
  'owners',
  '__proto__',
  'constructor',
  'then',
  'toJSON',
  'length',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'prototype',
  'größe',
  '名前',
  '💥',
  'a b',
  'a.b',
  '\ud800',
  '0',
  '-',
  'inspect',
  'links',
  'state',
];
const entityNames = ['Customer', 'Order', 'A', 'Ünïcode', '__proto__', 'constructor', '💥'];

function drawFields(dice: Dice, take: () => string): Pick<EntitySchema, 'fields' | 'key' | 'embeddeds'> {
  const keyType = () => dice.pick(dice.chance(2) ? (['int32', 'text', 'int64'] as const) : keyTypes);
  const keys = dice.list(1 + dice.below(dice.chance(3) ? 3 : 1), () => fieldOf(take(), keyType()));
  const others = dice.list(dice.below(8), () => stored(dice, drawField(dice, take())));
  const { fields, embeddeds } = embedSome(dice, others, take);
  return { fields: dice.shuffled([...keys, ...fields]), key: keys.map((field) => field.name), embeddeds };
}

function drawField(dice: Dice, name: string): FieldSchema {
  const nullable = dice.chance(2);
  const form = dice.pick(['one', 'one', 'one', 'one', 'array', 'set', 'map', 'typed', 'view'] as const);
  if (form === 'set') return fieldOf(name, dice.pick(setTypes), { nullable, set: true });
  if (form === 'typed' || form === 'view') return fieldOf(name, dice.pick(numericTypes), { nullable, array: form });
  const map = form === 'map' ? { map: dice.pick(mapKeyTypes) } : {};
  return fieldOf(name, dice.pick(fieldTypes), { nullable, array: form === 'array', ...map });
}

function drawIndexes(dice: Dice, fields: readonly FieldSchema[]): IndexDefinition[] {
  const indexable = fields.filter(
    (field) => !isCollection(field) && !field.compressed && keyTypes.includes(field.type as (typeof keyTypes)[number]),
  );
  const most = Math.min(3, indexable.length);
  return dice.list(dice.below(3), () => ({
    fields: dice
      .shuffled(indexable)
      .slice(0, 1 + dice.below(most))
      .map((field) => field.name),
  }));
}

/** The field in one of the forms of storage that its type has. */
function stored(dice: Dice, field: FieldSchema): FieldSchema {
  if (field.set || field.map) return field;
  if (field.type === 'json' && dice.chance(2)) return { ...field, packed: true };
  return field.type === 'text' && dice.chance(3) ? { ...field, compressed: true } : field;
}

export function drawSchema(dice: Dice): Schema {
  const definitions = dice
    .shuffled(entityNames)
    .slice(0, 1 + dice.below(3))
    .map((name) => {
      const free = dice.shuffled(names);
      const take = () => free.pop()!;
      const { fields, key, embeddeds = [] } = drawFields(dice, take);
      const indexes = drawIndexes(dice, fields);
      const definition: EntityDefinition & { relations: RelationDefinition[] } = {
        name,
        key,
        fields,
        relations: [],
        embeddeds,
        indexes,
      };
      return { take, definition };
    });
  for (const { definition, take } of definitions) {
    for (let number = dice.below(3); number > 0; number--) {
      const target = dice.pick(definitions);
      const kind = dice.pick(['to-one', 'to-many'] as const);
      const wanted = dice.pick([undefined, 'to-one', 'to-many'] as const);
      const inverseKind = kind === 'to-many' && wanted ? 'to-many' : wanted;
      const name = take();
      const nullable = inverseKind === 'to-one' || !dice.chance(4);
      definition.relations.push({
        name,
        kind,
        target: target.definition.name,
        ...(kind === 'to-one' ? { nullable } : {}),
      });
      if (inverseKind)
        target.definition.relations.push({
          name: target.take(),
          kind: inverseKind,
          target: definition.name,
          inverse: name,
        });
    }
    if (dice.chance(3)) addPolymorphicRelation(dice, definition, take, definitions);
  }
  return defineSchema(definitions.map(({ definition }) => definition));
}

type Drawn = { definition: EntityDefinition & { relations: RelationDefinition[] }; take: () => string };

/** A relation to any of the entities, with inverses on some of them. */
function addPolymorphicRelation(
  dice: Dice,
  definition: Drawn['definition'],
  take: () => string,
  definitions: readonly Drawn[],
): void {
  const targets = dice.shuffled(definitions).slice(0, 1 + dice.below(definitions.length));
  const inverses = targets.map(() => dice.pick([undefined, 'to-one', 'to-many'] as const));
  const name = take();
  const nullable = inverses.includes('to-one') || !dice.chance(4);
  definition.relations.push({
    name,
    kind: 'to-one',
    targets: targets.map((target) => target.definition.name),
    nullable,
  });
  for (const [number, kind] of inverses.entries()) {
    const target = targets[number]!;
    if (kind) target.definition.relations.push({ name: target.take(), kind, target: definition.name, inverse: name });
  }
}

export const isStored = (relation: RelationSchema): boolean => relation.inverse === undefined;

export function compareRecords(a: ModelRecord, b: ModelRecord): number {
  for (const field of keyFields(a.entity)) {
    const order = compareValues(field.type, a.values.get(field.name), b.values.get(field.name));
    if (order !== 0) return order;
  }
  return 0;
}

/** Whether two records have the same values in the fields of an index, and values in all of them. */
export function sameInIndex(index: IndexSchema, a: ModelRecord, b: ModelRecord): boolean {
  return indexFields(a.entity, index).every(({ name, type }) => {
    const [x, y] = [a.values.get(name) ?? undefined, b.values.get(name) ?? undefined];
    return x !== undefined && y !== undefined && compareValues(type, x, y) === 0;
  });
}

/** Values some of which are large enough to be packed or compressed. */
function largeValuesOf(field: FieldSchema): fc.Arbitrary<unknown> {
  const one = valuesOf[field.type];
  const large =
    field.type === 'json'
      ? fc
          .tuple(one, fc.dictionary(fc.string(), one))
          .map(([value, members]) => ({ ...members, value, list: [value, 'x'.repeat(600)] }))
      : one.map((text) => `${text as string}, `.repeat(200));
  const either = fc.oneof(one, large);
  return field.array ? fc.array(fc.option(either, { freq: 4 }), { maxLength: 5 }) : either;
}

const valueArbitraries = new Map<string, fc.Arbitrary<unknown>>();

function valueArbitrary(field: FieldSchema): fc.Arbitrary<unknown> {
  const name = `${fieldTypeText(field)} ${field.nullable} ${field.packed} ${field.compressed}`;
  let arbitrary = valueArbitraries.get(name);
  if (!arbitrary) {
    const value = field.packed || field.compressed ? largeValuesOf(field) : valuesOfField(field);
    arbitrary = field.nullable
      ? fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: fc.constantFrom(null, undefined) })
      : value;
    valueArbitraries.set(name, arbitrary);
  }
  return arbitrary;
}

/** A graph over the schema: up to `maxCount` records an entity, linked in any way the schema allows. */
export function drawGraph(dice: Dice, schema: Schema, maxCount = 8): ModelGraph {
  const records = new Map<string, ModelRecord[]>();
  for (const entity of schema.entities) {
    const count = dice.below(maxCount + 1);
    const columns = new Map(entity.fields.map((field) => [field.name, dice.values(valueArbitrary(field), count)]));
    const distinct: ModelRecord[] = [];
    for (let place = 0; place < count; place++) {
      const values = new Map(entity.fields.map((field) => [field.name, columns.get(field.name)![place]]));
      const record: ModelRecord = { entity, values, links: new Map() };
      emptySome(dice, record);
      if (!distinct.some((other) => compareRecords(other, record) === 0)) distinct.push(record);
    }
    records.set(entity.name, distinct.sort(compareRecords));
  }
  emptyWhatCannotRefer(schema, records);
  for (const entity of schema.entities) {
    for (const relation of entity.relations.filter(isStored)) drawLinks(dice, entity, relation, records);
  }
  for (const entity of schema.entities) {
    for (const relation of entity.relations) if (!isStored(relation)) deriveLinks(entity, relation, records);
  }
  return { schema, records };
}

/** Entities that must refer to an entity without records have none either. */
function emptyWhatCannotRefer(schema: Schema, records: Map<string, ModelRecord[]>): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const entity of schema.entities) {
      const stuck = entity.relations.some(
        (relation) =>
          isStored(relation) &&
          relation.kind === 'to-one' &&
          !relation.nullable &&
          targetNames(relation).every((name) => records.get(name)!.length === 0),
      );
      if (stuck && records.get(entity.name)!.length > 0) {
        records.set(entity.name, []);
        changed = true;
      }
    }
  }
}

function drawLinks(
  dice: Dice,
  entity: EntitySchema,
  relation: RelationSchema,
  records: ReadonlyMap<string, ModelRecord[]>,
): void {
  const targets = targetNames(relation).flatMap((name) => records.get(name)!);
  const isOneToOne = ({ entity: target }: ModelRecord) =>
    target.relations.some(
      (inverse) => inverse.inverse === relation.name && inverse.target === entity.name && inverse.kind === 'to-one',
    );
  const used = new Set<ModelRecord>();
  for (const record of records.get(entity.name)!) {
    if (relation.kind === 'to-many') {
      record.links.set(relation.name, dice.shuffled(targets).slice(0, dice.below(7)));
      continue;
    }
    const refers = targets.length > 0 && (!relation.nullable || !dice.chance(3));
    const found = refers ? dice.pick(targets) : undefined;
    if (!found || (isOneToOne(found) && used.has(found))) record.links.set(relation.name, dice.pick([null, undefined]));
    else record.links.set(relation.name, found);
    if (found) used.add(found);
  }
}

function deriveLinks(
  entity: EntitySchema,
  relation: RelationSchema,
  records: ReadonlyMap<string, ModelRecord[]>,
): void {
  for (const record of records.get(entity.name)!) {
    const owners = records.get(relation.target!)!.filter((owner) => {
      const link = owner.links.get(relation.inverse!);
      return Array.isArray(link) ? link.includes(record) : link === record;
    });
    record.links.set(relation.name, relation.kind === 'to-many' ? owners : (owners[0] ?? null));
  }
}

/** The key of a record as `snapshot.get` takes it: a scalar, a list, or an object by name. */
export function keyOf(record: ModelRecord, form: 'list' | 'object' | 'shortest' = 'shortest'): unknown {
  const fields = keyFields(record.entity);
  const values = fields.map((field) => record.values.get(field.name));
  if (form === 'object')
    return Object.defineProperties(
      {},
      Object.fromEntries(fields.map((field, part) => [field.name, { value: values[part], enumerable: true }])),
    );
  return form === 'shortest' && values.length === 1 ? values[0] : values;
}

/** The objects to add to a writer: linked as the model is, by object or by key. */
export function addables(graph: ModelGraph, dice: Dice): { entity: string; record: object; model: ModelRecord }[] {
  const objects = new Map<ModelRecord, object>();
  const all = [...graph.records.values()].flat();
  for (const record of all) {
    const object = {};
    giveValues(object, record, dice);
    objects.set(record, object);
  }
  const refer = (target: ModelRecord, relation: RelationSchema): unknown => {
    const form = dice.below(3);
    if (relation.targets)
      return {
        entity: target.entity.name,
        key: form === 0 ? objects.get(target)! : keyOf(target, form === 1 ? 'object' : 'shortest'),
      };
    return form === 0 ? objects.get(target)! : keyOf(target, form === 1 ? 'object' : 'shortest');
  };
  for (const record of all) {
    for (const relation of record.entity.relations.filter(isStored)) {
      const link = record.links.get(relation.name);
      const value = Array.isArray(link)
        ? link.map((target) => refer(target, relation))
        : link === null || link === undefined
          ? link
          : refer(link, relation);
      Object.defineProperty(objects.get(record)!, relation.name, { value, enumerable: true });
    }
  }
  return dice.shuffled(all).map((model) => ({ entity: model.entity.name, record: objects.get(model)!, model }));
}
