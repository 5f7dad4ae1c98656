/**
 * A plan bound to a snapshot: its row sources with their tables, how each join is followed, and which joins decide what the answer is.
 * A join that no condition and no order uses, and that drops no row, is followed only when a result's nodes are looked at.
 */
import { describeValue, PermafrostError } from '../errors';
import type { Snapshot } from '../proxy/snapshot';
import type { RecordTable } from '../reader/record-table';
import { recordsNamed } from '../reader/subtype-reader';
import { pathTextOf } from '../schema/embedded';
import { unknownMember } from '../schema/unknown-member';
import { compileExpression, type RowSource, sourcesOf } from './expressions/compile-expression';
import type { Expression, Join, Plan } from './plan';
import { type Link, linkOf } from './record-link';

/** Row source 0 with which of its table's records are asked for, and what is joined to it. */
export interface PlanSources {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
  readonly table: RecordTable;
  /** Of a subtype: whether a record is of it. */
  readonly isMember: ((ordinal: number) => boolean) | undefined;
  /** All row sources, as conditions know them. */
  readonly sources: readonly RowSource[];
  readonly joins: readonly JoinedSource[];
  /** The joins that hang on each row source, by its number. */
  readonly below: readonly (readonly JoinedSource[])[];
}

/** A row source that is joined to another. */
export interface JoinedSource {
  readonly number: number;
  readonly parent: number;
  readonly join: Join;
  readonly table: RecordTable;
  readonly link: Link;
  /** Whether a target counts, given a row with it in its place. */
  readonly on: ((row: Int32Array) => boolean) | undefined;
  /** Whether every row of the parent has a target. */
  readonly isSure: boolean;
}

/** Throws ENTITY_UNKNOWN, FIELD_UNKNOWN, QUERY_UNSUPPORTED, SNAPSHOT_CLOSED, and TypeError for a join or window that cannot be. */
export function sourcesOfPlan(snapshot: Snapshot, plan: Plan): PlanSources {
  const { reader } = snapshot;
  const { table, isMember } = recordsNamed(reader, plan.entity);
  reader.requireOpen(plan.entity);
  checkWindow(plan);
  const sources: RowSource[] = [sourceOf(snapshot, table)];
  const below: JoinedSource[][] = [[]];
  const joins: JoinedSource[] = [];
  for (const [place, join] of (plan.joins ?? []).entries()) {
    const number = place + 1;
    if (!Number.isInteger(join.parent) || join.parent < 0 || join.parent >= number)
      throw new TypeError(
        `Plan: join ${number} hangs on row source ${describeValue(join.parent)}, but those before it are 0 to ${place}. Put parents first.`,
      );
    const parent = sources[join.parent]!.table;
    const link = linkOf(parent, relationNumberOf(parent, join.relation));
    sources.push(sourceOf(snapshot, link.target));
    const on = join.on && compileExpression(sources, join.on);
    const joined: JoinedSource = {
      number,
      parent: join.parent,
      join,
      table: link.target,
      link,
      on: on && ((row) => on(row) === 1),
      isSure:
        !link.isToMany && !link.relation.nullable && !join.on && (join.parent === 0 || joins[join.parent - 1]!.isSure),
    };
    joins.push(joined);
    below.push([]);
    below[join.parent]!.push(joined);
  }
  return { snapshot, plan, table, isMember, sources, joins, below };
}

/** What of a plan its answer depends on. */
export interface Need {
  readonly where?: Expression | undefined;
  readonly order?: Plan['order'];
  /** Whether each row counts, so that joins which only multiply rows matter too. */
  readonly rows?: boolean;
}

/** The joins that decide which records or rows there are and in what order; parents come first. */
export function neededJoins({ joins }: PlanSources, need: Need): JoinedSource[] {
  const used = need.where ? sourcesOf(need.where) : new Set<number>();
  for (const { source } of need.order ?? []) used.add(source);
  for (const { number, join, link, isSure } of joins) {
    if ((join.kind === 'inner' && !isSure) || (need.rows && link.isToMany)) used.add(number);
  }
  for (const { number, parent } of joins.toReversed()) if (used.has(number)) used.add(parent);
  return joins.filter(({ number }) => used.has(number));
}

function sourceOf(snapshot: Snapshot, table: RecordTable): RowSource {
  return { table, valueReader: (entity, path) => snapshot.byOrdinal.valueReader(entity, path) };
}

function relationNumberOf({ entity }: RecordTable, name: string): number {
  const number = entity.relations.findIndex((relation) => pathTextOf(relation) === name);
  if (number < 0) throw unknownMember(entity, name, 'relation', entity.relations.map(pathTextOf));
  const { targets } = entity.relations[number]!;
  if (!targets) return number;
  throw new PermafrostError(
    'QUERY_UNSUPPORTED',
    `${entity.name}.${name} leads to one of several entities (${targets.join(', ')}), which a row source cannot be. Follow it on the records found.`,
    { entity: entity.name, field: name },
  );
}

function checkWindow({ skip = 0, take = Number.POSITIVE_INFINITY }: Plan): void {
  for (const [name, count] of [
    ['skip', skip],
    ['take', take === Number.POSITIVE_INFINITY ? 0 : take],
  ] as const) {
    if (!(Number.isSafeInteger(count) && count >= 0))
      throw new TypeError(
        `Plan: \`${name}\` is a number of records, 0 or more; found ${describeValue(count)}. Leave it out for ${name === 'skip' ? 'none' : 'all'}.`,
      );
  }
}
