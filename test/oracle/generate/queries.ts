/** Queries of every method and option over any entities, from a seed: the n-th of a seed is always the same. */
import type { EntityMetadata } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata';
import { type Chooser, choosers } from '../chooser';
import type { Described, OperatorName } from '../described';
import type { Query } from '../query';
import { type ColumnFacts, type EntityFacts, nested } from './facts';
import { merged, type WhereContext, where, whereFewKeys, whereKey } from './where';

/** A pair of type and operator that each full run has to meet, on one of the columns of that type. */
interface Pair {
  readonly operator: OperatorName;
  readonly columns: { readonly facts: EntityFacts; readonly column: ColumnFacts }[];
}

interface Wanted {
  readonly facts: EntityFacts;
  readonly column: ColumnFacts;
  readonly operator: OperatorName;
}

/** Of a hundred queries, how many call what. */
const methods = [
  ...Array<string>(40).fill('find'),
  ...Array<string>(6).fill('findBy'),
  ...Array<string>(9).fill('findAndCount'),
  'findAndCountBy',
  'findAndCountBy',
  ...Array<string>(8).fill('findOne'),
  ...Array<string>(4).fill('findOneBy'),
  'findOneOrFail',
  'findOneByOrFail',
  ...Array<string>(5).fill('count'),
  'countBy',
  'countBy',
  'exists',
  'existsBy',
  'sum',
  'sum',
  'average',
  'minimum',
  'minimum',
  'maximum',
];

export function* queries(facts: readonly EntityFacts[], seed: number, count: number): Generator<Query> {
  const pairs = pairsOf(facts);
  const related = facts.filter((entity) => entity.relations.length > 0 && entity.rows.length > 0);
  const byMetadata = new Map<EntityMetadata, EntityFacts>(facts.map((entity) => [entity.metadata, entity]));
  for (const [number, chooser] of choosers(seed, count).entries()) {
    const isForPair = related.length === 0 || number % 10 < 7;
    // Pairs come in turn, as all have to come; where they begin depends on the seed.
    const pair = isForPair ? pairs[(Math.floor(number * 0.7) + seed * 41) % pairs.length] : undefined;
    const wanted = pair && { ...chooser.pick(pair.columns), operator: pair.operator };
    const entity = wanted?.facts ?? chooser.pick(related);
    yield new QueryMaker(chooser, entity, byMetadata, wanted).make();
  }
}

function pairsOf(facts: readonly EntityFacts[]): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const entity of facts)
    for (const column of entity.columns)
      for (const operator of column.operators) {
        const name = `${operator} × ${column.type}`;
        if (!pairs.has(name)) pairs.set(name, { operator, columns: [] });
        pairs.get(name)!.columns.push({ facts: entity, column });
      }
  return [...pairs.values()];
}

class QueryMaker {
  readonly #context: WhereContext;
  readonly #isLargeWorld: boolean;

  constructor(
    private readonly chooser: Chooser,
    private readonly entity: EntityFacts,
    private readonly byMetadata: ReadonlyMap<EntityMetadata, EntityFacts>,
    wanted: Wanted | undefined,
  ) {
    const factsOf = (relation: RelationMetadata) => byMetadata.get(relation.inverseEntityMetadata);
    this.#isLargeWorld = [...byMetadata.values()].some(({ isLarge }) => isLarge);
    const mostLevels = this.#isLargeWorld ? 2 : 3;
    const goesToMany = !this.#isLargeWorld || entity.isLarge;
    this.#context = { chooser, factsOf, mostLevels, goesToMany, ...(wanted ? { wanted } : {}) };
  }

  make(): Query {
    const method = this.chooser.pick(methods);
    return { entity: this.entity.metadata.name, method, args: this.#args(method) };
  }

  #args(method: string): readonly Described[] {
    const { chooser } = this;
    if (/^(sum|average|minimum|maximum)$/.test(method)) {
      const summable = this.entity.columns.filter(
        ({ type }) => /^(small|big)?int|^(numeric|real|double)/.test(type) && !type.endsWith('[]'),
      );
      const isSummable = summable.length > 0 && chooser.chance(97);
      const column = chooser.pick(isSummable ? summable : this.entity.columns);
      // Of two errors in one query either may come first.
      return isSummable && chooser.chance(60) ? [column.path, this.#where()] : [column.path];
    }
    if (/By(OrFail)?$/.test(method) && /One/.test(method))
      return [whereKey(this.#context, this.entity) ?? this.#where()];
    if (/By$/.test(method)) return [this.#where()];
    return [this.#options(method)];
  }

  #where(): Described {
    const made = where(this.#context, this.entity);
    if (!this.entity.isLarge || Array.isArray(made))
      return this.entity.isLarge ? whereFewKeys(this.#context, this.entity) : made;
    return this.chooser.chance(30) ? made : merged([whereFewKeys(this.#context, this.entity), made]);
  }

  #options(method: string): Described {
    const { chooser, entity } = this;
    const isOne = /One/.test(method);
    const isCount = /^(count|exists)/.test(method);
    const parts: Described[] = [];
    const relations = chooser.chance(isCount ? 10 : 35) ? this.#relations(entity, 1) : undefined;
    if (isOne || entity.isLarge || chooser.chance(85)) parts.push({ where: this.#where() });
    if (relations) parts.push({ relations });
    const isPaged = isOne || chooser.chance(22);
    if (isPaged || chooser.chance(45)) parts.push({ order: this.#order(isPaged, relations) });
    if (isPaged && !isOne && entity.metadata.primaryColumns.length > 0) {
      if (chooser.chance(80)) parts.push({ take: chooser.pick([1, 2, 3, 5, 10, 100]) });
      if (chooser.chance(50)) parts.push({ skip: chooser.pick([0, 1, 2, 5, 30]) });
    }
    if (chooser.chance(isCount ? 4 : 14)) {
      // TypeORM fails on pages of joins where the key, or what orders, is not selected.
      const needed = isPaged
        ? [...entity.metadata.primaryColumns.map((column) => nested(column.propertyPath, true)), ...selectionOf(parts)]
        : [];
      parts.push({ select: merged([...needed, this.#select(entity, relations)]) });
    }
    if (chooser.chance(14)) parts.push({ withDeleted: chooser.chance(90) });
    if (chooser.chance(8)) parts.push({ loadEagerRelations: chooser.chance(20) });
    if (!relations && chooser.chance(6)) parts.push({ loadRelationIds: this.#relationIds() });
    if (chooser.chance(7)) parts.push({ relationLoadStrategy: chooser.pick(['query', 'query', 'join']) });
    if (chooser.chance(1)) parts.push({ comment: 'why' });
    if (chooser.chance(1)) parts.push({ transaction: true });
    return merged(parts);
  }

  #relations(facts: EntityFacts, level: number): Described {
    const { chooser } = this;
    // Lists of lists of large tables are too much, and so are those of every row.
    const isShort = this.#isLargeWorld && (level > 1 || !this.entity.isLarge);
    const relations = facts.relations.filter((one) => !isShort || one.isManyToOne || one.isOneToOne);
    const chosen = chooser.some(relations, level === 1 && !this.#isLargeWorld ? 1 + chooser.below(2) : 1);
    return merged(
      chosen.map((relation) => {
        const target = this.byMetadata.get(relation.inverseEntityMetadata);
        const isDeeper =
          target && target.relations.length > 0 && level < this.#context.mostLevels && chooser.chance(30);
        return nested(relation.propertyPath, isDeeper ? this.#relations(target, level + 1) : chooser.chance(97));
      }),
    );
  }

  /** Ends at the key, so that it is total. */
  #order(isPaged: boolean, relations: Described | undefined): Described {
    const { chooser, entity } = this;
    // Pages of joins want what orders to be selected.
    const sortable = entity.columns.filter(({ column, isSortable }) =>
      isPaged ? isSortable && column.isSelect : isSortable || chooser.chance(1),
    );
    const parts = chooser.some(sortable, chooser.below(3)).map(({ path }) => nested(path, this.#direction()));
    const relation = chooser.chance(20) ? chooser.pick([...entity.relations, undefined]) : undefined;
    const target = relation && this.byMetadata.get(relation.inverseEntityMetadata);
    // Of pages TypeORM wants relations in the order to be loaded, and a relation to many makes its pages short.
    const isAsked = relation && (relations as any)?.[relation.propertyPath];
    if (
      relation &&
      target &&
      target.columns.length > 0 &&
      (!isPaged || (isAsked && !relation.isOneToMany && !relation.isManyToMany))
    ) {
      const inner = chooser
        .some(
          target.columns.filter((column) => column.isSortable),
          1,
        )
        .map(({ path }) => nested(path, this.#direction()));
      const key = target.metadata.primaryColumns.map((column) => nested(column.propertyPath, 'ASC'));
      parts.push(
        nested(
          relation.propertyPath,
          merged(isAsked || chooser.chance(50) ? [...inner, ...key] : inner.length > 0 ? inner : key),
        ),
      );
    }
    const key = entity.metadata.primaryColumns.map((column) => nested(column.propertyPath, this.#direction()));
    return merged([...parts, ...key]);
  }

  #direction(): Described {
    const { chooser } = this;
    if (chooser.chance(70)) return chooser.pick<Described>(['ASC', 'DESC', 'asc', 'desc', 1, -1]);
    const nulls = chooser.pick(['first', 'last', 'FIRST', 'LAST']);
    return chooser.chance(10) ? { nulls } : { direction: chooser.pick(['ASC', 'DESC', 'asc', 'desc']), nulls };
  }

  #select(facts: EntityFacts, relations: Described | undefined): Described {
    const { chooser } = this;
    const columns = chooser
      .some(facts.columns, 1 + chooser.below(3))
      .map(({ path }) => nested(path, chooser.chance(96)));
    const inner = facts.relations.flatMap((relation) => {
      const asked = relation.propertyPath.split('.').reduce((held: any, name) => held?.[name], relations);
      const target = this.byMetadata.get(relation.inverseEntityMetadata);
      if (!asked || !target || chooser.chance(30)) return [];
      return [
        nested(
          relation.propertyPath,
          chooser.chance(30) || this.#isDeep(asked) ? true : this.#select(target, undefined),
        ),
      ];
    });
    return merged([...columns, ...inner]);
  }

  #isDeep(asked: unknown): boolean {
    return typeof asked === 'object' && asked !== null;
  }

  #relationIds(): Described {
    const { chooser, entity } = this;
    if (chooser.chance(50) || entity.relations.length === 0) return true;
    const relations = chooser.some(entity.relations, 2).map((relation) => relation.propertyPath);
    return chooser.chance(50) ? { relations } : { relations, disableMixedMap: true };
  }
}

/** What an order among the parts is made of, as a selection. */
function selectionOf(parts: readonly Described[]): Described[] {
  const selected = (order: any): any =>
    typeof order !== 'object' || 'direction' in order || 'nulls' in order
      ? true
      : Object.fromEntries(Object.entries(order).map(([name, inner]) => [name, selected(inner)]));
  const order = parts.map((part: any) => part.order).find(Boolean);
  return order ? [selected(order)] : [];
}
