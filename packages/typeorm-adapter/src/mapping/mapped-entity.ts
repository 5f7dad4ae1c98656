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
import { subclassesOf, subtypesOf } from './mapped-subtypes';

/** A field, and the column that fills it. */
export interface MappedField {
  /** Absent for the row number that stands for the key of a view without one. */
  readonly column?: ColumnMetadata;
  /** Whether the field holds the column's text, whatever its type. */
  readonly asText?: true;
  readonly definition: FieldDefinition;
}

export interface MappedRelation {
  readonly relation: RelationMetadata;
  readonly definition: RelationDefinition;
}

export interface MappedEntity {
  /** Of the table: with single-table inheritance that of the base, whose columns and relations are those of all classes. */
  readonly metadata: EntityMetadata;
  /** Those of all classes that share the table, the base first. */
  readonly metadatas: readonly EntityMetadata[];
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

/** The entity whose table holds the records of `metadata`: itself, or the base of its single-table inheritance. */
export function tableMetadataOf(metadata: EntityMetadata): EntityMetadata {
  return metadata.tableType === 'entity-child' ? metadata.parentEntityMetadata : metadata;
}

/**
 * Throws EXPORT_UNSUPPORTED and FIELD_UNKNOWN (a name of `include` or `exclude`). Relations may lead to entities that are not mapped.
 * Takes the metadata of a table: see {@link tableMetadataOf}.
 */
export function mapEntity(metadata: EntityMetadata): MappedEntity {
  const name = snapshotNameOf(metadata);
  const metadatas = [metadata, ...subclassesOf(metadata)];
  const { isExcluded, isIncluded } = choiceOf(metadatas, name);
  refuseKindOfEntity(metadata, name, isExcluded);

  const { deleteDateColumn } = metadata;
  const relations = metadata.relations
    .filter((relation) => !isExcluded(relation.propertyPath))
    .map((relation) => ({ relation, definition: relationDefinitionOf(relation, name) }));
  const fields: MappedField[] = [];
  for (const column of metadata.columns) {
    // A property that is a column and a relation shows the relation.
    const isRelation = metadata.relations.some(({ propertyPath }) => propertyPath === column.propertyPath);
    const isShown =
      !column.isVirtual &&
      !isRelation &&
      !isExcluded(column.propertyPath) &&
      (column.isSelect || isIncluded(column.propertyPath));
    if (
      !isShown &&
      column !== deleteDateColumn &&
      !column.isDiscriminator &&
      !(column.isPrimary && isForeignKey(column))
    )
      continue;
    const definition = fieldDefinitionOf(column, fieldNameOf(column), name);
    fields.push({ column, definition: isShown ? definition : { ...definition, hidden: true } });
  }
  if (metadata.primaryColumns.length === 0) fields.unshift(rowNumber());
  const key =
    metadata.primaryColumns.length === 0
      ? fields.slice(0, 1)
      : metadata.primaryColumns.map((column) => keyFieldOf(column, fields, name));
  const indexes = declaredIndexes(metadata, fields);
  const inheritance = subtypesOf({ metadata, metadatas, fields, relations });
  return {
    metadata,
    metadatas,
    name,
    key,
    ...inheritance,
    definition: {
      name,
      key: key.map(({ definition }) => definition.name),
      fields: inheritance.fields.map(({ definition }) => definition),
      relations: inheritance.relations.map(({ definition }) => definition),
      ...(indexes.length > 0 ? { indexes } : {}),
      ...(inheritance.subtypes ? { subtypes: inheritance.subtypes } : {}),
      ...(deleteDateColumn ? { deletedBy: deleteDateColumn.propertyPath } : {}),
      source: { table: metadata.tablePath },
    },
  };
}

/**
 * The name of the field of a column: its property, with the embeddeds it lies in. A foreign key column that is part of the key, and is no
 * property or that of its relation, is called after what it refers to: "order.id".
 */
export function fieldNameOf(column: ColumnMetadata): string {
  if (!column.isPrimary || !isForeignKey(column)) return column.propertyPath;
  return `${column.relationMetadata!.propertyPath}.${column.referencedColumn!.propertyName}`;
}

/** Whether a column is no property of its own, but of a relation. */
function isForeignKey({ isVirtual, relationMetadata, propertyPath }: ColumnMetadata): boolean {
  return relationMetadata !== undefined && (isVirtual || relationMetadata.propertyPath === propertyPath);
}

/** What tells the rows of a view apart that declares no key. */
function rowNumber(): MappedField {
  return { definition: { name: ROW_NUMBER, type: 'int64', hidden: true } };
}

const ROW_NUMBER = 'row number';

function fieldDefinitionOf(column: ColumnMetadata, name: string, entity: string): FieldDefinition {
  const isOfView = column.entityMetadata.tableType === 'view';
  const form = declaredForm(column);
  if (form === undefined)
    throw exportUnsupported(entity, name, `columns of type ${typeormTypeOf(column)}`, leaveOut(name));
  return {
    name,
    ...pathOf(column),
    type: form.type,
    array: form.array,
    // What SQL computes may be null, whatever is declared.
    nullable: column.isNullable || column.isVirtualProperty || (isOfView && !column.isPrimary),
    ...(form.type === 'enum' ? { values: declaredLabels(column, entity) } : {}),
    source: fieldSourceOf(column),
  };
}

/** The path of a member in an embedded, and nothing of others, whatever their names. */
function pathOf({ embeddedMetadata, propertyName }: ColumnMetadata | RelationMetadata): { path?: readonly string[] } {
  return embeddedMetadata ? { path: [...embeddedMetadata.parentPropertyNames, propertyName] } : {};
}

/** The database's labels replace these before anything is exported; an enum known by its type's name alone declares none. */
function declaredLabels(column: ColumnMetadata, entity: string): readonly string[] {
  if (column.enum === undefined) return [`values of ${column.enumName ?? `${entity}.${column.propertyPath}`}`];
  return [...new Set(column.enum.map(String))];
}

function relationDefinitionOf(relation: RelationMetadata, entity: string): RelationDefinition {
  const name = relation.propertyPath;
  const target = relation.inverseEntityMetadata;
  const table = tableMetadataOf(target);
  const isStored = relation.isWithJoinColumn || relation.isManyToManyOwner;
  const storing = isStored ? undefined : relation.inverseRelation;
  if (!isStored && !storing) {
    throw exportUnsupported(
      entity,
      name,
      'relations that neither side stores',
      `Declare its other side in ${target.name}. ${leaveOut(name)}`,
    );
  }
  // TypeORM does not mind: it compares the keys of one entity with references to another.
  const leadsBackTo = storing?.inverseEntityMetadata;
  if (leadsBackTo && tableMetadataOf(leadsBackTo) !== tableMetadataOf(relation.entityMetadata)) {
    const otherSide = `${target.name}.${storing.propertyPath}`;
    throw exportUnsupported(
      entity,
      name,
      `relations whose other side leads elsewhere (${otherSide} to ${leadsBackTo.name})`,
      `Correct its other side. ${leaveOut(name)}`,
    );
  }
  // TypeORM joins the one's table by the other's columns.
  const joined = relation.junctionEntityMetadata;
  if (storing && joined && joined.tablePath !== storing.junctionEntityMetadata?.tablePath) {
    throw exportUnsupported(
      entity,
      name,
      `relations that are the other side of two, here of ${target.name}.${storing.propertyPath} and another,`,
      `Let each have its own. ${leaveOut(name)}`,
    );
  }
  if (table.primaryColumns.length === 0)
    throw exportUnsupported(entity, name, 'relations to views without a primary key', leaveOut(name));
  return {
    name,
    ...pathOf(relation),
    kind: relation.isOneToMany || relation.isManyToMany ? 'to-many' : 'to-one',
    target: snapshotNameOf(table),
    ...(target === table ? {} : { subtype: snapshotNameOf(target) }),
    // TypeORM asks for the class of what it joins where the other side has the foreign key, and there alone.
    ...(target === table || isStored || relation.isManyToMany ? {} : { passesOver: true }),
    ...(storing ? { inverse: storing.propertyPath } : {}),
    ...(relation.isWithJoinColumn ? { nullable: relation.isNullable } : {}),
  };
}

function keyFieldOf(column: ColumnMetadata, fields: readonly MappedField[], entity: string): MappedField {
  const field = fields.find((candidate) => candidate.column === column);
  if (field) {
    const { name, type, array } = field.definition;
    if (array || type === 'json' || type === 'interval')
      throw exportUnsupported(entity, name, `keys of ${array ? 'lists' : type}`, 'Leave the entity out.');
    return field;
  }
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
  if (metadata.tableType !== 'regular' && metadata.tableType !== 'view')
    refuse(`tables of type "${metadata.tableType}"`);
  if (metadata.tableType !== 'view' && metadata.primaryColumns.length === 0) refuse('entities without a primary key');
  for (const { propertyName, relation, queryBuilderFactory } of metadata.relationIds) {
    if (isExcluded(propertyName)) continue;
    const isLost = isExcluded(relation.propertyPath);
    if (queryBuilderFactory || isLost)
      throw exportUnsupported(
        entity,
        propertyName,
        isLost
          ? `@RelationId of "${relation.propertyPath}", which is excluded,`
          : '@RelationId with a query of its own',
        leaveOut(propertyName),
      );
  }
  const unset = [...metadata.columns, ...metadata.relations].find(
    ({ propertyName, propertyPath }) => propertyName === '__proto__' && !isExcluded(propertyPath),
  );
  if (unset)
    throw exportUnsupported(
      entity,
      unset.propertyPath,
      'a property called "__proto__", which TypeORM never sets,',
      leaveOut(unset.propertyPath),
    );
}

/** What the classes of a table include and exclude. Throws FIELD_UNKNOWN. */
function choiceOf(metadatas: readonly EntityMetadata[], entity: string) {
  const options = metadatas.map(optionsOf);
  const include = options.flatMap((one) => one.include ?? []);
  const exclude = options.flatMap((one) => one.exclude ?? []);
  const [{ columns, relations, embeddeds, relationIds }] = metadatas as [EntityMetadata];
  const known = [
    ...[...columns, ...relations].map((member) => member.propertyPath),
    ...[...embeddeds, ...relationIds].map((member) => member.propertyName),
  ];
  for (const name of [...include, ...exclude]) {
    if (known.includes(name)) continue;
    const near = nearestName(name, known);
    throw new PermafrostError(
      'FIELD_UNKNOWN',
      `${entity} has no column or relation "${name}", which its @Snapshot names.${near ? ` Did you mean "${near}"?` : ''}`,
      { entity, field: name, expected: known },
    );
  }
  return {
    isExcluded: (propertyPath: string) =>
      exclude.some((name) => propertyPath === name || propertyPath.startsWith(`${name}.`)),
    isIncluded: (propertyPath: string) => include.includes(propertyPath),
  };
}

function optionsOf(metadata: EntityMetadata): SnapshotOptions {
  return snapshotDecorationOf(metadata) ?? {};
}
