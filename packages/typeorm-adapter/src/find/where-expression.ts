/**
 * TypeORM's `where` as core's expression. What stands in it is walked exactly as SelectQueryBuilder does to write SQL: alternatives without
 * a condition are dropped, relations are joined with the alias that `relations` gives them, null and undefined are treated as the
 * DataSource says, with the same errors.
 */
import type { Comparison, Expression } from '@permafrost/core';
import { describeValue, isPermafrostError, isRecord } from '@permafrost/core';
import {
  type EntityMetadata,
  EntityPropertyNotFoundError,
  type FindOperator,
  InstanceChecker,
  QueryFailedError,
  TypeORMError,
} from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { ApplyValueTransformers } from 'typeorm/util/ApplyValueTransformers.js';
import { queryFailed, queryUnsupported } from '../errors';
import { databaseKindOf } from '../mapping/database-kind';
import { typeNameOf } from '../values/operand';
import { operatorExpression } from './operator-expression';
import { requireRowOperator } from './row-operands';
import { columnNamed, type StoredColumn, type StoredMembers } from './stored-members';

/** The DataSource option of this name: what null and undefined in a `where` do. TypeORM's default is to throw. */
export interface InvalidWhereValues {
  readonly null?: 'ignore' | 'sql-null' | 'throw';
  readonly undefined?: 'ignore' | 'throw';
}

/** What a query builder has joined, and how it joins more. */
export interface Joins {
  /** Takes note of something that TypeORM ignores. */
  ignored(what: string): void;
  /** The number of the alias's row source. */
  sourceOf(alias: string): number;
  /** Whether rows may have no record of the alias. */
  mayBeMissing(alias: string): boolean;
  /** The alias of a relation's target, joined now unless it is already. */
  join(relation: RelationMetadata, alias: string): string;
}

const countComparisons: Readonly<Record<string, Comparison>> = {
  moreThan: 'greater',
  moreThanOrEqual: 'greater-or-equal',
  lessThan: 'less',
  lessThanOrEqual: 'less-or-equal',
};

export class WhereTranslator {
  /** TypeORM adds conditions on the number of a relation's targets to the whole query, wherever they stand in the `where`. */
  readonly #ofWholeQuery: Expression[] = [];
  /** What the database would refuse, and what is refused here: TypeORM has its say about the whole of the options first. */
  readonly refusals: Error[] = [];

  constructor(
    private readonly stored: StoredMembers,
    private readonly joins: Joins,
    private readonly invalid: InvalidWhereValues,
  ) {}

  /** The condition of a whole `where`, or undefined for none. */
  translate(where: unknown, metadata: EntityMetadata, alias: string): Expression | undefined {
    const condition = this.#conditionOf(where, metadata, alias, '');
    return conjunction(condition ? [...this.#ofWholeQuery, condition] : this.#ofWholeQuery);
  }

  #conditionOf(where: unknown, metadata: EntityMetadata, alias: string, prefix: string): Expression | undefined {
    if (Array.isArray(where)) {
      const terms = where
        .map((item) => this.#conditionOf(item, metadata, alias, prefix))
        .filter((term) => term !== undefined);
      return terms.length > 1 ? { kind: 'or', terms } : terms[0];
    }
    const given = isRecord(where) ? this.#keyOf(where as object, metadata) : (where as Record<string, unknown>);
    const terms: Expression[] = [];
    // TypeORM reads what an instance inherits too, and the characters of a string.
    for (const key in given) {
      const term = this.#memberCondition(key, given[key], metadata, alias, prefix);
      if (term) terms.push(term);
    }
    return conjunction(terms);
  }

  #memberCondition(
    key: string,
    value: unknown,
    metadata: EntityMetadata,
    alias: string,
    prefix: string,
  ): Expression | undefined {
    const propertyPath = prefix === '' ? key : `${prefix}.${key}`;
    const column = metadata.findColumnWithPropertyPathStrict(propertyPath);
    const embedded = metadata.findEmbeddedWithPropertyPath(propertyPath);
    const relation = metadata.findRelationWithPropertyPath(propertyPath);
    if (!column && !embedded && !relation) throw new EntityPropertyNotFoundError(propertyPath, metadata);
    if (this.#isIgnored(value, `property '${alias}.${key}'`)) return undefined;
    try {
      if (column) return this.#columnCondition(value, column, metadata, alias);
      if (embedded) return this.#conditionOf(value, metadata, alias, propertyPath);
      return this.#relationCondition(value, relation!, key, metadata, alias);
    } catch (error) {
      if (!(error instanceof QueryFailedError) && !isPermafrostError(error)) throw error;
      this.refusals.push(error);
      return { kind: 'constant', value: null };
    }
  }

  #columnCondition(
    value: unknown,
    column: ColumnMetadata,
    metadata: EntityMetadata,
    alias: string,
  ): Expression | undefined {
    const stored = this.stored.of(metadata).column(this.joins.sourceOf(alias), column);
    if (column.isVirtualProperty && this.joins.mayBeMissing(alias)) throw refuseComputed(stored);
    if (value === null) {
      requireRowOperator(stored, 'isNull');
      return { kind: 'is-null', operand: stored.reference };
    }
    let operand = InstanceChecker.isEqualOperator(value) ? (value as FindOperator<unknown>).value : value;
    // As in TypeORM an operator is changed by this, so that one used twice is transformed twice.
    if (column.transformer) operand = ApplyValueTransformers.transformTo(column.transformer, operand);
    return operatorExpression(stored, operand);
  }

  #relationCondition(
    value: unknown,
    relation: RelationMetadata,
    key: string,
    metadata: EntityMetadata,
    alias: string,
  ): Expression | undefined {
    const entity = this.stored.of(metadata);
    entity.requireRelation(relation);
    if (value === null) return { kind: 'is-null', operand: this.#foreignKey(relation, metadata, alias).reference };
    if (InstanceChecker.isFindOperator(value)) return this.#relationOperator(value, relation, metadata, alias);
    if (typeof value !== 'object' || value instanceof Date)
      this.joins.ignored(`\`where\` compares the relation "${key}" with ${describeValue(value)}`);
    if (typeof value === 'object' && !isRecord(value) && this.#isEmpty(value!, `'${alias}.${key}'`)) return undefined;
    const target = this.joins.join(relation, alias);
    return this.#conditionOf(value, relation.inverseEntityMetadata, target, '');
  }

  #relationOperator(
    operator: FindOperator<unknown>,
    relation: RelationMetadata,
    metadata: EntityMetadata,
    alias: string,
  ): Expression | undefined {
    const comparison = countComparisons[operator.type];
    if (comparison !== undefined) {
      this.#ofWholeQuery.push(this.#targetCount(comparison, operator.value, relation, metadata, alias));
      return undefined;
    }
    if (!relation.isManyToOne && !relation.isOneToOneOwner)
      throw new Error(`This relation isn't supported by given find operator`);
    return operatorExpression(this.#foreignKey(relation, metadata, alias), operator);
  }

  /** How many targets there are, soft-deleted ones counted only where a join table is. */
  #targetCount(
    operator: Comparison,
    value: unknown,
    relation: RelationMetadata,
    metadata: EntityMetadata,
    alias: string,
  ): Expression {
    if (!relation.isManyToMany && !relation.isOneToMany)
      throw new Error(`This relation isn't supported by given find operator`);
    const count = Number.parseInt(value as string, 10);
    if (databaseKindOf(metadata.dataSource.options) !== 'postgres') throw this.#refuseCount(relation, metadata);
    if (Number.isNaN(count)) throw queryFailed('column "nan" does not exist', '42703');
    const target = relation.inverseEntityMetadata;
    const joinColumns = relation.isOneToMany ? relation.inverseRelation!.joinColumns : [];
    if (
      relation.isOneToMany &&
      (target.tableName === alias ||
        target.tableType === 'entity-child' ||
        (joinColumns.length > 1 && joinColumns.some((column) => column.isVirtual)))
    ) {
      // What TypeORM writes for these is no SQL, or compares the wrong columns.
      this.#requireComparable(joinColumns, target);
      throw this.#refuseCount(relation, metadata);
    }
    const [ordered] = Object.keys((relation.isOneToMany && target.orderBy) || {});
    if (ordered !== undefined) {
      const name = target.findColumnWithPropertyPath(ordered)?.databaseName ?? ordered;
      const reason = 'must appear in the GROUP BY clause or be used in an aggregate function';
      throw queryFailed(`column "${target.tableName}.${name}" ${reason}`, '42803');
    }
    const on: Expression | undefined =
      relation.isOneToMany && target.deleteDateColumn
        ? { kind: 'is-null', operand: this.stored.of(target).column(0, target.deleteDateColumn).reference }
        : undefined;
    return {
      kind: 'target-count',
      source: this.joins.sourceOf(alias),
      relation: relation.propertyPath,
      operator,
      value: count,
      ...(on ? { on } : {}),
    };
  }

  #refuseCount({ propertyPath }: RelationMetadata, metadata: EntityMetadata): Error {
    return queryUnsupported(
      this.stored.of(metadata).name,
      propertyPath,
      'a comparison with the number of targets of this relation',
      'Ask for the relation and count.',
    );
  }

  /** TypeORM compares one column of a composite foreign key with every column that it refers to. Throws where the database cannot. */
  #requireComparable(joinColumns: readonly ColumnMetadata[], target: EntityMetadata): void {
    const typeOf = (column: ColumnMetadata | undefined) => {
      const stored = column && this.stored.of(target).findColumn(0, column);
      return stored ? typeNameOf(stored.field) : '';
    };
    for (const column of joinColumns) {
      const [own, other] = [typeOf(columnNamed(target, column.propertyName)), typeOf(column)];
      if ((isNumberType(own) && isTextType(other)) || (isTextType(own) && isNumberType(other)))
        throw queryFailed(`operator does not exist: ${own} = ${other}`, '42883');
    }
  }

  /** TypeORM compares one column alone of a composite foreign key. */
  #foreignKey(relation: RelationMetadata, metadata: EntityMetadata, alias: string) {
    const entity = this.stored.of(metadata);
    const column = relation.isWithJoinColumn ? columnNamed(metadata, relation.propertyPath) : undefined;
    if (column) return entity.joinColumn(this.joins.sourceOf(alias), relation, column);
    throw queryUnsupported(
      entity.name,
      relation.propertyPath,
      'IS NULL on a relation that the other side stores',
      'Filter the results.',
    );
  }

  /** Whether an object asks for nothing; throws what TypeORM throws where all it has is undefined. */
  #isEmpty(value: object, place: string): boolean {
    const keys = Object.keys(value);
    if (keys.length === 0) return true;
    if (!keys.every((key) => (value as Record<string, unknown>)[key] === undefined)) return false;
    if ((this.invalid.undefined ?? 'throw') === 'throw')
      throw new TypeORMError(
        `Undefined value encountered in nested relation ${place} of a where condition. All properties of the nested object are undefined. ` +
          `Set 'invalidWhereValuesBehavior.undefined' to 'ignore' in connection options to skip properties with undefined values.`,
      );
    return true;
  }

  /** Whether a null or undefined is to be passed over; throws what TypeORM throws. */
  #isIgnored(value: unknown, place: string): boolean {
    if (value !== null && value !== undefined) return false;
    const [kind, name] = value === null ? (['null', 'Null'] as const) : (['undefined', 'Undefined'] as const);
    const behavior = this.invalid[kind] ?? 'throw';
    if (behavior !== 'throw') return kind === 'undefined' || behavior === 'ignore';
    const advice =
      value === null
        ? `To match with SQL NULL, the IsNull() operator must be used. Set 'invalidWhereValuesBehavior.null' to 'ignore' or 'sql-null' in connection options to skip or handle null values.`
        : `Set 'invalidWhereValuesBehavior.undefined' to 'ignore' in connection options to skip properties with undefined values.`;
    throw new TypeORMError(`${name} value encountered in ${place} of a where condition. ${advice}`);
  }

  /** A record of a snapshot stands for its key: comparing all that it holds would find the same. */
  #keyOf(record: object, metadata: EntityMetadata): Record<string, unknown> {
    const key: Record<string, unknown> = {};
    for (const column of metadata.primaryColumns) {
      let value: unknown = record;
      for (const name of column.propertyPath.split('.')) value = (value as Record<string, unknown> | null)?.[name];
      key[column.propertyPath] = value;
    }
    return key;
  }
}

function isNumberType(type: string): boolean {
  return /^(smallint|integer|bigint|numeric|real|double precision)$/.test(type);
}

function isTextType(type: string): boolean {
  return /^(text|character varying|character)$/.test(type);
}

/** What SQL computes of a record that is not there (a count of 0, or nothing), only the database knows. */
export function refuseComputed({ entity, column }: StoredColumn): Error {
  return queryUnsupported(
    entity,
    column.propertyPath,
    'conditions or an order by a computed column of a relation',
    'Ask for the relation and filter the results.',
  );
}

function conjunction(terms: readonly Expression[]): Expression | undefined {
  return terms.length > 1 ? { kind: 'and', terms } : terms[0];
}
