/** The tables of an entity with subtypes: one record table seen through several proxy classes, of which each record has one. */
import type { RecordTable } from '../reader/record-table';
import type { SubtypeReader } from '../reader/subtype-reader';
import type { EntityClass } from '../schema/class-description';
import { subclassNamed } from './named-classes';
import { type ProxyClass } from './proxy-class';
import { ProxyTable } from './proxy-table';

export class Family {
  /** The entity's own table, then those of its subtypes in schema order. */
  readonly tables: ProxyTable[];
  readonly #subtypes: SubtypeReader;

  constructor(base: ProxyTable) {
    this.tables = [base];
    this.#subtypes = base.records.subtypes!;
  }

  /** The table whose class shows a record. */
  tableAt(ordinal: number): ProxyTable {
    return this.tables[this.#subtypes.numberAt(ordinal)]!;
  }
}

/**
 * Gives a table the tables of its entity's subtypes and gives those back by name. `classes` are those that were passed for them; the
 * others get one of their name, so that a record is an instance of its subtype and of all above it.
 */
export function addSubtypes(
  base: ProxyTable,
  classes: ReadonlyMap<string, EntityClass>,
  proxyClassOf: (entityClass: EntityClass, subtype: string) => ProxyClass,
): Map<string, ProxyTable> {
  const { records } = base;
  const { subtypes } = records.entity;
  const tables = new Map<string, ProxyTable>();
  if (!subtypes) return tables;
  const family = new Family(base);
  base.family = family;
  for (const { name, parent } of subtypes.classes) {
    const above = parent === undefined ? base : tables.get(parent)!;
    const entityClass = classes.get(name) ?? subclassNamed(name, above.proxyClass.entityClass);
    const table = new ProxyTable(records as RecordTable, proxyClassOf(entityClass, name), {
      family,
      isMember: records.subtypes!.memberOf(name),
      targets: base.targets,
    });
    tables.set(name, table);
    family.tables.push(table);
  }
  return tables;
}

/** The table of a subtype whose members are the records of that class alone, without those that extend it. */
export function tableOfClass({ records, proxyClass, family, targets }: ProxyTable, subtype: string): ProxyTable {
  const number = 1 + records.entity.subtypes!.classes.findIndex(({ name }) => name === subtype);
  const subtypes = records.subtypes!;
  const isMember = (ordinal: number) => subtypes.numberAt(ordinal) === number;
  return new ProxyTable(records, proxyClass, { family, isMember, targets });
}
