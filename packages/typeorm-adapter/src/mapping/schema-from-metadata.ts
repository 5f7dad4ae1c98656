/**
 * A snapshot's schema from TypeORM's own metadata: decorators and EntitySchema alike, after naming strategy and inheritance.
 * `@Snapshot` selects entities and tunes them; nothing here asks a database.
 */
import { defineSchema, nearestName, PermafrostError, refuseUnknownOptions, type Schema } from '@permafrost/core';
import { DataSource, type EntityMetadata, type EntitySchema, type EntityTarget, InstanceChecker } from 'typeorm';
import { type MappedEntity, mapEntity, snapshotDecorationOf, snapshotNameOf, tableMetadataOf } from './mapped-entity';

/** Who knows the entities; for messages. */
export type EntitySource = 'the DataSource' | 'this store';

/** How an entity is named: its class, its name, or its EntitySchema. */
export type EntityName = EntityTarget<any>;

/** What {@link schemaFromMetadata} takes. */
export interface SchemaFromMetadataOptions {
  /** The entities to store. Default: those of the DataSource that are decorated with `@Snapshot`. */
  readonly entities?: readonly EntityName[];
}

/**
 * The schema that an export of these entities has, but for what only the database knows: the order of enum values, the exact one
 * among the types that TypeORM gives back alike (an `integer` that is a smallint), and what may be null though it is declared otherwise.
 * Throws EXPORT_UNSUPPORTED, RELATION_TARGET_MISSING, ENTITY_UNKNOWN, FIELD_UNKNOWN and SCHEMA_INVALID.
 */
export function schemaFromMetadata(
  source: DataSource | readonly EntityMetadata[],
  options: SchemaFromMetadataOptions = {},
): Schema {
  refuseUnknownOptions('schemaFromMetadata', options, ['entities']);
  const metadatas = InstanceChecker.isDataSource(source) ? source.entityMetadatas : source;
  return defineSchema(mapSelected(metadatas, options.entities).map(({ definition }) => definition));
}

/** The selected entities, mapped, with all that their relations lead to. Throws as {@link schemaFromMetadata} does. */
export function mapSelected(
  metadatas: readonly EntityMetadata[],
  entities: readonly EntityName[] | undefined,
): MappedEntity[] {
  const selected = selectEntities(metadatas, entities);
  const mapped = [...new Set(selected.map(tableMetadataOf))].map(mapEntity);
  requireTargets(mapped);
  return mapped;
}

/** Throws ENTITY_UNKNOWN, and SCHEMA_INVALID when nothing is selected. */
export function selectEntities(
  metadatas: readonly EntityMetadata[],
  entities: readonly EntityName[] | undefined,
  source?: EntitySource,
): EntityMetadata[] {
  const selected = entities
    ? [...new Set(entities.map((entity) => findMetadata(metadatas, entity, source)))]
    : metadatas.filter((metadata) => snapshotDecorationOf(metadata) !== undefined);
  if (selected.length > 0) return selected;
  throw new PermafrostError(
    'SCHEMA_INVALID',
    `No entity is selected: ${entities ? '`entities` is empty' : `none of the ${metadatas.length} entities is decorated with @Snapshot()`}. Name them in \`entities\`, or decorate their classes.`,
  );
}

/** The metadata of an entity. Throws ENTITY_UNKNOWN. */
export function findMetadata(
  metadatas: readonly EntityMetadata[],
  entity: EntityName,
  source: EntitySource = 'the DataSource',
): EntityMetadata {
  const found = metadataNamed(metadatas, entity);
  if (found) return found;
  const name = entityNameOf(entity);
  const known = metadatas.filter(({ tableType }) => !tableType.includes('junction')).map((metadata) => metadata.name);
  const near = nearestName(name, known);
  const wayOut =
    source === 'the DataSource'
      ? 'Name it in the `entities` of the DataSource'
      : 'Decorate its class with @Entity(), and name it in the `entities` of openStore';
  throw new PermafrostError(
    'ENTITY_UNKNOWN',
    `"${name}" is not an entity of ${source}.${near ? ` Did you mean "${near}"?` : ''} ${wayOut}; it knows ${known.join(', ') || 'none'}.`,
    { entity: name, expected: known },
  );
}

/** The same, or undefined: by what is mapped, or as TypeORM takes names, those of tables included; with a dot in it that of a table with its schema. */
export function metadataNamed(metadatas: readonly EntityMetadata[], entity: EntityName): EntityMetadata | undefined {
  const target = InstanceChecker.isEntitySchema(entity) ? (entity as EntitySchema).options.target : undefined;
  const mapped = metadatas.find((metadata) => metadata.target === (target ?? entity));
  if (mapped || typeof entity === 'function') return mapped;
  const called = entityNameOf(entity);
  return metadatas.find(({ name, tableName, tablePath }) =>
    called.includes('.') ? tablePath === called : name === called || tableName === called,
  );
}

/** A name for messages, whatever was given. */
export function entityNameOf(entity: unknown): string {
  if (typeof entity === 'function') return entity.name;
  if (InstanceChecker.isEntitySchema(entity)) return entity.options.name;
  const { name } = (typeof entity === 'object' && entity !== null ? entity : {}) as { name?: unknown };
  return typeof name === 'string' ? name : String(entity);
}

/** Every relation must lead to an entity that is stored, and be stored by one side. All that is missing is said at once. */
function requireTargets(mapped: readonly MappedEntity[]): void {
  const byMetadata = new Map(mapped.flatMap((entity) => entity.metadatas.map((metadata) => [metadata, entity])));
  const missing = new Map<EntityMetadata, string[]>();
  for (const { name, relations } of mapped) {
    for (const { relation } of relations) {
      const target = tableMetadataOf(relation.inverseEntityMetadata);
      if (!byMetadata.has(target))
        missing.set(target, [...(missing.get(target) ?? []), `${name}.${relation.propertyPath}`]);
    }
  }
  if (missing.size > 0) throw targetsMissing(missing);
  for (const { name, relations } of mapped) {
    for (const { relation, definition } of relations) {
      if (definition.inverse === undefined) continue;
      const other = byMetadata.get(relation.inverseEntityMetadata)!;
      if (other.relations.some((candidate) => candidate.definition.name === definition.inverse)) continue;
      throw new PermafrostError(
        'EXPORT_UNSUPPORTED',
        `${name}.${relation.propertyPath}: it is the other side of ${other.name}.${definition.inverse}, which is excluded. Exclude both: @Snapshot({ exclude: ['${relation.propertyPath}'] }) on ${name} too.`,
        { entity: name, field: relation.propertyPath },
      );
    }
  }
}

function targetsMissing(missing: ReadonlyMap<EntityMetadata, readonly string[]>): PermafrostError {
  const lines = [...missing].map(
    ([target, relations]) => `  ${snapshotNameOf(target)}, referred to by ${relations.join(', ')}`,
  );
  const [[, [first]]] = [...missing] as [[EntityMetadata, string[]]];
  const [entity, field] = first!.split('.');
  return new PermafrostError(
    'RELATION_TARGET_MISSING',
    `The export refers to ${missing.size === 1 ? 'an entity that is' : 'entities that are'} not part of it:\n${lines.join('\n')}\nAdd ${missing.size === 1 ? 'it' : 'them'} to \`entities\` (or decorate the class with @Snapshot()), or leave the relation out: @Snapshot({ exclude: ['${field}'] }) on ${entity}.`,
    { entity, field, missing: [...missing.keys()].map(snapshotNameOf), relations: [...missing.values()].flat() },
  );
}
