/** The part of the deep check that looks at text in the heap, in each of the forms that a field's values may have there. */
import { textDefect } from '../bytes/text';
import type { Slot } from '../layout/layout';
import type { FieldSchema } from '../schema/schema';
import { readArrayValue } from '../structure/array-value';
import { PackedJsonBuilder, packedJsonDefect } from '../structure/pack-json';
import { PACKED } from '../structure/packed-json';
import { StoredText } from '../structure/stored-text';
import type { RecordTable } from './record-table';

/** Says why the value of the field's slot at an offset is damaged, or undefined. Only for fields whose text is in the heap. */
export function textChecker(
  table: RecordTable,
  field: FieldSchema,
  slot: Slot,
): ((slotAt: number) => string | undefined) | undefined {
  const isText = field.type === 'text' || field.type === 'json';
  if (!isText || (slot.kind !== 'heap-text' && slot.kind !== 'array')) return undefined;
  const { heap } = table;
  const builder = new PackedJsonBuilder();
  const text = new StoredText(heap, field);
  const defectAt = (view: DataView, slotAt: number, bias: number) => {
    text.locate(view, slotAt, bias);
    const isPacked = field.packed && heap.encoding === PACKED;
    if (isPacked) return packedJsonDefect(heap, heap.start, heap.end, builder);
    return textDefect(text.bytes, text.start, text.end, text.encoding);
  };
  if (slot.kind === 'heap-text') return (slotAt) => defectAt(table.view, slotAt, 0);
  return (slotAt) => {
    let defect: string | undefined;
    readArrayValue(table.view, slotAt, table, 'heap-text', (view, elementAt, _, bias) => {
      defect ??= defectAt(view, elementAt, bias);
    });
    return defect;
  };
}
