/**
 * From TypeORM's metadata to core's definitions, entity by entity. What a snapshot cannot give back exactly as TypeORM would is refused
 * here, before a database is asked: each refusal names entity and property and says how to go on.
 */
import {
  type EntityClass,
  type EntityDefinition,
  type FieldDefinition,
  nearestName,
  PermafrostError,
  type RelationDefinition,
  type SnapshotOptions,
  snapshotOptionsOf,
} from '@permafrost/core';
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { exportUnsupported, leaveOut } from '../errors';
import { declaredForm, typeormTypeOf } from './column-types';
import { declaredIndexes } from './declared-indexes';
import { fieldSourceOf } from './field-source';

export interface MappedField {
  readonly column: ColumnMetadata;
  readonly definition: FieldDefinition;
}

export interface MappedRelation {
  readonly relation: RelationMetadata;
  readonly definition: RelationDefinition;
}

export interface MappedEntity {
  readonly metadata: EntityMetadata;
  readonly name: string;
  readonly key: readonly MappedField[];
  readonly fields: readonly MappedField[];
  readonly relations: readonly MappedRelation[];
  readonly definition: EntityDefinition;
}

/** The entity's name in a snapshot: that of `@Snapshot({ name })`, else TypeORM's. */
export function snapshotNameOf(metadata: EntityMetadata): string {
  return optionsOf(metadata).name ?? metadata.name;
}

/** What `@Snapshot` was given for the entity's class; undefined for one that is not decorated with it, or has no class. */
export function snapshotDecorationOf(metadata: EntityMetadata): SnapshotOptions | undefined {
  return typeof metadata.target === 'function'
    ? snapshotOptionsOf(metadata.target as unknown as EntityClass)
    : undefined;
}

/** Throws EXPORT_UNSUPPORTED and FIELD_UNKNOWN (a name of `include` or `exclude`). Relations may lead to entities that are not mapped. */
export function mapEntity(metadata: EntityMetadata): MappedEntity {
  const name = snapshotNameOf(metadata);
  const { include = [], exclude = [] } = optionsOf(metadata);
  checkNames(metadata, name, [...include, ...exclude]);
  const isExcluded = (propertyPath: string) => exclude.includes(propertyPath.split('.')[0]!);
  refuseKindOfEntity(metadata, name, isExcluded);

  const isShown = (column: ColumnMetadata) =>
    !isExcluded(column.propertyPath) && (column.isSelect || include.includes(column.propertyPath));
  const { deleteDateColumn } = metadata;
  const fields = metadata.columns
    .filter((column) => !column.isVirtual && (isShown(column) || column === deleteDateColumn))
    .map((column) => ({
      column,
      definition: { ...fieldDefinitionOf(column, name), ...(isShown(column) ? {} : { hidden: true }) },
    }));
  const relations = metadata.relations
    .filter((relation) => !isExcluded(relation.propertyPath))
    .map((relation) => ({ relation, definition: relationDefinitionOf(relation, name) }));
  const both = relations.find(({ relation }) =>
    fields.some(({ definition }) => definition.name === relation.propertyPath),
  );
  if (both) {
    const { propertyPath } = both.relation;
    const wayOut = `Declare the column as a property of its own, e.g. "${propertyPath}Id". ${leaveOut(propertyPath)}`;
    throw exportUnsupported(name, propertyPath, 'a property that is a column and a relation', wayOut);
  }
  const key = metadata.primaryColumns.map((column) => keyFieldOf(column, fields, name));
  const indexes = declaredIndexes(metadata, fields);
  return {
    metadata,
    name,
    key,
    fields,
    relations,
    definition: {
      name,
      key: key.map(({ definition }) => definition.name),
      fields: fields.map(({ definition }) => definition),
      relations: relations.map(({ definition }) => definition),
      ...(indexes.length > 0 ? { indexes } : {}),
      ...(deleteDateColumn ? { deletedBy: deleteDateColumn.propertyPath } : {}),
      source: { table: metadata.tablePath },
    },
  };
}

function fieldDefinitionOf(column: ColumnMetadata, entity: string): FieldDefinition {
  const name = column.propertyPath;
  if (column.isVirtualProperty) throw exportUnsupported(entity, name, 'virtual columns', leaveOut(name));
  if (column.embeddedMetadata) {
    const [owner] = name.split('.');
    throw exportUnsupported(entity, owner!, 'embedded entities', leaveOut(owner!));
  }
  const form = declaredForm(column);
  if (form === undefined)
    throw exportUnsupported(entity, name, `columns of type ${typeormTypeOf(column)}`, leaveOut(name));
  return {
    name,
    type: form.type,
    array: form.array,
    nullable: column.isNullable,
    ...(form.type === 'enum' ? { values: declaredLabels(column, entity) } : {}),
    source: fieldSourceOf(column),
  };
}

/** The database's labels replace these before anything is exported; an enum known by its type's name alone declares none. */
function declaredLabels(column: ColumnMetadata, entity: string): readonly string[] {
  if (column.enum === undefined) return [`values of ${column.enumName ?? `${entity}.${column.propertyPath}`}`];
  return [...new Set(column.enum.map(String))];
}

function relationDefinitionOf(relation: RelationMetadata, entity: string): RelationDefinition {
  const name = relation.propertyPath;
  if (relation.embeddedMetadata)
    throw exportUnsupported(entity, name.split('.')[0]!, 'embedded entities', leaveOut(name.split('.')[0]!));
  if (relation.isLazy)
    throw exportUnsupported(entity, name, 'lazy relations', `Declare it without Promise. ${leaveOut(name)}`);
  const target = relation.inverseEntityMetadata;
  const isStored = relation.isWithJoinColumn || relation.isManyToManyOwner;
  if (!isStored && !relation.inverseRelation) {
    throw exportUnsupported(
      entity,
      name,
      'relations that neither side stores',
      `Declare its other side in ${target.name}. ${leaveOut(name)}`,
    );
  }
  return {
    name,
    kind: relation.isOneToMany || relation.isManyToMany ? 'to-many' : 'to-one',
    target: snapshotNameOf(target),
    ...(isStored ? {} : { inverse: relation.inverseRelation!.propertyPath }),
    ...(relation.isWithJoinColumn ? { nullable: relation.isNullable } : {}),
  };
}

function keyFieldOf(column: ColumnMetadata, fields: readonly MappedField[], entity: string): MappedField {
  const field = fields.find((candidate) => candidate.column === column);
  if (field) return field;
  throw exportUnsupported(
    entity,
    column.propertyPath,
    'records without their key',
    `Its column is part of the key: take it out of \`exclude\`, or name it in @Snapshot({ include: ['${column.propertyPath}'] }).`,
  );
}

function refuseKindOfEntity(
  metadata: EntityMetadata,
  entity: string,
  isExcluded: (propertyPath: string) => boolean,
): void {
  const refuse = (what: string, wayOut = 'Leave the entity out, and exclude relations to it.') => {
    throw exportUnsupported(entity, undefined, what, wayOut);
  };
  if (metadata.tableType === 'view') refuse('views');
  if (metadata.inheritancePattern === 'STI' || metadata.tableType === 'entity-child')
    refuse('entities with table inheritance');
  if (metadata.treeType)
    refuse(
      `tree entities (${metadata.treeType})`,
      'Declare parent and children as plain relations, or leave the entity out.',
    );
  if (metadata.tableType !== 'regular') refuse(`tables of type "${metadata.tableType}"`);
  if (metadata.primaryColumns.length === 0) refuse('entities without a primary key');
  const [listener] = metadata.afterLoadListeners;
  if (listener)
    throw exportUnsupported(
      entity,
      listener.propertyName,
      'entities with @AfterLoad, whose method would not run',
      'Make it a getter, or leave the entity out.',
    );
  const relationId = metadata.relationIds.find((candidate) => !isExcluded(candidate.propertyName));
  if (relationId)
    throw exportUnsupported(
      entity,
      relationId.propertyName,
      '@RelationId',
      `Declare its column as a property. ${leaveOut(relationId.propertyName)}`,
    );
  const embedded = metadata.embeddeds.find((candidate) => !isExcluded(candidate.propertyName));
  if (embedded)
    throw exportUnsupported(entity, embedded.propertyName, 'embedded entities', leaveOut(embedded.propertyName));
  const { typename } = metadata.dataSource.options;
  if (typename) refuse(`the DataSource option \`typename\` ("${typename}")`, 'Remove the option.');
}

function checkNames(metadata: EntityMetadata, entity: string, names: readonly string[]): void {
  const known = [...metadata.columns, ...metadata.relations, ...metadata.embeddeds, ...metadata.relationIds].map(
    (member) => member.propertyName,
  );
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    throw new PermafrostError(
      'FIELD_UNKNOWN',
      `${entity} has no column or relation "${name}", which its @Snapshot names.${near ? ` Did you mean "${near}"?` : ''}`,
      {
        entity,
        field: name,
        expected: known,
      },
    );
  }
}

function optionsOf(metadata: EntityMetadata): SnapshotOptions {
  return snapshotDecorationOf(metadata) ?? {};
}
