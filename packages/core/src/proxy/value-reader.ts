/** One field of many records, read without a proxy each. */
import { testBit } from '../bytes/bitmap';
import type { RecordTable } from '../reader/record-table';
import { unknownMember } from '../schema/unknown-member';
import type { FieldReading } from './field-reading';
import type { ProxyTable } from './proxy-table';

/** Throws FIELD_UNKNOWN. */
export function valueReaderOf(table: ProxyTable, path: string): (ordinal: number) => unknown {
  const { slot, read, convert, takesNull } = readingAt(table, path);
  const { records } = table;
  const { bytes, view, stride } = records;
  const { offset, bit } = slot;
  return (ordinal) => {
    records.checkRecord(ordinal);
    const base = ordinal * stride;
    if (!testBit(bytes, base, bit)) {
      const absent = absentValue(records, ordinal, bit);
      return takesNull ? convert!(absent) : absent;
    }
    const value = read(view, base + offset, records, 0);
    return convert ? convert(value) : value;
  };
}

/** How the field at a path is read. Throws FIELD_UNKNOWN. */
export function readingAt({ records, proxyClass }: ProxyTable, path: string): FieldReading {
  const reading = proxyClass.readings.get(path);
  if (!reading) throw unknownMember(records.entity, path, 'field', [...proxyClass.readings.keys()]);
  return reading;
}

/** What a record without a value gives back: null or undefined. Throws SNAPSHOT_CLOSED. */
export function absentValue(records: RecordTable, ordinal: number, bit: number): null | undefined {
  records.checkRecord(ordinal);
  return testBit(records.bytes, ordinal * records.stride + records.layout.nullBitmapOffset, bit) ? null : undefined;
}
