/** The obviously right twin of the query engine: SQL's joins, conditions and order as nested loops over plain objects, grouped as ORMs do. */
import type { Comparison, EntityDefinition, Expression, FieldReference, Plan } from '../../src';

export type Row = Record<string, unknown>;

/** Plain records by entity, in key order; relations as the writer takes them: keys, and lists of keys. */
export type Tables = { readonly [entity: string]: readonly Row[] };

export interface ModelNode {
  readonly id: unknown;
  readonly joined: { readonly [source: number]: ModelNode[] };
}

/** Answers plans over plain records whose key is `id`. */
export class PlanModel {
  constructor(
    private readonly entities: readonly EntityDefinition[],
    private readonly tables: Tables,
  ) {}

  /** Rows that satisfy the plan, in its order. */
  rows(plan: Plan): (Row | null)[][] {
    const names = [plan.entity];
    let rows: (Row | null)[][] = this.tables[plan.entity]!.map((row) => [row]);
    for (const join of plan.joins ?? []) {
      const parent = names[join.parent]!;
      names.push(this.#relation(parent, join.relation).target!);
      const own = names.length - 1;
      rows = rows.flatMap((row) => {
        const owner = row[join.parent]!;
        const counts = (target: Row) =>
          !join.on || this.truth(names, Object.assign([], { [own]: target }), join.on) === true;
        const all = owner ? this.targets(parent, owner, join.relation) : [];
        const leavesGaps = join.leavesGaps && join.kind === 'left';
        const targets = leavesGaps ? all.map((target) => (counts(target) ? target : null)) : all.filter(counts);
        if (targets.length > 0) return targets.map((target) => [...row, target]);
        return join.kind === 'inner' ? [] : [[...row, null]];
      });
    }
    if (plan.where) rows = rows.filter((row) => this.truth(names, row, plan.where!) === true);
    const compare = (a: (Row | null)[], b: (Row | null)[]) => {
      for (const term of plan.order ?? []) {
        const [x, y] = [this.value(names, a, term), this.value(names, b, term)];
        if (x === null && y === null) continue;
        if (x === null || y === null) return (x === null) === (term.nulls === 'first') ? -1 : 1;
        const order = compareValues(x, y);
        if (order !== 0) return term.direction === 'ascending' ? order : -order;
      }
      return 0;
    };
    return rows
      .map((row, place) => ({ row, place }))
      .sort((a, b) => compare(a.row, b.row) || a.place - b.place)
      .map(({ row }) => row);
  }

  /** The records asked for, each with what its rows lead to. */
  nodes(plan: Plan): ModelNode[] {
    const { skip = 0, take = Number.POSITIVE_INFINITY } = plan;
    return this.#group(plan, this.rows(plan), 0).slice(skip, skip + take);
  }

  #group(plan: Plan, rows: readonly (Row | null)[][], source: number): ModelNode[] {
    const groups = new Map<Row, (Row | null)[][]>();
    for (const row of rows) if (row[source]) groups.set(row[source], [...(groups.get(row[source]) ?? []), row]);
    return [...groups].map(([record, own]) => ({
      id: record['id'],
      joined: Object.fromEntries(
        (plan.joins ?? []).flatMap((join, place) =>
          join.parent === source ? [[place + 1, this.#group(plan, own, place + 1)]] : [],
        ),
      ),
    }));
  }

  targets(entity: string, row: Row, name: string): Row[] {
    const { kind, target, inverse } = this.#relation(entity, name);
    const all = this.tables[target!]!;
    if (inverse !== undefined)
      return all.filter((other) => this.targets(target!, other, inverse).some((found) => found === row));
    const keys = kind === 'to-many' ? (row[name] as unknown[]) : [row[name]];
    return keys.flatMap((key) => all.filter(({ id }) => key !== null && id === key));
  }

  /** null is unknown. */
  truth(names: readonly string[], row: readonly (Row | null)[], expression: Expression): boolean | null {
    switch (expression.kind) {
      case 'and':
      case 'or': {
        const found = expression.terms.map((term) => this.truth(names, row, term));
        const decisive = expression.kind === 'or';
        return found.includes(decisive) ? decisive : found.includes(null) ? null : !decisive;
      }
      case 'not': {
        const found = this.truth(names, row, expression.term);
        return found === null ? null : !found;
      }
      case 'constant':
        return expression.value;
      case 'is-null':
        return this.value(names, row, expression.operand) === null;
      case 'is-missing':
        return row[expression.source] === null;
      case 'in': {
        const value = this.value(names, row, expression.operand);
        if (expression.values.length === 0) return false;
        if (value === null) return null;
        if (expression.values.some((one) => one !== null && compareValues(one, value) === 0)) return true;
        return expression.values.includes(null) ? null : false;
      }
      case 'compare': {
        const value = this.value(names, row, expression.operand);
        if (value === null || expression.value === null) return null;
        return this.#compared(value, expression.operator, expression.value);
      }
      case 'target-count': {
        const { source, relation, on, operator, value } = expression;
        const owner = row[source];
        if (!owner) return this.#compared(0, operator, value);
        const target = this.#relation(names[source]!, relation).target!;
        const count = this.targets(names[source]!, owner, relation).filter(
          (one) => !on || this.truth([target], [one], on) === true,
        ).length;
        return this.#compared(count, operator, value);
      }
      case 'test':
        return expression.test(...expression.operands.map((operand) => this.value(names, row, operand)));
      default:
        throw new Error(`The model knows no ${expression.kind}.`);
    }
  }

  value(names: readonly string[], row: readonly (Row | null)[], { source, field, through }: FieldReference): unknown {
    const record = row[source];
    if (!record) return null;
    if (through === undefined && this.#isRelation(names[source]!, field))
      return this.targets(names[source]!, record, field)[0]?.['id'] ?? null;
    if (through === undefined) return record[field] ?? null;
    return this.targets(names[source]!, record, through)[0]?.[field] ?? null;
  }

  #compared(a: unknown, operator: Comparison, b: unknown): boolean {
    const order = compareValues(a, b);
    return {
      equal: order === 0,
      'not-equal': order !== 0,
      less: order < 0,
      'less-or-equal': order <= 0,
      greater: order > 0,
      'greater-or-equal': order >= 0,
    }[operator];
  }

  #isRelation(entity: string, name: string): boolean {
    return this.entities.find((candidate) => candidate.name === entity)!.relations!.some((one) => one.name === name);
  }

  #relation(entity: string, name: string) {
    const definition = this.entities.find((candidate) => candidate.name === entity)!;
    return definition.relations!.find((relation) => relation.name === name)!;
  }
}

/** Numbers with NaN above all, BigInts, and text by its bytes. */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return (a as bigint) < (b as bigint) ? -1 : (a as bigint) > (b as bigint) ? 1 : 0;
}
