/** `@RelationId`: what TypeORM gives for it, read from the references of a record. */
import { relatedValues } from '@permafrost/core';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationIdMetadata } from 'typeorm/metadata/RelationIdMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { fieldNameOf } from './mapped-entity';

type Giver = (record: object) => unknown;

/** By what they read: generations share the classes of proxies that have the same ones. */
const givers = new Map<string, Giver>();

/** The function that gives the value of a `@RelationId` member: an id, a map of several, or a list of such; undefined where TypeORM leaves it out. */
export function relationIdGiver({ relation }: RelationIdMetadata): Giver {
  const columns = idColumnsOf(relation);
  const fields = columns.map(fieldNameOf);
  const paths = columns.map(({ propertyPath }) => propertyPath.split('.'));
  const asText = columns.map(isGivenAsText);
  // What is kept must not keep the relation's DataSource, and with it a store.
  const { isWithJoinColumn, propertyPath: name } = relation;
  const isList = relation.isOneToMany || relation.isManyToMany;
  // TypeORM reads foreign keys as they are, but the table of the other side without what is soft-deleted.
  const options = { withDeleted: isWithJoinColumn, withSubclasses: true };
  const shape = JSON.stringify([name, fields, paths, asText, isList, options]);
  let giver = givers.get(shape);
  if (giver === undefined) {
    const idOf = (read: readonly unknown[]) => {
      const values = read.map((value, place) => (asText[place] && value !== null ? String(value) : value));
      return values.length === 1 ? values[0] : mapOf(paths, values);
    };
    giver = (record) => {
      const ids = relatedValues(record, name, fields, options).map(idOf);
      if (isList) return ids;
      if (ids.length > 0) return ids[0];
      return isWithJoinColumn ? idOf(fields.map(() => null)) : undefined;
    };
    givers.set(shape, giver);
  }
  return giver;
}

/** The columns of the target that its id is made of. */
function idColumnsOf(relation: RelationMetadata): readonly ColumnMetadata[] {
  if (relation.isWithJoinColumn) return relation.joinColumns.map((column) => column.referencedColumn!);
  if (relation.isManyToManyOwner) return relation.inverseJoinColumns.map((column) => column.referencedColumn!);
  if (relation.isManyToMany) return relation.inverseRelation!.joinColumns.map((column) => column.referencedColumn!);
  return relation.inverseEntityMetadata.primaryColumns;
}

/** TypeORM makes text of generated bigints where they are ids, whatever `parseInt8` says. */
function isGivenAsText({ type, generationStrategy }: ColumnMetadata): boolean {
  return type === 'bigint' && (generationStrategy === 'increment' || generationStrategy === 'rowid');
}

function mapOf(paths: readonly (readonly string[])[], values: readonly unknown[]): object {
  const map: Record<string, unknown> = {};
  for (const [place, path] of paths.entries()) {
    let holder = map;
    for (const name of path.slice(0, -1)) {
      holder[name] ??= {};
      holder = holder[name] as Record<string, unknown>;
    }
    holder[path.at(-1)!] = values[place];
  }
  return map;
}
