/**
 * TypeORM's own SelectQueryBuilder, which never runs a query: it applies find options, so that joins, selects, order, paging and its own
 * errors are TypeORM's by construction. Only `where` is answered by core's expression instead of SQL.
 * This file alone touches what TypeORM does not document; its test says which members these are.
 */
import type { Expression } from '@permafrost/core';
import { describeValue } from '@permafrost/core';
import {
  type DataSource,
  type EntityMetadata,
  type FindManyOptions,
  FindOptionsUtils,
  type FindTreeOptions,
  type ObjectLiteral,
  SelectQueryBuilder,
} from 'typeorm';
import { DriverUtils } from 'typeorm/driver/DriverUtils.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import type { StoredMembers } from './stored-members';
import { WhereTranslator } from './where-expression';

/** Members of SelectQueryBuilder's prototype that are called or overridden here. */
export const builderMethods = [
  'setFindOptions',
  'applyFindOptions',
  'buildSelect',
  'buildRelations',
  'buildEagerRelations',
  'buildWhere',
  'buildOrder',
  'getRelationJoinType',
  'select',
] as const;
/** Its own fields that are read here. */
export const builderFields = [
  'dataSource',
  'eagerLoadChain',
  'expressionMap',
  'findOptions',
  'joins',
  'relationMetadatas',
] as const;

type Options = Record<string, any>;

export class PlanningQueryBuilder extends SelectQueryBuilder<ObjectLiteral> {
  /** What `where` asks for; undefined for everything. Source numbers are those of {@link sourceOf}. */
  condition: Expression | undefined;
  /** What is refused of `where`, by the database or here. */
  refusals: readonly Error[] = [];
  /** What of the options TypeORM takes without a word and ignores. */
  readonly ignored: string[] = [];

  constructor(
    private readonly stored: StoredMembers,
    dataSource: DataSource,
    metadata: EntityMetadata,
    name: string = metadata.name,
  ) {
    super(dataSource);
    const alias = DriverUtils.buildAlias(dataSource.driver, undefined, name);
    this.select(alias);
    const { tablePath } = metadata;
    this.expressionMap.setMainAlias(this.expressionMap.createAlias({ type: 'from', name: alias, metadata, tablePath }));
  }

  /** The options last applied. */
  get applied(): FindManyOptions {
    return this.findOptions;
  }

  /** Relations that TypeORM loads by queries of their own. */
  get relationsByQuery(): readonly RelationMetadata[] {
    return this.relationMetadatas;
  }

  /** Those whose eager relations have been loaded on the way here, by table: TypeORM ends circles of them so. */
  get eagerTables(): Set<string> {
    return this.eagerLoadChain;
  }

  set eagerTables(tables: Set<string>) {
    this.eagerLoadChain = tables;
  }

  /** Applies options as TypeORM does, with its errors. Throws QUERY_UNSUPPORTED for what was not exported, unless nobody names it. */
  override setFindOptions(options: FindManyOptions): this {
    super.setFindOptions(options);
    this.#leaveOutUnstored();
    return this;
  }

  /** Applies the options of a TreeRepository as TypeORM does, with its error for relations that there are not. Throws QUERY_UNSUPPORTED for those not exported. */
  setTreeOptions(options: FindTreeOptions | undefined): this {
    FindOptionsUtils.applyOptionsToTreeQueryBuilder(this, options);
    for (const path of options?.relations ?? []) this.#requireRelations(path);
    this.#leaveOutUnstored();
    return this;
  }

  /** The number of a joined alias's row source. */
  sourceOf(alias: string): number {
    return this.joins.findIndex((join) => join.alias === alias) + 1;
  }

  protected override buildWhere(where: unknown, metadata: EntityMetadata, alias: string): string {
    const joins = {
      ignored: (what: string) => this.ignored.push(what),
      sourceOf: (name: string) => this.sourceOf(name),
      mayBeMissing: (name: string) => this.joins.some((join) => join.alias === name && join.type === 'left'),
      join: (relation: RelationMetadata, parent: string) => this.#joinFor(relation, parent),
    };
    const translator = new WhereTranslator(
      this.stored,
      joins,
      this.dataSource.options.invalidWhereValuesBehavior ?? {},
    );
    this.condition = translator.translate(where, metadata, alias);
    this.refusals = translator.refusals;
    return '';
  }

  protected override buildSelect(select: Options, metadata: EntityMetadata, alias: string, prefix?: string): void {
    const entity = this.stored.of(metadata);
    for (const key in select) {
      if (select[key] === undefined || select[key] === false) continue;
      const column = metadata.findColumnWithPropertyPathStrict(pathOf(key, prefix));
      if (column) entity.requireShown(column);
    }
    super.buildSelect(select, metadata, alias, prefix);
  }

  protected override buildRelations(
    relations: Options,
    selection: Options | undefined,
    metadata: EntityMetadata,
    alias: string,
    prefix?: string,
    parentJoinType?: 'inner' | 'left',
  ): void {
    const entity = this.stored.of(metadata);
    for (const key of Object.keys(relations ?? {})) {
      const relation = metadata.findRelationWithPropertyPath(pathOf(key, prefix));
      const value = relations[key];
      if (!relation || value === undefined || value === false) continue;
      if (value === true || typeof value === 'object') entity.requireRelation(relation);
      else this.ignored.push(`\`relations\` says ${describeValue(value)} of "${key}", which is not true`);
    }
    super.buildRelations(relations as never, selection, metadata, alias, prefix, parentJoinType);
  }

  protected override buildEagerRelations(
    relations: Options,
    selection: Options | undefined,
    metadata: EntityMetadata,
    alias: string,
    prefix?: string,
  ): void {
    super.buildEagerRelations(relations as never, selection, metadata, alias, prefix);
    this.joins = this.joins.filter(({ relationMetadata, parentAlias }) => {
      const parent = this.joins.find((join) => join.alias === parentAlias)?.relationMetadata.inverseEntityMetadata;
      return this.stored.of(parent ?? this.#main).hasRelation(relationMetadata.propertyPath);
    });
  }

  protected override buildOrder(order: Options, metadata: EntityMetadata, alias: string, prefix?: string): void {
    const entity = this.stored.of(metadata);
    for (const key in order) {
      const value = order[key];
      if (value === undefined) continue;
      const path = pathOf(key, prefix);
      const column = metadata.findColumnWithPropertyPathStrict(path);
      const relation = metadata.findRelationWithPropertyPath(path);
      if (column) entity.column(0, column);
      else if (relation) entity.requireRelation(relation);
      if (column ? !isDirection(value) : typeof value !== 'object')
        this.ignored.push(`\`order\` says ${describeOrder(value)} of "${path}", which is no direction`);
    }
    super.buildOrder(order as never, metadata, alias, prefix);
  }

  get #main(): EntityMetadata {
    return this.expressionMap.mainAlias!.metadata;
  }

  /** Of a path such as "owner.home". */
  #requireRelations(path: string): void {
    let metadata = this.#main;
    for (const name of path.split('.')) {
      const relation = metadata.findRelationWithPropertyPath(name);
      if (!relation) return;
      this.stored.of(metadata).requireRelation(relation);
      metadata = relation.inverseEntityMetadata;
    }
  }

  /** The name and kind that TypeORM gives a join which a condition needs. */
  #joinFor(relation: RelationMetadata, parentAlias: string): string {
    const path = `${parentAlias}_${relation.propertyPath.replace('.', '_')}`;
    const alias = DriverUtils.buildAlias(this.dataSource.driver, { joiner: '__' }, parentAlias, path);
    if (this.joins.some((join) => join.alias === alias)) return alias;
    const parentType = this.joins.find((join) => join.alias === parentAlias)?.type ?? 'inner';
    this.joins.push({
      type: this.getRelationJoinType(relation, parentType),
      select: false,
      selection: undefined,
      alias,
      parentAlias,
      relationMetadata: relation,
    });
    return alias;
  }

  /** Eager relations, and those of `loadRelationIds: true`, that were left out of the export are left out of the answer. */
  #leaveOutUnstored(): void {
    const map = this.expressionMap;
    const isStored = (owner: EntityMetadata, relation: RelationMetadata) =>
      this.stored.of(owner).hasRelation(relation.propertyPath);
    const gone = new Set<string>();
    map.joinAttributes = map.joinAttributes.filter(({ alias, parentAlias, relation }) => {
      const owner = map.findAliasByName(parentAlias!).metadata;
      if (!gone.has(parentAlias!) && isStored(owner, relation!)) return true;
      gone.add(alias.name);
      return false;
    });
    if (gone.size > 0) map.selects = map.selects.filter(({ selection }) => !gone.has(selection));
    this.relationMetadatas = this.relationMetadatas.filter((relation) => isStored(this.#main, relation));
    const asked = this.findOptions.loadRelationIds;
    map.relationIdAttributes = map.relationIdAttributes.filter(({ relation }) => {
      if (isStored(this.#main, relation)) return true;
      if (typeof asked === 'object' && asked.relations) this.stored.of(this.#main).requireRelation(relation);
      return false;
    });
  }
}

function pathOf(key: string, prefix: string | undefined): string {
  return prefix ? `${prefix}.${key}` : key;
}

const directions: ReadonlySet<unknown> = new Set([undefined, 'ASC', 'asc', 1, 'DESC', 'desc', -1]);

/** Whether TypeORM takes it for what it says: everything else is ascending, or nulls where they are by themselves. */
function isDirection(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return directions.has(value);
  const { direction, nulls } = value as Options;
  return directions.has(direction) && (typeof nulls !== 'string' || /^(first|last)$/i.test(nulls));
}

function describeOrder(value: unknown): string {
  if (typeof value !== 'object' || value === null) return describeValue(value);
  const { direction, nulls } = value as Options;
  return `{ direction: ${describeValue(direction)}, nulls: ${describeValue(nulls)} }`;
}
