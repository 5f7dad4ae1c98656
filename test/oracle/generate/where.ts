/** Conditions: objects (AND), lists (OR), nested to three levels over embedded values and relations, aimed at a row that satisfies them. */
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata';
import type { Chooser } from '../chooser';
import type { Described, OperatorName } from '../described';
import { type ColumnFacts, type EntityFacts, nested, type RowFacts } from './facts';
import { condition, value } from './operands';

export interface WhereContext {
  readonly chooser: Chooser;
  readonly factsOf: (relation: RelationMetadata) => EntityFacts | undefined;
  /** How deep conditions on relations go. */
  readonly mostLevels: number;
  /** Whether they go to the many: from all rows of large tables they would take seconds. */
  readonly goesToMany: boolean;
  /** One condition that must be there: the histogram needs it. */
  readonly wanted?: { readonly column: ColumnFacts; readonly operator: OperatorName };
}

export function where(context: WhereContext, facts: EntityFacts): Described {
  const { chooser, wanted } = context;
  if (chooser.chance(14)) {
    const terms = Array.from({ length: 2 + chooser.below(2) }, (_, place) =>
      conditions(
        place === 0 ? context : ({ ...context, wanted: undefined } as WhereContext),
        facts,
        place === 0 ? witnessOf(context, facts) : undefined,
        1,
      ),
    );
    if (chooser.chance(5)) terms.push({});
    return terms;
  }
  if (!wanted && chooser.chance(2)) return chooser.pick<Described>([{}, [], [{}]]);
  return conditions(context, facts, witnessOf(context, facts), 1);
}

/** The whole key of one row. */
export function whereKey({ chooser }: WhereContext, facts: EntityFacts): Described | undefined {
  if (facts.rows.length === 0 || facts.metadata.primaryColumns.length === 0) return undefined;
  const witness = chooser.pick(facts.rows);
  return merged(
    facts.metadata.primaryColumns.map((column) =>
      nested(column.propertyPath, witness.operands.get(column.propertyPath)![0]),
    ),
  );
}

/** A few keys: what large tables are asked with. */
export function whereFewKeys({ chooser }: WhereContext, facts: EntityFacts): Described {
  const [column] = facts.metadata.primaryColumns;
  const keys = chooser.some(facts.rows, 1 + chooser.below(5)).map((row) => row.operands.get(column!.propertyPath)![0]!);
  return nested(column!.propertyPath, { $: 'In', args: [keys] });
}

/** Prefers rows that hold something where a condition is wanted. */
function witnessOf({ chooser, wanted }: WhereContext, facts: EntityFacts): RowFacts | undefined {
  if (facts.rows.length === 0 || chooser.chance(7)) return undefined;
  let witness = chooser.pick(facts.rows);
  for (let attempt = 0; attempt < 4 && wanted && witness.operands.get(wanted.column.path)!.length === 0; attempt++)
    if (wanted.operator !== 'IsNull') witness = chooser.pick(facts.rows);
  return witness;
}

function conditions(
  context: WhereContext,
  facts: EntityFacts,
  witness: RowFacts | undefined,
  level: number,
): Described {
  const { chooser, wanted } = context;
  const parts: Described[] = [];
  if (wanted && level === 1) parts.push(onColumn(context, facts, witness, wanted.column, wanted.operator));
  const count = chooser.pick(parts.length > 0 ? [0, 0, 0, 1, 1, 2] : [1, 1, 1, 2, 2, 3]);
  for (let number = 0; number < count; number++) {
    const relation =
      level < context.mostLevels && facts.relations.length > 0 && chooser.chance(40)
        ? chooser.pick(facts.relations)
        : undefined;
    const part = relation ? onRelation(context, witness, relation, level) : onAnyColumn(context, facts, witness);
    if (part !== undefined) parts.push(part);
  }
  return merged(parts);
}

function onAnyColumn(context: WhereContext, facts: EntityFacts, witness: RowFacts | undefined): Described | undefined {
  const usable = facts.columns.filter((column) => column.operators.length > 0);
  if (usable.length === 0) return undefined;
  const column = context.chooser.pick(usable);
  return onColumn(context, facts, witness, column, context.chooser.pick(column.operators));
}

function onColumn(
  { chooser }: WhereContext,
  facts: EntityFacts,
  witness: RowFacts | undefined,
  column: ColumnFacts,
  operator: OperatorName,
): Described {
  const aim = { chooser, facts, witness };
  const held = operator === 'Equal' && chooser.chance(20) ? value(aim, column) : condition(aim, column, operator);
  return nested(column.path, held);
}

function onRelation(
  context: WhereContext,
  witness: RowFacts | undefined,
  relation: RelationMetadata,
  level: number,
): Described | undefined {
  const { chooser } = context;
  const path = relation.propertyPath;
  const target = context.factsOf(relation);
  if (!target) return undefined;
  const related = witness?.related.get(path) ?? [];
  const isToMany = relation.isOneToMany || relation.isManyToMany;
  if (isToMany && !context.goesToMany) return undefined;
  const isOwner = relation.isManyToOne || relation.isOneToOneOwner;
  const kind = chooser.below(100);
  if (kind < 1) return nested(path, chooser.pick<Described>([true, 1, 'x', {}, []]));
  if (isOwner && kind < 20) return nested(path, onReference(context, target, related[0], relation));
  if (isToMany && kind < 12) {
    const bound = Math.max(0, related.length + chooser.pick([-1, 0, 0, 1]));
    return nested(path, {
      $: chooser.pick(['MoreThan', 'LessThan', 'MoreThanOrEqual', 'LessThanOrEqual']),
      args: [bound],
    });
  }
  if (witness && related.length === 0 && chooser.chance(80)) return undefined;
  const inner = conditions(
    { ...context, wanted: undefined } as WhereContext,
    target,
    related.length > 0 ? chooser.pick(related) : undefined,
    level + 1,
  );
  return nested(path, inner);
}

/** On the foreign key itself. */
function onReference(
  { chooser }: WhereContext,
  target: EntityFacts,
  related: RowFacts | undefined,
  relation: RelationMetadata,
): Described {
  const isNull: Described = { $: 'IsNull', args: [] };
  if (!related) return isNull;
  const [column] = relation.joinColumns.map((join) => join.referencedColumn!.propertyPath);
  const own = related.operands.get(column!)![0]!;
  if (relation.joinColumns.length > 1 || chooser.chance(30))
    return chooser.pick<Described>([isNull, { $: 'Not', args: [isNull] }]);
  const other = chooser.pick(target.rows).operands.get(column!)![0] ?? own;
  return chooser.pick<Described>([
    { $: 'Equal', args: [own] },
    { $: 'In', args: [[own, other]] },
    { $: 'Not', args: [other] },
    { $: 'Not', args: [{ $: 'In', args: [[other]] }] },
    nested(column!, own),
  ]);
}

/** Members of one object; of two with one name the former, unless both are objects to merge. */
export function merged(parts: readonly Described[]): Described {
  const whole: Record<string, Described> = {};
  for (const part of parts)
    for (const [name, held] of Object.entries(part as Record<string, Described>)) {
      if (!(name in whole)) whole[name] = held;
      else if (isPlain(whole[name]) && isPlain(held)) whole[name] = merged([whole[name], held]);
    }
  return whole;
}

function isPlain(value: Described | undefined): value is Record<string, Described> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('$' in value);
}
