/** One field of many records, read without a proxy each: the getter of the proxies, over a state that is pointed at one record after another. */
import { unknownMember } from '../schema/unknown-member';
import type { ProxyTable } from './proxy-table';
import { RecordState, STATE } from './record-state';

/** Throws FIELD_UNKNOWN. */
export function valueReaderOf(table: ProxyTable, path: string): (ordinal: number) => unknown {
  const { records, proxyClass } = table;
  const read = proxyClass.readers.get(path);
  if (!read) throw unknownMember(records.entity, path, 'field', [...proxyClass.readers.keys()]);
  const state = new RecordState(table, 0, 0, undefined);
  const self = { [STATE]: state };
  return (ordinal) => {
    records.checkRecord(ordinal);
    state.ordinal = ordinal;
    return read.call(self);
  };
}
