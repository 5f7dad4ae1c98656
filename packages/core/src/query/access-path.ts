/**
 * Which records can satisfy a condition at all, told by keys, ranges of them and indexes: those of the entity asked for, or those of another
 * row source that the schema leads back from. The condition itself is still to be tested; this only saves looking at the rest.
 */
import { isPermafrostError } from '../errors';
import type { RecordTable } from '../reader/record-table';
import { pathTextOf } from '../schema/embedded';
import { type FieldSchema, indexFields, keyFields } from '../schema/schema';
import { conjunctsOf } from './condition-parts';
import { keyRange, type OrdinalRun } from './key-range';
import type { Expression, FieldReference, PlanExplanation } from './plan';
import type { PlanSources } from './plan-sources';
import { wayBack } from './record-link';

export interface AccessPath {
  readonly access: PlanExplanation['access'];
  readonly index?: readonly string[];
  /** The only ordinals that can satisfy the condition, ascending; undefined for all, or all of `run`. */
  readonly candidates?: readonly number[];
  /** The only ordinals that can satisfy it, where they lie one beside another. */
  readonly run?: OrdinalRun;
}

const scan: AccessPath = { access: 'scan' };
const nothing: AccessPath = { access: 'none', candidates: [] };

/** Only those given, where some are; else every alternative must name a key or index, else all records are to be looked at. */
export function accessPath(sources: PlanSources, where: Expression | undefined): AccessPath {
  const { among } = sources.plan;
  if (among) return { access: 'given', candidates: rising(Array.from(among)) };
  if (where === undefined) return scan;
  if (where.kind === 'or') return pathOfAlternatives(sources, where.terms);
  const named = pathOfAlternatives(sources, [where]);
  const count = named.candidates?.length ?? sources.table.recordCount;
  const run = count > 1 ? keyRange(sources.sources[0]!, conjunctsOf(where)) : undefined;
  if (!run || run.end - run.first >= count) return named;
  return run.first < run.end ? { access: 'key', run } : nothing;
}

function pathOfAlternatives(sources: PlanSources, alternatives: readonly Expression[]): AccessPath {
  const paths: Found[] = [];
  for (const alternative of alternatives) {
    const path = pathOfAlternative(sources, conjunctsOf(alternative));
    if (path === undefined) return scan;
    if (path !== 'none') paths.push(path);
  }
  const [first] = paths;
  if (!first) return nothing;
  const isOne = paths.length === 1 && first.ordinals.length <= 1;
  const candidates = isOne ? first.ordinals : rising(paths.flatMap(({ ordinals }) => ordinals));
  const index = paths.find(({ access }) => access === 'index')?.index;
  return { access: index ? 'index' : 'key', ...(index ? { index } : {}), candidates };
}

/** Each once, ascending. */
function rising(ordinals: readonly number[]): number[] {
  return [...new Set(ordinals)].sort((a, b) => a - b);
}

interface Found {
  readonly access: 'key' | 'index';
  readonly index?: readonly string[];
  readonly ordinals: readonly number[];
}

/** The values that terms allow the fields of one table, whose records lead to those asked for. */
interface Named {
  readonly table: RecordTable;
  readonly values: Map<string, readonly unknown[]>;
  /** From one of its records to those of the entity asked for; undefined for the entity's own. */
  readonly back: ((ordinal: number) => Iterable<number>) | undefined;
  /** The fields by which to name the index that is used: the path to the table. */
  readonly path: string;
}

function pathOfAlternative(sources: PlanSources, terms: readonly Expression[]): Found | 'none' | undefined {
  const named = new Map<string, Named>();
  for (const term of terms) {
    if (term.kind === 'constant' && term.value !== true) return 'none';
    if (term.kind !== 'in' && !(term.kind === 'compare' && term.operator === 'equal')) continue;
    const { source, through, field } = keyOfTarget(sources, term.operand);
    const place = `${source} ${through ?? ''}`;
    if (!named.has(place)) {
      const table = namedTable(sources, source, through);
      if (table) named.set(place, table);
    }
    const values = (term.kind === 'in' ? term.values : [term.value]).filter(
      (value) => value !== null && value !== undefined,
    );
    // Null equals nothing, so that no record satisfies a list without values.
    if (values.length === 0) return 'none';
    const known = named.get(place)?.values;
    if (known && !(known.get(field) && known.get(field)!.length <= values.length)) known.set(field, values);
  }
  let best: Found | undefined;
  for (const [place, table] of named) {
    const found = lookUp(table);
    if (place === '0 ' && found?.access === 'key') return found;
    if (found && (best === undefined || found.ordinals.length < best.ordinals.length)) best = found;
  }
  return best;
}

/** A reference to a relation itself means the key of its target. */
function keyOfTarget(sources: PlanSources, operand: FieldReference): FieldReference {
  const { source, through, field } = operand;
  const { table } = sources.sources[source]!;
  const relation = table.entity.relations.find((one) => pathTextOf(one) === field);
  if (through !== undefined || !relation || relation.targets) return operand;
  const { entity } = table.targetTables(relation)[0]!;
  return entity.key.length === 1 ? { source, through: field, field: pathTextOf(keyFields(entity)[0]!) } : operand;
}

/** Undefined where the schema does not lead back from it. */
function namedTable(sources: PlanSources, source: number, through: string | undefined): Named | undefined {
  const steps: ((ordinal: number) => Iterable<number>)[] = [];
  const names: string[] = [];
  let { table } = sources.sources[source]!;
  if (through !== undefined) {
    const relation = table.entity.relations.find((one) => pathTextOf(one) === through && one.kind === 'to-one');
    const back = relation && wayBack(table, relation);
    if (!relation || !back) return undefined;
    steps.push(back);
    names.unshift(through);
    table = table.targetTables(relation)[0]!;
  }
  for (let at = source; at > 0; ) {
    const { parent, link } = sources.joins[at - 1]!;
    const back = wayBack(sources.sources[parent]!.table, link.relation);
    if (!back) return undefined;
    steps.push(back);
    names.unshift(pathTextOf(link.relation));
    at = parent;
  }
  return { table, values: new Map(), path: names.join('.'), back: steps.length === 0 ? undefined : chained(steps) };
}

function chained(steps: readonly ((ordinal: number) => Iterable<number>)[]): (ordinal: number) => Iterable<number> {
  return (ordinal) => {
    let found = new Set([ordinal]);
    for (const step of steps) {
      const next = new Set<number>();
      for (const one of found) for (const owner of step(one)) next.add(owner);
      found = next;
    }
    return found;
  };
}

/** The fewest records that key and indexes leave. */
function lookUp(named: Named): Found | undefined {
  const { table, values, back, path } = named;
  const { entity } = table;
  const found = (fields: readonly string[], ordinals: readonly number[]): Found => {
    if (!back) return { access: 'index', index: fields, ordinals };
    const owners = new Set<number>();
    for (const ordinal of ordinals) for (const owner of back(ordinal)) owners.add(owner);
    return { access: 'index', index: fields.map((field) => `${path}.${field}`), ordinals: [...owners] };
  };
  const keys = combinations(keyFields(entity).map(pathTextOf), values);
  if (keys && keyFields(entity).every(isByBytes)) {
    const ordinals = looked(keys, (key) => {
      const ordinal = table.keyLookup.ordinalOf(key);
      return ordinal < 0 ? [] : [ordinal];
    });
    if (ordinals) return back ? found(entity.key, ordinals) : { access: 'key', ordinals };
  }
  let best: { readonly fields: readonly string[]; readonly ordinals: readonly number[] } | undefined;
  for (const [number, index] of entity.indexes.entries()) {
    if (!indexFields(entity, index).every(isByBytes)) continue;
    const fields = indexFields(entity, index).map(pathTextOf);
    const lists = combinations(fields, values);
    const ordinals = lists && looked(lists, (list) => table.indexLookup(number).findAll(list));
    if (ordinals && (best === undefined || ordinals.length < best.ordinals.length)) best = { fields, ordinals };
    if (best && index.unique) break;
  }
  return best && found(best.fields, best.ordinals);
}

/** Whether the database calls two values equal only where their bytes are the same, which is what lookups compare. */
function isByBytes({ looseEquality }: FieldSchema): boolean {
  return !looseEquality;
}

/** What to look up for fields that all have values, one list a lookup; several values only where there is one field. */
function combinations(
  fields: readonly string[],
  values: ReadonlyMap<string, readonly unknown[]>,
): unknown[][] | undefined {
  const lists = fields.map((field) => values.get(field));
  if (lists.some((list) => list === undefined)) return undefined;
  if (fields.length === 1) return lists[0]!.map((value) => [value]);
  return lists.every((list) => list!.length === 1) ? [lists.map((list) => list![0])] : undefined;
}

/** Undefined for values that the condition takes and lookups do not. */
function looked(lists: readonly unknown[][], find: (list: unknown[]) => readonly number[]): number[] | undefined {
  try {
    return lists.flatMap(find);
  } catch (error) {
    if (isPermafrostError(error) && error.code === 'KEY_INVALID') return undefined;
    throw error;
  }
}
