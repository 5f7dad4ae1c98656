/**
 * What `exportSnapshot({ roots })` asks for: records to begin with, and the relations to follow from them. Trees of relations are only a
 * way to name edges: an edge (entity, relation) is followed from every record of its entity that is reached, whichever way it was.
 */
import { describeValue, nearestName, PermafrostError, refuseUnknownOptions } from '@permafrost/core';
import type { EntityMetadata, FindOptionsRelations, FindOptionsWhere } from 'typeorm';
import { exportUnsupported } from '../errors';
import type { MappedEntity, MappedRelation } from '../mapping/mapped-entity';
import { type EntityName, entityNameOf, findMetadata } from '../mapping/schema-from-metadata';

/** Records to begin with, and the relations that lead on from them; an item of `exportSnapshot({ roots })`. */
export interface ExportRoot {
  /** One of the exported entities, as a class, name or EntitySchema. */
  readonly entity: EntityName;
  /** As in TypeORM's `find`: which records to begin with. Default: all of the entity. */
  readonly where?: FindOptionsWhere<any> | FindOptionsWhere<any>[];
  /** As in TypeORM's `find`, but each one named is followed until nothing more is reached. */
  readonly relations?: FindOptionsRelations<any>;
}

/** Roots whose entities and relations are known to be exported. */
export interface ClosureRoots {
  readonly roots: readonly {
    readonly entity: MappedEntity;
    /** Of the class that was named: the entity's, or one that shares its table. */
    readonly metadata: EntityMetadata;
    readonly where: ExportRoot['where'];
  }[];
  /** The relations to follow from records of an entity. */
  readonly edges: ReadonlyMap<MappedEntity, ReadonlySet<MappedRelation>>;
}

/** Throws TypeError, ENTITY_UNKNOWN, FIELD_UNKNOWN, and RELATION_TARGET_MISSING for a root that is not exported. */
export function closureRoots(
  roots: readonly ExportRoot[],
  entities: readonly MappedEntity[],
  metadatas: readonly EntityMetadata[],
): ClosureRoots {
  if (!Array.isArray(roots) || roots.length === 0)
    throw new TypeError(
      `exportSnapshot: the option \`roots\` is a list of at least one { entity, where, relations }, found ${describeValue(roots)}.`,
    );
  const mapped = new Map(entities.flatMap((entity) => entity.metadatas.map((metadata) => [metadata, entity])));
  const edges = new Map<MappedEntity, Set<MappedRelation>>();
  const checked = roots.map((root: ExportRoot) => {
    refuseUnknownOptions('exportSnapshot: roots', root, ['entity', 'where', 'relations']);
    const metadata = findMetadata(metadatas, root?.entity);
    const entity = mapped.get(metadata);
    if (!entity) throw notExported(root.entity, entities);
    if (!entity.key[0]!.column && (root.where ?? root.relations) !== undefined)
      throw exportUnsupported(
        entity.name,
        undefined,
        'some rows of a view without a primary key',
        'Name it as a root without `where` and `relations`: then all its rows are exported.',
      );
    addEdges(edges, entity, root.relations, mapped);
    return { entity, metadata, where: root.where };
  });
  return { roots: checked, edges };
}

function addEdges(
  edges: Map<MappedEntity, Set<MappedRelation>>,
  entity: MappedEntity,
  tree: unknown,
  mapped: ReadonlyMap<EntityMetadata, MappedEntity>,
): void {
  if (tree === undefined || tree === null || tree === true) return;
  if (typeof tree !== 'object' || Array.isArray(tree)) {
    throw new TypeError(
      `exportSnapshot: roots: \`relations\` of ${entity.name} is an object such as { orders: { lines: true } }, found ${describeValue(tree)}.`,
    );
  }
  for (const [name, below] of Object.entries(tree)) {
    const relation = entity.relations.find(({ definition }) => definition.name === name);
    if (!relation) throw unknownRelation(entity, name);
    if (below === false || below === undefined || below === null) continue;
    const known = edges.get(entity) ?? new Set();
    edges.set(entity, known.add(relation));
    addEdges(edges, mapped.get(relation.relation.inverseEntityMetadata)!, below, mapped);
  }
}

function unknownRelation(entity: MappedEntity, name: string): PermafrostError {
  const known = entity.relations.map(({ definition }) => definition.name);
  const near = nearestName(name, known);
  return new PermafrostError(
    'FIELD_UNKNOWN',
    `exportSnapshot: roots: ${entity.name} has no exported relation "${name}".${near ? ` Did you mean "${near}"?` : ` It has: ${known.join(', ') || 'none'}.`}`,
    { entity: entity.name, field: name, expected: known },
  );
}

function notExported(entity: EntityName, entities: readonly MappedEntity[]): PermafrostError {
  const name = entityNameOf(entity);
  return new PermafrostError(
    'ENTITY_UNKNOWN',
    `exportSnapshot: roots: ${name} is not among the exported entities (${entities.map((one) => one.name).join(', ')}). Name it in \`entities\`, or decorate the class with @Snapshot().`,
    { entity: name },
  );
}
