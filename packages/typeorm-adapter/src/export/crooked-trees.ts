/**
 * Trees that say one thing by the parents of their nodes and another by what TypeORM reads them by: a closure table, the bounds of nested sets,
 * or paths. A snapshot reads trees by parents, so it must not read those. They come of rows that were written past TypeORM, and of moves that
 * TypeORM does not follow.
 */
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { Dialect } from '../mapping/dialect';
import type { MappedEntity } from '../mapping/mapped-entity';

/** The names of entities whose trees are such. One query a tree: of a closure table two joins, else one over the nodes. */
export async function crookedTrees(
  entities: readonly MappedEntity[],
  dialect: Dialect,
  readRows: (sql: string) => Promise<readonly (readonly unknown[])[]>,
): Promise<string[]> {
  const crooked: string[] = [];
  for (const { name, metadata } of entities) {
    const found = metadata.treeParentRelation && contradiction(metadata, dialect);
    if (!found) continue;
    const [row] = await readRows(`SELECT CASE WHEN ${found} THEN 1 ELSE 0 END`);
    if (Number(row![0]) === 1) crooked.push(name);
  }
  return crooked;
}

function contradiction(metadata: EntityMetadata, dialect: Dialect): string | undefined {
  if (metadata.treeType === 'closure-table') return closureContradiction(metadata, dialect);
  if (metadata.treeType === 'nested-set') return boundsContradiction(metadata, dialect);
  return metadata.treeType === 'materialized-path' ? pathContradiction(metadata, dialect) : undefined;
}

/** A closure table has each node below itself, and below all that its parent is below. */
function closureContradiction(metadata: EntityMetadata, dialect: Dialect): string {
  const { quote, tableOf } = dialect;
  const { ancestorColumns, descendantColumns } = metadata.closureJunctionTable;
  const table = tableOf(metadata);
  const closure = tableOf(metadata.closureJunctionTable);
  const own = (alias: string, columns: readonly ColumnMetadata[], as: string) =>
    columns
      .map(({ referencedColumn }, place) => `${alias}.${quote(referencedColumn!.databaseName)} AS ${as}${place}`)
      .join(', ');
  const above = ancestorColumns.map(({ databaseName }, place) => `c.${quote(databaseName)} AS a${place}`).join(', ');
  const isOfParent = descendantColumns
    .map((column) => `c.${quote(column.databaseName)} = p.${quote(column.referencedColumn!.databaseName)}`)
    .join(' AND ');
  const expected = [
    `SELECT ${own('n', ancestorColumns, 'a')}, ${own('n', descendantColumns, 'd')} FROM ${table} AS n`,
    `SELECT ${above}, ${own('n', descendantColumns, 'd')} FROM ${table} AS n JOIN ${table} AS p ON ${parentCondition(metadata, dialect)} JOIN ${closure} AS c ON ${isOfParent}`,
  ].join(' UNION ALL ');
  const isThere = [
    ...ancestorColumns.map(({ databaseName }, place) => `c.${quote(databaseName)} = e.a${place}`),
    ...descendantColumns.map(({ databaseName }, place) => `c.${quote(databaseName)} = e.d${place}`),
  ].join(' AND ');
  return `(SELECT count(*) FROM (${expected}) AS e) <> (SELECT count(*) FROM ${closure}) OR EXISTS (SELECT 1 FROM (${expected}) AS e WHERE NOT EXISTS (SELECT 1 FROM ${closure} AS c WHERE ${isThere}))`;
}

/** Nested sets have each node within its parent, and siblings apart. */
function boundsContradiction(metadata: EntityMetadata, dialect: Dialect): string {
  const { quote, tableOf } = dialect;
  const table = tableOf(metadata);
  const [left, right] = [metadata.nestedSetLeftColumn, metadata.nestedSetRightColumn].map((column) =>
    quote(column!.databaseName),
  );
  const parent = metadata.treeParentRelation!.joinColumns.map(({ databaseName }) => `n.${quote(databaseName)}`);
  const siblings = `SELECT n.${left} AS l, n.${right} AS r, lag(n.${right}) OVER (PARTITION BY ${parent.join(', ')} ORDER BY n.${left}) AS previous FROM ${table} AS n`;
  return `EXISTS (SELECT 1 FROM (${siblings}) AS s WHERE s.l > s.r OR s.previous >= s.l) OR EXISTS (SELECT 1 FROM ${table} AS n JOIN ${table} AS p ON ${parentCondition(metadata, dialect)} WHERE n.${left} <= p.${left} OR n.${right} >= p.${right})`;
}

/** A path is that of the parent and the node's own key; TypeORM finds what is below by LIKE. */
function pathContradiction(metadata: EntityMetadata, dialect: Dialect): string {
  const { quote, tableOf, literal } = dialect;
  const table = tableOf(metadata);
  const path = quote(metadata.materializedPathColumn!.databaseName);
  const key = metadata
    .treeParentRelation!.joinColumns.map(({ referencedColumn }) => `n.${quote(referencedColumn!.databaseName)}`)
    .join(`, ${literal('_')}, `);
  const expected = `concat(coalesce(p.${path}, ${literal('')}), ${key}, ${literal('.')})`;
  const isPattern = ['%', '\\'].map((mark) => `replace(n.${path}, ${literal(mark)}, ${literal('')}) <> n.${path}`);
  return `EXISTS (SELECT 1 FROM ${table} AS n LEFT JOIN ${table} AS p ON ${parentCondition(metadata, dialect)} WHERE n.${path} IS NULL OR n.${path} <> ${expected} OR ${isPattern.join(' OR ')})`;
}

function parentCondition(metadata: EntityMetadata, { quote }: Dialect): string {
  return metadata
    .treeParentRelation!.joinColumns.map(
      ({ databaseName, referencedColumn }) => `p.${quote(referencedColumn!.databaseName)} = n.${quote(databaseName)}`,
    )
    .join(' AND ');
}
