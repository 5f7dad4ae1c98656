/**
 * What TypeORM's TreeRepository reads, for trees of every kind: closure table, nested set and materialized path all say in their own way what
 * the parent references say, and those are what a snapshot holds; where they did not when it was exported, it says so. TypeORM nests the entities it found; the same code of its does it here.
 */
import { isRecord, type Join, type RelationTree, type ResultNode, runPlan } from '@permafrost/core';
import { type EntityMetadata, type FindTreeOptions, type ObjectLiteral, TypeORMError } from 'typeorm';
import { TreeRepositoryUtils } from 'typeorm/util/TreeRepositoryUtils.js';
import { queryUnsupported } from '../errors';
import type { FindPlan } from '../find/find-plan';
import { relationTreeOf } from '../hydrate/record-proxies';
import { snapshotNameOf, tableMetadataOf } from '../mapping/mapped-entity';
import { isCrookedTree } from '../mapping/tree-notes';
import type { Answer, ResultKind } from './store-reads';
import type { StoreSession } from './store-session';

/** What TypeORM reads trees by. */
const STRUCTURES: Readonly<Record<string, string>> = {
  'closure-table': 'closure table',
  'nested-set': 'nested sets',
  'materialized-path': 'paths',
};

export class TreeReads {
  readonly #entity: string;
  readonly #parent: string;
  /** Undefined where no class declares it: TypeORM then cannot nest, but lists. */
  readonly #children: string | undefined;
  readonly #parentOf: (ordinal: number) => readonly number[];
  readonly #childrenOf: (ordinal: number) => readonly number[];
  readonly #isCrooked: boolean;

  /** Throws TypeORM's error for an entity that is no tree. */
  constructor(
    private readonly session: StoreSession,
    private readonly metadata: EntityMetadata,
  ) {
    const { treeParentRelation, treeChildrenRelation } = metadata;
    if (!treeParentRelation) throw new TypeORMError('Supported only in tree entities');
    const table = tableMetadataOf(metadata);
    this.#entity = snapshotNameOf(metadata);
    this.#parent = treeParentRelation.propertyPath;
    this.#children = (treeChildrenRelation ?? table.treeChildrenRelation)?.propertyPath;
    const { snapshot } = session.context;
    // The structure of a tree knows neither classes nor soft deletion: what is below a deleted node is still below.
    const all = { withDeleted: true, ofAnyClass: true };
    this.#parentOf = snapshot.byOrdinal.targetsReader(this.#entity, this.#parent, all);
    this.#childrenOf =
      this.#children === undefined
        ? childrenByParents(snapshot.count(snapshotNameOf(table)), this.#parentOf)
        : snapshot.byOrdinal.targetsReader(this.#entity, this.#children, all);
    this.#isCrooked = isCrookedTree(snapshot, snapshotNameOf(table));
  }

  /** Nodes without a parent. */
  roots(options: FindTreeOptions | undefined, as: ResultKind): Answer<ObjectLiteral[]> {
    const found = this.#plan(options);
    return this.session.reads.records(found, as, runPlan(this.session.context.snapshot, this.#withoutParent(found)));
  }

  /** Every root with all below it. */
  trees(options: FindTreeOptions | undefined, as: ResultKind): Answer<ObjectLiteral[]> {
    const found = this.#plan(options);
    const roots = runPlan(this.session.context.snapshot, this.#withoutParent(found));
    if (as === 'proxy') return { value: this.#proxyTrees(found, roots.ordinals, options) };
    const { value, loaded } = this.session.reads.records(found, as, roots);
    const answers = value.map((root, place) => this.#nest(root, roots.ordinals[place]!, options));
    const entities = [...(loaded?.entities ?? []), ...answers.flatMap((answer) => answer.loaded!.entities)];
    return {
      value,
      loaded: { found, entities },
      finish: () => {
        for (const answer of answers) answer.finish!();
      },
    };
  }

  /** All below an entity, itself included, in one list. */
  descendants(entity: ObjectLiteral, options: FindTreeOptions | undefined, as: ResultKind): Answer<ObjectLiteral[]> {
    return this.#among(this.#below(this.#ordinalOf(entity)), options, as);
  }

  /** All above an entity, itself included, in one list. */
  ancestors(entity: ObjectLiteral, options: FindTreeOptions | undefined, as: ResultKind): Answer<ObjectLiteral[]> {
    return this.#among(this.#above(this.#ordinalOf(entity)), options, as);
  }

  /** The entity given, with all below it nested into it; for a record of a snapshot, another record of the same. */
  descendantsTree(entity: ObjectLiteral, options: FindTreeOptions | undefined): Answer<ObjectLiteral> {
    const ordinal = this.#ordinalOf(entity);
    if (!isRecord(entity)) return this.#nest(entity, ordinal, options);
    return { value: this.#proxyTrees(this.#plan(options), [ordinal], options)[0]! };
  }

  /** The entity given, with its parent nested into it, and so on; for a record of a snapshot, another record of the same. */
  ancestorsTree(entity: ObjectLiteral, options: FindTreeOptions | undefined): Answer<ObjectLiteral> {
    const ordinal = this.#ordinalOf(entity);
    const ordinals = this.#above(ordinal);
    if (ordinals.length > 0 && this.#parentOf(ordinals.at(-1)!).length > 0) throw this.#circle();
    if (isRecord(entity)) {
      const { snapshot, strictRelations } = this.session.context;
      const related = relationTreeOf(this.#plan(options), this.session.planner, strictRelations);
      const asked = ordinals.reduce<RelationTree>((below) => ({ ...related, [this.#parent]: below }), related);
      return { value: snapshot.byOrdinal.proxiesOf(this.#entity, [ordinal], asked)[0]! };
    }
    const { value, loaded } = this.#among(ordinals, options, 'entity');
    const maps = this.#relationMaps(this.#planned(ordinals));
    return {
      value: entity,
      loaded: loaded!,
      finish: () => TreeRepositoryUtils.buildParentEntityTree(this.metadata, entity, value, maps),
    };
  }

  countDescendants(entity: ObjectLiteral): number {
    return this.#planned(this.#below(this.#ordinalOf(entity))).length;
  }

  countAncestors(entity: ObjectLiteral): number {
    return this.#planned(this.#above(this.#ordinalOf(entity))).length;
  }

  /** TypeORM nests what has been loaded: listeners see nodes without children. */
  #nest(entity: ObjectLiteral, ordinal: number, options: FindTreeOptions | undefined): Answer<ObjectLiteral> {
    const ordinals = this.#treeBelow(ordinal);
    const { value, loaded } = this.#among(ordinals, options, 'entity');
    const maps = this.#relationMaps(this.#planned(ordinals));
    const nesting = { depth: -1, ...options };
    return {
      value: entity,
      loaded: loaded!,
      finish: () => TreeRepositoryUtils.buildChildrenEntityTree(this.metadata, entity, value, maps, nesting),
    };
  }

  #plan(options: FindTreeOptions | undefined): FindPlan {
    return this.session.planner.planTree(this.metadata, options);
  }

  #withoutParent({ plan }: FindPlan): FindPlan['plan'] {
    const [field] = this.session.context.snapshot.entitySchema(this.#entity).key;
    const isRoot = { kind: 'is-null', operand: { source: 0, through: this.#parent, field: field! } } as const;
    return { ...plan, where: plan.where ? { kind: 'and', terms: [plan.where, isRoot] } : isRoot };
  }

  /** The records at some ordinals, but for soft-deleted ones. */
  #among(ordinals: readonly number[], options: FindTreeOptions | undefined, as: ResultKind): Answer<ObjectLiteral[]> {
    const found = this.#plan(options);
    return this.session.reads.records(
      found,
      as,
      runPlan(this.session.context.snapshot, { ...found.plan, among: ordinals }),
    );
  }

  #planned(ordinals: readonly number[]): Uint32Array {
    const { plan } = this.#plan(undefined);
    return runPlan(this.session.context.snapshot, { ...plan, among: ordinals }).ordinals;
  }

  /** Trees of records: each level's children are nodes of a join of its own. */
  #proxyTrees(found: FindPlan, ordinals: ArrayLike<number>, options: FindTreeOptions | undefined): ObjectLiteral[] {
    const { snapshot, strictRelations } = this.session.context;
    const relation = this.#children;
    if (relation === undefined)
      throw queryUnsupported(this.#entity, undefined, 'trees of a class without @TreeChildren', 'Declare it.');
    const shown = new Set(this.#planned(Array.from(ordinals, (ordinal) => this.#treeBelow(ordinal)).flat()));
    const depth = options?.depth ?? -1;
    let levels = 0;
    const nodeOf = (ordinal: number, level: number): ResultNode => {
      levels = Math.max(levels, level);
      const children = level === depth ? [] : this.#childrenOf(ordinal).filter((child) => shown.has(child));
      return { ordinal, joined: { [level + 1]: children.map((child) => nodeOf(child, level + 1)) } };
    };
    const nodes = Array.from(ordinals, (ordinal) => nodeOf(ordinal, 0));
    const joins: Join[] = Array.from({ length: levels + 1 }, (_, parent) => ({
      parent,
      relation,
      kind: 'left',
    }));
    const related = relationTreeOf(found, this.session.planner, strictRelations);
    let asked: RelationTree = { ...related, [relation]: true };
    for (let level = 0; level < levels; level++) asked = { ...related, [relation]: asked };
    return snapshot.byOrdinal.proxiesOfNodes(this.#entity, nodes, joins, asked);
  }

  /** For each node its key and its parent's, as TypeORM reads them from the rows. */
  #relationMaps(ordinals: ArrayLike<number>): { id: unknown; parentId: unknown }[] {
    const { snapshot } = this.session.context;
    const [joinColumn] = this.metadata.treeParentRelation!.joinColumns;
    const referenced = joinColumn!.referencedColumn ?? this.metadata.primaryColumns[0]!;
    const read = snapshot.byOrdinal.valueReader(this.#entity, referenced.propertyPath);
    return Array.from(ordinals, (ordinal) => {
      const [parent] = this.#parentOf(ordinal);
      return { id: read(ordinal), parentId: parent === undefined ? null : read(parent) };
    });
  }

  /** The same for a tree that is built of them. Throws QUERY_UNSUPPORTED for nodes that are reached twice: they go round in a circle. */
  #treeBelow(ordinal: number): number[] {
    const ordinals = this.#below(ordinal);
    let childCount = 0;
    for (const node of ordinals) childCount += this.#childrenOf(node).length;
    if (childCount < Math.max(1, ordinals.length)) return ordinals;
    throw this.#circle();
  }

  /** Throws QUERY_UNSUPPORTED for a tree that TypeORM reads otherwise than by the parents of its nodes. */
  #requireStraight(): void {
    if (!this.#isCrooked) return;
    throw queryUnsupported(
      this.#entity,
      this.#parent,
      `what is above or below a node of a tree whose ${STRUCTURES[this.metadata.treeType!]} did not agree with the parents of its nodes`,
      'Correct it in the database, and export again.',
    );
  }

  #circle(): Error {
    return queryUnsupported(
      this.#entity,
      this.#parent,
      'a tree of which a node is below itself, or below two others,',
      'Correct it in the database, and export again.',
    );
  }

  /** Level by level. */
  #below(ordinal: number): number[] {
    this.#requireStraight();
    const found = new Set(ordinal < 0 ? [] : [ordinal]);
    for (const node of found) for (const child of this.#childrenOf(node)) found.add(child);
    return [...found];
  }

  #above(ordinal: number): number[] {
    this.#requireStraight();
    const found = new Set<number>();
    for (let node = ordinal; node >= 0 && !found.has(node); ) {
      found.add(node);
      node = this.#parentOf(node)[0] ?? -1;
    }
    return [...found];
  }

  /**
   * TypeORM's paths are asked for by the class and without deleted nodes, its nested sets without deleted nodes, its closure tables for any
   * node; an adjacency list is read as these are.
   */
  #ordinalOf(entity: ObjectLiteral): number {
    const { treeType } = this.metadata;
    const isOfPath = treeType === 'materialized-path';
    const { plan } = this.session.planner.plan(
      isOfPath ? this.metadata : tableMetadataOf(this.metadata),
      {
        where: this.metadata.getEntityIdMap(entity) ?? {},
        withDeleted: !isOfPath && treeType !== 'nested-set',
        loadEagerRelations: false,
      },
      'findDescendants',
    );
    return runPlan(this.session.context.snapshot, plan).ordinals[0] ?? -1;
  }
}

/** The children of nodes, gathered at first use from the parents of all. */
function childrenByParents(
  count: number,
  parentOf: (ordinal: number) => readonly number[],
): (ordinal: number) => readonly number[] {
  let children: Map<number, number[]> | undefined;
  return (ordinal) => {
    if (!children) {
      children = new Map();
      for (let node = 0; node < count; node++)
        for (const parent of parentOf(node)) {
          const siblings = children.get(parent);
          if (siblings) siblings.push(node);
          else children.set(parent, [node]);
        }
    }
    return children.get(ordinal) ?? [];
  };
}
