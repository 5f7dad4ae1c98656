/** Conditions on rows, of the kinds that snapshots answer so far: the logic of SQL over tests of single records. */
import { PermafrostError } from '../errors';
import type { RecordTable } from '../reader/record-table';
import type { Expression, FieldReference } from './plan';
import { predicateOf } from './predicate';

/** False, true, unknown. */
export type Truth = 0 | 1 | 2;

export interface RowSource {
  readonly table: RecordTable;
  /** Reads a field's values, by its path, as the snapshot was opened to give them. */
  readonly valueReader?: (entity: string, path: string) => (ordinal: number) => unknown;
}

export function compileExpression(sources: readonly RowSource[], expression: Expression): (row: Int32Array) => Truth {
  switch (expression.kind) {
    case 'and':
    case 'or': {
      const tests = expression.terms.map((term) => compileExpression(sources, term));
      const decisive = expression.kind === 'and' ? 0 : 1;
      return (row) => {
        let truth: Truth = decisive === 0 ? 1 : 0;
        for (const test of tests) {
          const found = test(row);
          if (found === decisive) return decisive;
          if (found === 2) truth = 2;
        }
        return truth;
      };
    }
    case 'not': {
      const test = compileExpression(sources, expression.term);
      return (row) => [1, 0, 2][test(row)] as Truth;
    }
    case 'constant': {
      const truth = expression.value === null ? 2 : expression.value ? 1 : 0;
      return () => truth;
    }
    case 'is-missing':
      return (row) => (row[expression.source]! < 0 ? 1 : 0);
    case 'is-null': {
      const held = heldTest(sources, expression.operand);
      return (row) => (held(row) ? 0 : 1);
    }
    case 'compare':
      if (expression.operator !== 'equal' && expression.operator !== 'not-equal') throw unsupported(expression.kind);
      return equality(sources, expression.operand, [expression.value], expression.operator === 'not-equal');
    case 'in':
      return equality(sources, expression.operand, expression.values, false);
    case 'test': {
      const readers = expression.operands.map(({ source, field }) => {
        const read = sources[source]!.valueReader!(sources[source]!.table.entity.name, field);
        return (row: Int32Array) => (row[source]! < 0 ? null : (read(row[source]!) ?? null));
      });
      return (row) => {
        const found = expression.test(...readers.map((read) => read(row)));
        return found === null ? 2 : found ? 1 : 0;
      };
    }
    default:
      throw unsupported(expression.kind);
  }
}

function equality(
  sources: readonly RowSource[],
  operand: FieldReference,
  values: readonly unknown[],
  negated: boolean,
): (row: Int32Array) => Truth {
  const { source, field } = operand;
  const held = heldTest(sources, operand);
  const test = predicateOf(sources[source]!.table, [{ field, operator: 'in', values }]);
  const hasNull = values.some((value) => value === null);
  return (row) => {
    if (values.length === 0) return 0;
    if (!held(row)) return 2;
    const isEqual = test(row[source]!);
    if (!isEqual && hasNull) return 2;
    return isEqual !== negated ? 1 : 0;
  };
}

function heldTest(
  sources: readonly RowSource[],
  { source, field, through }: FieldReference,
): (row: Int32Array) => boolean {
  if (through !== undefined) throw unsupported('fields of references');
  const { table } = sources[source]!;
  const name = table.entity.fields.find(({ path, name }) => (path?.join('.') ?? name) === field)?.name ?? field;
  return (row) => row[source]! >= 0 && table.keyLookup !== undefined && hasValue(table, name, row[source]!);
}

function hasValue(table: RecordTable, name: string, ordinal: number): boolean {
  const { bit } = table.slotOf(name);
  return (table.bytes[ordinal * table.stride + (bit >>> 3)]! & (1 << (bit & 7))) !== 0;
}

function unsupported(what: string): PermafrostError {
  return new PermafrostError(
    'QUERY_UNSUPPORTED',
    `Snapshots do not answer conditions of kind "${what}" yet. Filter the results, or ask the database.`,
  );
}
