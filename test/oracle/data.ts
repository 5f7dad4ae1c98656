/** Fills the tables of any entities with rows from a seed: extremes, nulls and repeated values; foreign keys lead to rows that exist. */
import type { DataSource, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata';
import { type Chooser, choosers } from './chooser';
import { literalsOf, nastyText } from './zoo/literals';

/** A row as PostgreSQL would write it, by column. */
type Row = Map<string, string | null>;
interface StoredRow {
  readonly metadata: EntityMetadata;
  readonly row: Row;
}

const MOST_ROWS = 40;
const LEAST_ROWS = 14;
const NULL_PERCENT = 20;
const DELETED_PERCENT = 25;

/** The tables must be there and empty. Trees are saved through TypeORM, which keeps their paths and bounds. */
export async function fillTables(dataSource: DataSource, seed: number): Promise<void> {
  const [chooser] = choosers(seed, 1) as [Chooser];
  const stored = new Map<string, StoredRow[]>();
  for (const metadata of inOrderOfReference(dataSource.entityMetadatas)) {
    if (metadata.treeType) await saveTree(dataSource, metadata, chooser);
    else await fillTable(dataSource, metadata, chooser, stored);
  }
  for (const metadata of dataSource.entityMetadatas)
    if (metadata.tableType === 'junction') await fillJoinTable(dataSource, metadata, chooser, stored);
  for (const { tableType, tablePath, tableMetadataArgs } of dataSource.entityMetadatas)
    if (tableType === 'view' && tableMetadataArgs.materialized)
      await dataSource.query(`REFRESH MATERIALIZED VIEW "${tablePath}"`);
  await dataSource.query('ANALYZE');
}

function inOrderOfReference(metadatas: readonly EntityMetadata[]): EntityMetadata[] {
  const ordered = new Set<EntityMetadata>();
  const visit = (metadata: EntityMetadata, open: readonly EntityMetadata[]): void => {
    if (ordered.has(metadata) || open.includes(metadata)) return;
    for (const relation of owningRelations(metadata))
      visit(tableOf(relation.inverseEntityMetadata), [...open, metadata]);
    ordered.add(metadata);
  };
  for (const metadata of metadatas) if (metadata.tableType === 'regular') visit(metadata, []);
  return [...ordered];
}

/** Children of an inheritance share their base's table. */
function tableOf(metadata: EntityMetadata): EntityMetadata {
  return metadata.tableType === 'entity-child' ? metadata.parentEntityMetadata : metadata;
}

function owningRelations(metadata: EntityMetadata): RelationMetadata[] {
  return metadata.relations.filter((relation) => relation.isManyToOne || relation.isOneToOneOwner);
}

async function fillTable(
  dataSource: DataSource,
  metadata: EntityMetadata,
  chooser: Chooser,
  stored: Map<string, StoredRow[]>,
) {
  const rows: StoredRow[] = [];
  stored.set(metadata.tablePath, rows);
  const kinds = [metadata, ...metadata.childEntityMetadatas];
  const unique = new Map<string, Set<string>>();
  const count = LEAST_ROWS + chooser.below(MOST_ROWS - LEAST_ROWS + 1);
  for (let number = 0; number < count; number++) {
    const kind = chooser.pick(kinds);
    const row = makeRow(dataSource, kind, number, chooser, stored);
    if (row && isNewIn(unique, uniqueValues(metadata, row))) rows.push({ metadata: kind, row });
  }
  await insert(
    dataSource,
    metadata,
    rows.map(({ row }) => row),
  );
}

function makeRow(
  dataSource: DataSource,
  metadata: EntityMetadata,
  number: number,
  chooser: Chooser,
  stored: Map<string, StoredRow[]>,
) {
  const row: Row = new Map();
  for (const column of metadata.columns) {
    if (column.isVirtualProperty || column.asExpression || column.relationMetadata) continue;
    row.set(column.databaseName, literalOf(dataSource, metadata, column, number, chooser));
  }
  for (const relation of owningRelations(metadata)) {
    const kinds = [relation.inverseEntityMetadata, ...relation.inverseEntityMetadata.childEntityMetadatas];
    const targets = (stored.get(relation.inverseEntityMetadata.tablePath) ?? []).filter((one) =>
      kinds.includes(one.metadata),
    );
    const isNull = targets.length === 0 || (relation.isNullable && chooser.chance(NULL_PERCENT));
    if (isNull && !relation.isNullable) return undefined;
    const target = isNull ? undefined : chooser.pick(targets);
    for (const column of relation.joinColumns)
      row.set(column.databaseName, target?.row.get(column.referencedColumn!.databaseName) ?? null);
  }
  return row;
}

function literalOf(
  dataSource: DataSource,
  metadata: EntityMetadata,
  column: ColumnMetadata,
  number: number,
  chooser: Chooser,
): string | null {
  if (column === metadata.discriminatorColumn || column.isDiscriminator) return metadata.discriminatorValue ?? null;
  if (column.isDeleteDate) return chooser.chance(DELETED_PERCENT) ? '2024-05-06 07:08:09.123456' : null;
  if (column.isVersion) return String(1 + chooser.below(3));
  const pool = literalsFor(dataSource, column);
  if (column.isPrimary) return keyOf(pool, column, number);
  if (column.isNullable && chooser.chance(NULL_PERCENT)) return null;
  if (!column.isArray) return chooser.pick(pool);
  const elements = Array.from({ length: chooser.below(4) }, () =>
    chooser.chance(15) ? 'NULL' : quotedElement(chooser.pick(pool)),
  );
  return `{${elements.join(',')}}`;
}

function literalsFor(dataSource: DataSource, column: ColumnMetadata): readonly string[] {
  if (column.enum) return column.enum.map(String);
  if (column.type === 'simple-array') return ['', 'a', 'a,b', 'é, ß,x', '10,9'];
  if (column.type === 'simple-json') return ['{}', '[1,2]', '{"b":1,"a":null}', '"text"', 'null'];
  const type = dataSource.driver.normalizeType(column);
  const length = Number(column.length || Number.POSITIVE_INFINITY);
  const largest =
    column.precision && column.scale !== undefined && /numeric|decimal/.test(type)
      ? 10 ** (column.precision - column.scale)
      : undefined;
  return literalsOf(type).filter((text) => {
    if (largest !== undefined) return text === 'NaN' || Math.abs(Number(text)) < largest;
    return /char/.test(type) ? [...text].length <= length : true;
  });
}

function keyOf(pool: readonly string[], column: ColumnMetadata, number: number): string {
  const type = String(column.type);
  if (/char|text/.test(type)) {
    const length = Number(column.length || 100);
    return pool[number * 3] ?? `k${number}`.slice(0, length);
  }
  if (/big|int8/.test(type)) return pool[number] ?? String(1000 + number);
  if (type === 'uuid') return `${String(number * 7919).padStart(8, '0')}-0000-4000-8000-00000000000${number % 10}`;
  return String(1 + number * 2 - (number % 3));
}

const quotedElement = (text: string) => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** The values that no two rows may share: of the key, of unique columns, of one-to-one references. */
function uniqueValues(metadata: EntityMetadata, row: Row): string[] {
  const sets = [
    metadata.primaryColumns.map((column) => column.databaseName),
    ...metadata.uniques.map((unique) => unique.columns.map((column) => column.databaseName)),
    ...metadata.relations
      .filter((relation) => relation.isOneToOneOwner)
      .map((relation) => relation.joinColumns.map((column) => column.databaseName)),
  ];
  // Blanks at the end of char(n) mean nothing.
  const values = sets.map((names) => names.map((name) => row.get(name)?.trimEnd() ?? null));
  return values.map((list, place) => (list.includes(null) ? '' : JSON.stringify([place, list])));
}

function isNewIn(known: Map<string, Set<string>>, values: readonly string[]): boolean {
  const seen = known.get('') ?? new Set<string>();
  known.set('', seen);
  if (values.some((value) => value !== '' && seen.has(value))) return false;
  for (const value of values) seen.add(value);
  return true;
}

async function insert(dataSource: DataSource, metadata: EntityMetadata, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const quoted = (text: string | null | undefined) =>
    text === null || text === undefined ? 'NULL' : `'${text.replace(/'/g, "''")}'`;
  const values = rows.map((row) => `(${names.map((name) => quoted(row.get(name))).join(', ')})`);
  const table = metadata.tablePath.replace(/[^.]+/g, '"$&"');
  const columns = names.map((name) => `"${name}"`).join(', ');
  await dataSource.query(`INSERT INTO ${table} (${columns}) VALUES ${values.join(', ')}`);
}

async function fillJoinTable(
  dataSource: DataSource,
  junction: EntityMetadata,
  chooser: Chooser,
  stored: Map<string, StoredRow[]>,
) {
  const [owners, targets] = [junction.ownerColumns, junction.inverseColumns].map((columns) => {
    const { tablePath } = columns[0]!.referencedColumn!.entityMetadata;
    return (stored.get(tablePath) ?? []).map(({ row }) =>
      columns.map((column) => [column.databaseName, row.get(column.referencedColumn!.databaseName)!] as const),
    );
  });
  const rows = owners!.flatMap((owner) =>
    chooser.some(targets!, chooser.below(4)).map((target): Row => new Map([...owner, ...target])),
  );
  await insert(dataSource, junction, rows);
}

async function saveTree(dataSource: DataSource, metadata: EntityMetadata, chooser: Chooser): Promise<void> {
  const repository = dataSource.getRepository<any>(metadata.target);
  const nodes: any[] = [];
  const isGenerated = metadata.primaryColumns[0]!.isGenerated;
  for (let number = 0; number < 24; number++) {
    // A nested set has one root.
    const parent =
      number === 0 || (metadata.treeType !== 'nested-set' && chooser.chance(15)) ? null : chooser.pick(nodes);
    const key = isGenerated ? {} : { id: 100 - number };
    nodes.push(await repository.save(repository.create({ ...key, name: chooser.pick(nastyText) || 'empty', parent })));
  }
}
