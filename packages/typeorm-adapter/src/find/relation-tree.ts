/**
 * Which relations a result shows: those asked for, and eager ones as TypeORM's find methods add them: all levels of them below the entity
 * itself, one level below each relation asked for.
 */
import type { RelationTree } from '@permafrost/core';
import { describeValue } from '@permafrost/core';
import { queryUnsupported } from '../errors';
import type { QueryContext } from './query-context';

type MutableTree = { [relation: string]: MutableTree };

/** Throws TypeORM's EntityPropertyNotFoundError, and QUERY_UNSUPPORTED for relations that were not exported. */
export function relationTreeOf(context: QueryContext, relations: unknown, loadEagerRelations: boolean): RelationTree {
  const tree: MutableTree = {};
  addAsked(tree, context, relations, loadEagerRelations);
  if (loadEagerRelations) addEager(tree, context, []);
  return tree;
}

function addAsked(tree: MutableTree, context: QueryContext, relations: unknown, loadEagerRelations: boolean): void {
  if (relations === undefined || relations === null) return;
  if (typeof relations !== 'object' || Array.isArray(relations)) {
    throw queryUnsupported(
      context.name,
      undefined,
      `\`relations\` as ${describeValue(relations)}`,
      'Use an object: { relations: { company: true } }.',
    );
  }
  for (const [name, wanted] of Object.entries(relations)) {
    if (context.relation(name) === undefined) throw context.unknown(name);
    if (wanted !== true && typeof wanted !== 'object') continue;
    const target = context.target(name);
    tree[name] ??= {};
    addAsked(tree[name], target, wanted === true ? undefined : wanted, loadEagerRelations);
    if (!loadEagerRelations) continue;
    for (const eager of eagerNames(target)) tree[name][eager] ??= {};
  }
}

function addEager(tree: MutableTree, context: QueryContext, path: readonly QueryContext['metadata'][]): void {
  // TypeORM refuses eager relations that lead back; so that a bad declaration ends here too.
  if (path.includes(context.metadata)) return;
  for (const name of eagerNames(context)) {
    tree[name] ??= {};
    addEager(tree[name], context.target(name), [...path, context.metadata]);
  }
}

/** Eager relations that were exported: one that is excluded is not shown. */
function eagerNames(context: QueryContext): string[] {
  return context.metadata.eagerRelations
    .map((relation) => relation.propertyPath)
    .filter((name) => context.relation(name) !== undefined);
}
