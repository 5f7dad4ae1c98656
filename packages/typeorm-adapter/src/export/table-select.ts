/**
 * The SELECTs of an export: one an entity, one a join table, each with exactly the columns that are stored. A column is fetched once, also
 * when it is a foreign key and a property.
 */
import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { type Dialect, postgresDialect } from '../mapping/dialect';
import type { MappedEntity, MappedField, MappedRelation } from '../mapping/mapped-entity';

/** What a selected column is stored as: a field, or a part of the key that a relation refers to. */
export type ColumnUse =
  | { readonly kind: 'field'; readonly field: MappedField }
  | { readonly kind: 'reference'; readonly relation: MappedRelation; readonly part: number; readonly key: MappedField }
  | { readonly kind: 'link'; readonly side: 'owner' | 'target'; readonly part: number; readonly key: MappedField };

export interface SelectedColumn {
  /** As SQL, e.g. t."company_id". */
  readonly expression: string;
  /** For messages: the property, "company" for a foreign key that is none. */
  readonly property: string;
  readonly uses: ColumnUse[];
}

export interface TableSelect {
  readonly columns: readonly SelectedColumn[];
  readonly sql: string;
  /** The same with more columns behind the others, or with these alone. */
  selecting(more: readonly string[], alone?: 'alone'): string;
  /** The relations that refer to something else than a key, and a SELECT that gives one row: for each of them how many references lead nowhere. */
  readonly unmatched?: { readonly properties: readonly string[]; readonly sql: string };
}

/** The entities of an export, and those of them whose references the database is asked for: it compares their keys otherwise than by bytes. */
export interface ReferredEntities {
  readonly mapped: ReadonlyMap<EntityMetadata, MappedEntity>;
  readonly loose?: ReadonlySet<MappedEntity>;
}

/** By which a SELECT calls its own table: the SQL of a virtual column names others as it likes. */
export const OWN_ALIAS = 'permafrost_own';

/** The SELECT of an entity's records. */
export function entitySelect(entity: MappedEntity, referred: ReferredEntities, dialect = postgresDialect): TableSelect {
  const select = new SelectBuilder(OWN_ALIAS, dialect.tableOf(entity.metadata), dialect, referred.loose);
  for (const field of entity.fields)
    select.use(expressionOf(field, OWN_ALIAS, dialect), field.definition.name, { kind: 'field', field });
  for (const mappedRelation of entity.relations) {
    const { relation } = mappedRelation;
    if (!relation.isWithJoinColumn) continue;
    const target = referred.mapped.get(relation.inverseEntityMetadata)!;
    const keyColumns = select.keyColumns(relation.joinColumns, target, 'LEFT JOIN', relation.propertyPath);
    for (const [part, key] of target.key.entries()) {
      select.use(keyColumns[part]!, relation.propertyPath, { kind: 'reference', relation: mappedRelation, part, key });
    }
  }
  return select.build();
}

/** The SELECT of a many-to-many relation's pairs, of its owning side. `distinct` where the table may hold a pair twice. */
export function linkSelect(
  relation: RelationMetadata,
  { mapped, loose }: ReferredEntities,
  distinct: boolean,
  dialect = postgresDialect,
): TableSelect {
  const select = new SelectBuilder(OWN_ALIAS, dialect.tableOf(relation.junctionEntityMetadata!), dialect, loose);
  const sides = [
    ['owner', mapped.get(relation.entityMetadata)!, relation.joinColumns],
    ['target', mapped.get(relation.inverseEntityMetadata)!, relation.inverseJoinColumns],
  ] as const;
  for (const [side, entity, joinColumns] of sides) {
    const keyColumns = select.keyColumns(joinColumns, entity, 'JOIN');
    for (const [part, key] of entity.key.entries())
      select.use(keyColumns[part]!, relation.propertyPath, { kind: 'link', side, part, key });
  }
  return select.build(distinct);
}

/** The columns of a join table that make a pair. */
export function pairColumns(relation: RelationMetadata): string[] {
  return [...relation.joinColumns, ...relation.inverseJoinColumns].map((column) => column.databaseName);
}

/** What fills a field, as SQL. */
export function expressionOf({ column, asText }: MappedField, alias: string, dialect = postgresDialect): string {
  if (!column) return 'row_number() OVER ()';
  const { quote } = dialect;
  // TypeORM gives the function the alias in quotes.
  if (column.isVirtualProperty) return `(${column.query!(quote(alias))})`;
  const path = `${alias}.${quote(column.databaseName)}`;
  return asText ? dialect.asText(path) : dialect.selected(column, path);
}

class SelectBuilder {
  readonly #columns = new Map<string, SelectedColumn>();
  readonly #joins: string[] = [];
  readonly #unmatched = new Map<string, string>();

  constructor(
    private readonly alias: string,
    private readonly table: string,
    private readonly dialect: Dialect,
    private readonly loose: ReadonlySet<MappedEntity> = new Set(),
  ) {}

  use(expression: string, property: string, use: ColumnUse): void {
    const known = this.#columns.get(expression);
    if (known) known.uses.push(use);
    else this.#columns.set(expression, { expression, property, uses: [use] });
  }

  /**
   * Where the key of `target` stands, part by part: in the join columns themselves, or in the target's table, which is joined when the
   * join columns refer to something else than its key, or may spell it otherwise.
   */
  keyColumns(
    joinColumns: readonly ColumnMetadata[],
    target: MappedEntity,
    join: 'JOIN' | 'LEFT JOIN',
    property?: string,
  ): string[] {
    const { alias, dialect } = this;
    const { quote } = dialect;
    const direct = target.key.map(({ column }) =>
      joinColumns.find((joinColumn) => joinColumn.referencedColumn!.databaseName === column!.databaseName),
    );
    const isExact = direct.length === joinColumns.length && !this.loose.has(target);
    if (isExact && direct.every((column) => column !== undefined)) {
      return direct.map((column) => `${alias}.${quote(column!.databaseName)}`);
    }
    const other = `permafrost_referred_${this.#joins.length}`;
    const conditions = joinColumns.map(
      (column) => `${other}.${quote(column.referencedColumn!.databaseName)} = ${alias}.${quote(column.databaseName)}`,
    );
    this.#joins.push(`${join} ${this.dialect.tableOf(target.metadata)} AS ${other} ON ${conditions.join(' AND ')}`);
    if (property !== undefined) {
      const isSet = joinColumns.map((column) => `${alias}.${quote(column.databaseName)} IS NOT NULL`);
      const isNothing = `${expressionOf(target.key[0]!, other, this.dialect)} IS NULL`;
      this.#unmatched.set(property, `count(CASE WHEN ${[...isSet, isNothing].join(' AND ')} THEN 1 END)`);
    }
    return target.key.map((key) => expressionOf(key, other, this.dialect));
  }

  build(distinct = false): TableSelect {
    const columns = [...this.#columns.values()];
    const select = (what: string) =>
      [`SELECT ${what}`, `FROM ${this.table} AS ${this.alias}`, ...this.#joins].join('\n');
    const all = columns.map(({ expression }) => expression);
    const selecting: TableSelect['selecting'] = (more, alone) =>
      select(`${distinct && !alone ? 'DISTINCT ' : ''}${[...(alone ? [] : all), ...more].join(', ')}`);
    const sql = selecting([]);
    if (this.#unmatched.size === 0) return { columns, sql, selecting };
    const unmatched = {
      properties: [...this.#unmatched.keys()],
      sql: select([...this.#unmatched.values()].join(', ')),
    };
    return { columns, sql, selecting, unmatched };
  }
}
