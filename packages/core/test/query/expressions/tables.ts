/** Records with one field to ask about, and what conditions say of each. */
import { createSnapshot, defineSchema, type FieldDefinition, type IndexDefinition, openSnapshot } from '../../../src';
import { compileExpression } from '../../../src/query/expressions/compile-expression';
import type { Expression } from '../../../src/query/plan';
import type { RecordTable } from '../../../src/reader/record-table';
import { MemoryStorage } from '../../support/memory-storage';

/** The records of an entity with an id, from 0 on, and a field `value`; `ranks` are those of the values. */
export async function tableOf(
  field: Omit<FieldDefinition, 'name'>,
  values: readonly unknown[],
  { indexes = [], ranks }: { indexes?: readonly IndexDefinition[]; ranks?: readonly number[] } = {},
): Promise<RecordTable> {
  const storage = new MemoryStorage();
  const fields: FieldDefinition[] = [
    { name: 'id', type: 'int32' },
    { nullable: true, ...field, name: 'value' },
  ];
  const schema = defineSchema([{ name: 'E', key: ['id'], fields, indexes }]);
  const writer = createSnapshot({ path: 'm/x', schema, storage });
  const table = writer.table('E');
  const [id, value] = [table.column('id'), table.column('value')];
  const rank = ranks && table.rank('value');
  for (const [place, given] of values.entries()) {
    table.beginRecord();
    id.setInt32(place);
    value.setValue(given);
    rank?.setInt32(ranks![place]!);
    table.endRecord();
  }
  await writer.finish();
  const { reader } = await openSnapshot('m/x', { storage });
  return reader.tableByName('E');
}

/** For each record, in order: f, t or u. */
export function truths(table: RecordTable, expression: Expression): string {
  const test = compileExpression([{ table }], expression);
  return Array.from({ length: table.recordCount }, (_, ordinal) => {
    table.checkRecord(ordinal);
    return 'ftu'[test(Int32Array.of(ordinal))];
  }).join('');
}
