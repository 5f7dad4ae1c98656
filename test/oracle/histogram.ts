/** How often which operator met which column type, in conditions that were compared. */
import type { DataSource, EntityMetadata } from 'typeorm';
import { type Described, isMade, operatorNames } from './described';
import { type EntityFacts, typeName } from './generate/facts';
import type { Query } from './query';

/** "In × integer" → times. */
export type Histogram = Record<string, number>;

/** Adds the conditions of one query. */
export function count(histogram: Histogram, dataSource: DataSource, metadata: EntityMetadata, query: Query): void {
  const where = /^(sum|average|minimum|maximum)$/.test(query.method)
    ? query.args[1]
    : /By(OrFail)?$/.test(query.method)
      ? query.args[0]
      : (query.args[0] as any)?.where;
  visit(where, metadata, '');

  function visit(part: Described | undefined, entity: EntityMetadata, prefix: string): void {
    if (Array.isArray(part)) for (const term of part) visit(term, entity, prefix);
    else if (typeof part === 'object' && part !== null && !isMade(part))
      for (const [name, held] of Object.entries(part)) {
        const path = prefix === '' ? name : `${prefix}.${name}`;
        const column = entity.findColumnWithPropertyPathStrict(path);
        const relation = entity.findRelationWithPropertyPath(path);
        if (relation) visit(held, relation.inverseEntityMetadata, '');
        else if (column) for (const operator of operatorsOf(held)) add(`${operator} × ${typeName(dataSource, column)}`);
        else visit(held, entity, path);
      }
  }

  function add(pair: string): void {
    // Conditions on foreign keys and the like meet types for which no operator was chosen.
    if (pair in histogram) histogram[pair]! += 1;
  }
}

function operatorsOf(held: Described): readonly string[] {
  // A value by itself is Equal to TypeORM.
  if (!isMade(held) || !operatorNames.includes(held.$ as never)) return ['Equal'];
  return [
    held.$,
    ...held.args.flatMap((inner) =>
      isMade(inner) && operatorNames.includes(inner.$ as never) ? operatorsOf(inner) : [],
    ),
  ];
}

/** Every pair that type-checks in these entities, at zero. */
export function emptyHistogram(facts: readonly EntityFacts[]): Histogram {
  const pairs = facts.flatMap(({ columns }) =>
    columns.flatMap(({ type, operators }) => operators.map((operator) => `${operator} × ${type}`)),
  );
  return Object.fromEntries(pairs.map((pair) => [pair, 0]));
}

/** A line for each type. */
export function printHistogram(histogram: Histogram): string {
  const types = new Map<string, string[]>();
  for (const [pair, times] of Object.entries(histogram)) {
    const [operator, type] = pair.split(' × ') as [string, string];
    types.set(type, [...(types.get(type) ?? []), `${operator} ${times}`]);
  }
  return [...types].map(([type, cells]) => `  ${type}: ${cells.join(', ')}`).join('\n');
}
