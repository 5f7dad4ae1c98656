/** What a generator of queries knows of a database: the rows of each entity, where their relations lead, which operators a type takes. */
import type { DataSource, EntityMetadata, ObjectLiteral, OrderByCondition } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata';
import { type Described, describe, type OperatorName, operatorNames, revive } from '../described';

export interface EntityFacts {
  readonly metadata: EntityMetadata;
  readonly columns: readonly ColumnFacts[];
  /** Those that TypeORM can load: of some, declared on the wrong side alone, it cannot. */
  readonly relations: RelationMetadata[];
  readonly rows: readonly RowFacts[];
  /** Whether the table has more rows than are known: queries must be narrow, or take seconds. */
  readonly isLarge: boolean;
}

export interface ColumnFacts {
  readonly column: ColumnMetadata;
  readonly path: string;
  /** As the driver normalizes it, with [] for arrays. */
  readonly type: string;
  /** What PostgreSQL accepts for this type. */
  readonly operators: readonly OperatorName[];
  readonly isSortable: boolean;
}

export interface RowFacts {
  /** By path of the column, the ways to write its value; none for null. */
  readonly operands: ReadonlyMap<string, readonly Described[]>;
  /** By path of the relation. */
  readonly related: Map<string, readonly RowFacts[]>;
}

/** Of larger tables the first ones are known. */
const MOST_ROWS = 100;

/** Types whose value is an object that no parameter can be made of. */
const writtenAsText = /^(interval|point|circle|cube|hstore|jsonpath|simple-json)/;

/** Takes some seconds, for a hundred queries an entity. Columns that are not known are never asked for. */
export async function readFacts(
  dataSource: DataSource,
  metadatas: readonly EntityMetadata[],
  isKnown: (column: ColumnMetadata) => boolean = () => true,
): Promise<EntityFacts[]> {
  const accepted = new Map<string, Pick<ColumnFacts, 'operators' | 'isSortable'>>();
  const facts: EntityFacts[] = [];
  const byKey = new Map<EntityMetadata, Map<string, RowFacts>>();
  for (const metadata of metadatas) {
    const { rows, keys } = await readRows(dataSource, metadata);
    byKey.set(metadata, new Map(rows.map((row, place) => [keys[place]!, row])));
    const columns: ColumnFacts[] = [];
    for (const column of metadata.columns) {
      if ((column.relationMetadata && column.isVirtual) || !isKnown(column)) continue;
      const type = typeName(dataSource, column);
      if (!accepted.has(type)) accepted.set(type, await probe(dataSource, metadata, column, rows));
      columns.push({ column, path: column.propertyPath, type, ...accepted.get(type)! });
    }
    facts.push({
      metadata,
      columns: columns.filter(({ column }) => !column.isDiscriminator),
      relations: [],
      isLarge: rows.length === MOST_ROWS,
      rows,
    });
  }
  for (const entity of facts)
    for (const relation of entity.metadata.relations)
      if (await readRelated(dataSource, relation, entity.metadata, byKey)) entity.relations.push(relation);
  return facts;
}

export function typeName(dataSource: DataSource, column: ColumnMetadata): string {
  if (column.isVirtualProperty) return 'virtual';
  const simple = typeof column.type === 'string' && column.type.startsWith('simple-') ? column.type : undefined;
  return `${simple ?? dataSource.driver.normalizeType(column)}${column.isArray ? '[]' : ''}`;
}

async function readRows(dataSource: DataSource, metadata: EntityMetadata) {
  const query = dataSource.getRepository(metadata.target).createQueryBuilder('e').withDeleted();
  for (const column of metadata.columns)
    if (!column.isSelect && !column.isVirtualProperty) query.addSelect(`e.${column.propertyPath}`);
  for (const column of metadata.primaryColumns) query.addOrderBy(`e.${column.propertyPath}`);
  const entities = await query.limit(MOST_ROWS).getMany();
  const texts = await textForms(dataSource, metadata);
  const rows = entities.map((entity, place): RowFacts => {
    const operands = metadata.columns.map(
      (column) => [column.propertyPath, operandsOf(column, entity, texts[place])] as const,
    );
    return { operands: new Map(operands), related: new Map() };
  });
  return { rows, keys: entities.map((entity) => keyText(metadata, entity)) };
}

function keyText(metadata: EntityMetadata, entity: ObjectLiteral): string {
  return JSON.stringify(metadata.primaryColumns.map((column) => column.getEntityValue(entity)));
}

/** Each column as PostgreSQL writes it: with microseconds, with all digits. Views have no key to order by, and get none. */
async function textForms(dataSource: DataSource, metadata: EntityMetadata): Promise<Record<string, string | null>[]> {
  if (metadata.primaryColumns.length === 0) return [];
  const stored = metadata.columns.filter((column) => !column.isVirtualProperty);
  const query = dataSource.createQueryBuilder().from(metadata.target, 'e').select([]).withDeleted();
  for (const column of stored) query.addSelect(`e."${column.databaseName}"::text`, column.propertyPath);
  for (const column of metadata.primaryColumns) query.addOrderBy(`e.${column.propertyPath}`);
  return query.limit(MOST_ROWS).getRawMany();
}

function operandsOf(
  column: ColumnMetadata,
  entity: ObjectLiteral,
  texts: Record<string, string | null> | undefined,
): Described[] {
  const text = texts?.[column.propertyPath];
  if (text === null) return [];
  const value = describe(column.getEntityValue(entity));
  const isAsText =
    writtenAsText.test(String(column.type)) || (/^jsonb?$/.test(String(column.type)) && Array.isArray(value));
  const operands = [value, text].filter((one): one is Described => one !== undefined && one !== null);
  // A value object of a transformer is none of the database's.
  if (column.transformer) return operands.slice(-1);
  return isAsText && text !== undefined && !column.isArray ? [text] : operands;
}

async function probe(
  dataSource: DataSource,
  metadata: EntityMetadata,
  column: ColumnMetadata,
  rows: readonly RowFacts[],
) {
  const repository = dataSource.getRepository(metadata.target);
  const path = column.propertyPath;
  const operand = rows.flatMap((row) => row.operands.get(path) ?? [])[0];
  const operators: OperatorName[] = [];
  for (const name of operatorNames) {
    if (operand === undefined && name !== 'IsNull') continue;
    // Counting looks at every row: a cast may fail at any.
    const isFine = await repository.countBy(nested(path, revive({ $: name, args: sampleArgs(name, operand!) }))).then(
      () => true,
      () => false,
    );
    if (isFine) operators.push(name);
  }
  const isSortable = await repository.find({ order: nested(path, 'ASC'), take: 1 }).then(
    () => true,
    () => false,
  );
  return { operators, isSortable };
}

function sampleArgs(name: OperatorName, operand: Described): readonly Described[] {
  if (name === 'IsNull') return [];
  if (name === 'Between') return [operand, operand];
  if (name === 'In' || name === 'Any') return [[operand]];
  if (name === 'Like' || name === 'ILike') return ['a%'];
  if (name === 'Not' || name === 'And' || name === 'Or') return [{ $: 'IsNull', args: [] }];
  if (/^Array/.test(name)) return [Array.isArray(operand) ? operand : [operand]];
  return [operand];
}

/** { a: { b: value } } for "a.b". */
export function nested(path: string, value: unknown): any {
  return path.split('.').reduceRight((inner, name) => ({ [name]: inner }), value);
}

async function readRelated(
  dataSource: DataSource,
  relation: RelationMetadata,
  metadata: EntityMetadata,
  byKey: ReadonlyMap<EntityMetadata, ReadonlyMap<string, RowFacts>>,
): Promise<boolean> {
  const targets = byKey.get(relation.inverseEntityMetadata);
  if (!targets || (relation.isManyToMany && !relation.junctionEntityMetadata)) return false;
  const found = await dataSource
    .getRepository(metadata.target)
    .createQueryBuilder('e')
    .leftJoinAndSelect(`e.${relation.propertyPath}`, 'target')
    .orderBy(
      Object.fromEntries(
        metadata.primaryColumns.map((column) => [`e.${column.propertyPath}`, 'ASC' as const]),
      ) as OrderByCondition,
    )
    .take(MOST_ROWS)
    .getMany();
  for (const entity of found) {
    const value = await relation.getEntityValue(entity);
    const related = [value ?? []].flat().map((target) => targets.get(keyText(relation.inverseEntityMetadata, target)));
    const row = byKey.get(metadata)!.get(keyText(metadata, entity));
    row?.related.set(
      relation.propertyPath,
      related.filter((one) => one !== undefined),
    );
  }
  return true;
}
