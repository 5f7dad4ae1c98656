/** The tables of a snapshot that is being opened: each entity and subtype with the class that its records are shown by. */
import { describeValue } from '../errors';
import type { SnapshotReader } from '../reader/snapshot-reader';
import { recordsNamed } from '../reader/subtype-reader';
import { type EntityClass, entityNameOf } from '../schema/class-description';
import { targetNames } from '../schema/schema';
import { membersOf } from '../schema/subtypes';
import { proxyClassOf } from './proxy-class';
import { ProxyTable } from './proxy-table';
import { requireSameSchema } from './same-schema';
import type { OpenSnapshotOptions } from './snapshot';
import { addSubtypes, tableOfClass } from './subtype-tables';

/** By names of entities and subtypes, and by the classes that were passed for them. Throws ENTITY_UNKNOWN, SCHEMA_MISMATCH, TypeError. */
export function proxyTablesOf(
  reader: SnapshotReader,
  { entities = [], classes, values = {} }: OpenSnapshotOptions,
): { readonly byName: ReadonlyMap<string, ProxyTable>; readonly byClass: ReadonlyMap<EntityClass, ProxyTable> } {
  const named = classesByName(reader, entities, classes);
  requireSameSchema(reader.schema, entities, reader.path);
  const byName = new Map<string, ProxyTable>();
  const byClass = new Map<EntityClass, ProxyTable>();
  for (const records of reader.tables) {
    const { entity, layout } = records;
    const classOf = (entityClass: EntityClass | undefined, subtype?: string) => {
      const found = entity.subtypes?.classes.find(({ name }) => name === subtype);
      return proxyClassOf(entityClass, entity, layout, values, entity.subtypes && membersOf(entity, found));
    };
    const base = new ProxyTable(records, classOf(named.get(entity.name)));
    for (const [name, table] of [[entity.name, base] as const, ...addSubtypes(base, named, classOf)]) {
      byName.set(name, table);
      if (named.has(name)) byClass.set(named.get(name)!, table);
    }
  }
  for (const table of byName.values()) {
    for (const [number, relation] of table.records.entity.relations.entries())
      table.targets[number] = relation.passesOver
        ? [tableOfClass(byName.get(relation.subtype!)!, relation.subtype!)]
        : targetNames(relation).map((name) => byName.get(name)!);
  }
  return { byName, byClass };
}

/** The classes to show records by: `classes` by their names there, `entities` by their own. */
function classesByName(
  reader: SnapshotReader,
  entities: readonly EntityClass[],
  classes: ReadonlyMap<string, EntityClass> = new Map(),
): ReadonlyMap<string, EntityClass> {
  const named = new Map(classes);
  for (const entityClass of entities) {
    if (typeof entityClass !== 'function') {
      throw new TypeError(
        `openSnapshot: \`entities\` are classes, found ${describeValue(entityClass)} (a circular import?).`,
      );
    }
    const name = entityNameOf(entityClass) ?? entityClass.name;
    recordsNamed(reader, name);
    named.set(name, entityClass);
  }
  return named;
}
