/** Chooses the column setter of a field: once per column, never per value. */
import { type SlotKind, scalarSlotKind, slotSizes } from '../../layout/layout';
import type { ValuePlace } from '../../schema/canonical';
import { elementField, mapKeyField } from '../../schema/collections';
import type { FieldSchema } from '../../schema/schema';
import type { StringTableBuilder } from '../../structure/string-table';
import { ArraySetter } from '../array-setter';
import { largeValueHeap } from '../large-values';
import type { TextPlace } from '../text-places';
import { MapSetter, SetSetter, WrittenValue } from './collection-setters';
import type { ColumnSetter, HeapTarget, SlotTarget } from './column-setter';
import { BytesSetter, DecimalSetter, TextSetter, UuidSetter } from './heap-setters';
import { EnumSetter, FloatSetter, Int32Setter, Int64Setter, IntervalSetter, TimeSetter } from './scalar-setters';

export interface SetterPlace {
  readonly target: SlotTarget;
  readonly slotOffset: number;
  readonly bit: number;
  readonly place: ValuePlace;
  readonly heap: HeapTarget;
  readonly stringTable?: StringTableBuilder;
  /** Where the generation before has the field's text. */
  readonly previous?: TextPlace;
}

export function makeSetter(
  field: FieldSchema,
  kind: SlotKind,
  { target, slotOffset, bit, place, heap, stringTable, previous }: SetterPlace,
): ColumnSetter {
  switch (kind) {
    case 'int64':
    case 'uint64':
    case 'timestamp':
      return new Int64Setter(field, target, slotOffset, bit, place);
    case 'time':
      return new TimeSetter(field, target, slotOffset, bit, place);
    case 'interval':
      return new IntervalSetter(field, target, slotOffset, bit, place);
    case 'enum8':
    case 'enum16':
      return new EnumSetter(field, target, slotOffset, bit, place, slotSizes[kind]);
    case 'float32':
    case 'float64':
      return new FloatSetter(field, target, slotOffset, bit, place);
    case 'heap-text':
    case 'table-text':
      return new TextSetter(field, target, slotOffset, bit, place, largeValueHeap(field, heap), stringTable, previous);
    case 'heap-bytes':
      return new BytesSetter(field, target, slotOffset, bit, place, heap);
    case 'uuid':
      return new UuidSetter(field, target, slotOffset, bit, place);
    case 'decimal':
      return new DecimalSetter(field, target, slotOffset, bit, place, heap);
    case 'array': {
      const list = listSetter(elementField(field), { target, slotOffset, bit, place, heap }, field);
      return field.set ? new SetSetter(field, target, slotOffset, bit, place, list) : list;
    }
    case 'map': {
      const half = (element: FieldSchema) => {
        const written = new WrittenValue();
        const setter = listSetter(element, { target: written, slotOffset: 0, bit: 0, place, heap: written });
        return { field: element, setter, written };
      };
      return new MapSetter(
        field,
        target,
        slotOffset,
        bit,
        place,
        heap,
        half(mapKeyField(field)),
        half(elementField(field)),
      );
    }
    default:
      return new Int32Setter(field, target, slotOffset, bit, place, slotSizes[kind]);
  }
}

/** A setter of lists of `element`; `field` is what it says it is of. */
function listSetter(
  element: FieldSchema,
  { target, slotOffset, bit, place, heap }: SetterPlace,
  field: FieldSchema = { ...element, array: true },
): ArraySetter {
  const elementKind = scalarSlotKind(element.type, element.values?.length ?? 0, false);
  return new ArraySetter(
    field,
    target,
    slotOffset,
    bit,
    place,
    heap,
    elementKind,
    (elementTarget, elementHeap, elementPlace) =>
      makeSetter(element, elementKind, {
        target: elementTarget,
        slotOffset: 0,
        bit: 0,
        place: elementPlace,
        heap: elementHeap,
      }),
  );
}
