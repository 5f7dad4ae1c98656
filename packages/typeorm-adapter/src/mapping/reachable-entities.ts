/** Which entities come along with those that are named, as TypeORM needs them: read from what decorators and EntitySchema have declared. */
import { type EntitySchema, getMetadataArgsStorage, InstanceChecker } from 'typeorm';
import type { EntityName } from './schema-from-metadata';

/**
 * The classes and schemas that the given ones lead to, these included: by relations, also those of embeddeds and of what they extend, and
 * by single-table inheritance, up to the base and down to all that share its table. Names lead nowhere.
 */
export function reachable(entities: readonly EntityName[]): EntityName[] {
  const found = new Set<EntityName>(entities);
  const { tables, inheritances } = getMetadataArgsStorage();
  for (const entity of found) {
    const targets = InstanceChecker.isEntitySchema(entity) ? schemaTargets(entity) : classTargets(entity);
    for (const target of targets)
      if (typeof target === 'function' || InstanceChecker.isEntitySchema(target)) found.add(target as EntityName);
    for (const { target } of inheritances)
      if (typeof target === 'function' && inherits(entity, target)) found.add(target);
    if (!inheritances.some(({ target }) => target === entity)) continue;
    for (const { target, type } of tables)
      if (type === 'entity-child' && typeof target === 'function' && inherits(target, entity as object))
        found.add(target);
  }
  return [...found];
}

function classTargets(entity: unknown): unknown[] {
  const { relations, embeddeds } = getMetadataArgsStorage();
  const own = relations.filter((relation) => inherits(entity, relation.target)).map(({ type }) => targetOf(type));
  const embedded = embeddeds.filter(({ target }) => inherits(entity, target));
  return [...own, ...embedded.flatMap(({ type }) => classTargets(type()))];
}

function schemaTargets({ options }: EntitySchema<any>): unknown[] {
  const own = Object.values(options.relations ?? {}).map((relation) => targetOf(relation!.target));
  const embedded = Object.values(options.embeddeds ?? {}).map((one) => one!.schema as EntitySchema<any>);
  return [...own, ...embedded.flatMap(schemaTargets)];
}

/** A target is given as a class or schema, as its name, or as a function that gives one of these. */
function targetOf(given: unknown): unknown {
  return typeof given === 'function' && !/^class\b/.test(Function.prototype.toString.call(given)) ? given() : given;
}

function inherits(entity: unknown, target: object | string): boolean {
  return (
    typeof target === 'function' && (entity === target || Object.prototype.isPrototypeOf.call(target, entity as object))
  );
}
