/** Chooses the column setter of a field: once per column, never per value. */
import { type SlotKind, scalarSlotKind, slotSizes } from '../../layout/layout';
import { elementField, mapKeyField } from '../../schema/collections';
import type { FieldSchema } from '../../schema/schema';
import { ArraySetter } from './array-setter';
import { MapSetter, SetSetter, WrittenValue } from './collection-setters';
import type { ColumnSetter, SetterPlace } from './column-setter';
import { BytesSetter, DecimalSetter, TextSetter, UuidSetter } from './heap-setters';
import { EnumSetter, FloatSetter, Int32Setter, Int64Setter, IntervalSetter, TimeSetter } from './scalar-setters';

export function makeSetter(field: FieldSchema, kind: SlotKind, at: SetterPlace): ColumnSetter {
  switch (kind) {
    case 'int64':
    case 'uint64':
    case 'timestamp':
      return new Int64Setter(field, at);
    case 'time':
      return new TimeSetter(field, at);
    case 'interval':
      return new IntervalSetter(field, at);
    case 'enum8':
    case 'enum16':
      return new EnumSetter(field, at, slotSizes[kind]);
    case 'float32':
    case 'float64':
      return new FloatSetter(field, at);
    case 'heap-text':
    case 'table-text':
      return new TextSetter(field, at);
    case 'heap-bytes':
      return new BytesSetter(field, at);
    case 'uuid':
      return new UuidSetter(field, at);
    case 'decimal':
      return new DecimalSetter(field, at);
    case 'array': {
      const list = listSetter(elementField(field), at, field);
      return field.set ? new SetSetter(field, at, list) : list;
    }
    case 'map': {
      const half = (element: FieldSchema) => {
        const written = new WrittenValue();
        const setter = listSetter(element, { target: written, slotOffset: 0, bit: 0, place: at.place, heap: written });
        return { field: element, setter, written };
      };
      return new MapSetter(field, at, half(mapKeyField(field)), half(elementField(field)));
    }
    default:
      return new Int32Setter(field, at, slotSizes[kind]);
  }
}

/** A setter of lists of `element`; `field` is what it says it is of. */
function listSetter(
  element: FieldSchema,
  at: SetterPlace,
  field: FieldSchema = { ...element, array: true },
): ArraySetter {
  const elementKind = scalarSlotKind(element.type, element.values?.length ?? 0, false);
  return new ArraySetter(field, at, elementKind, (elementAt) => makeSetter(element, elementKind, elementAt));
}
