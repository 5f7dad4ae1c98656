/** One field of many records, read without a proxy each: the getter of the proxies, over a state that is pointed at one record after another. */
import { unknownMember } from '../schema/unknown-member';
import type { ProxyTable } from './proxy-table';
import { RecordState, STATE } from './record-state';

/** Of each table one, pointed at the record that any of its readers read last. */
const lastReads = new WeakMap<ProxyTable, { readonly [STATE]: RecordState }>();
const NO_RECORD = -1;

/** Throws FIELD_UNKNOWN. Fields of one record are read fastest one after another: it is then checked once. */
export function valueReaderOf(table: ProxyTable, path: string): (ordinal: number) => unknown {
  const { records, proxyClass } = table;
  const read = proxyClass.readers.get(path);
  if (!read) throw unknownMember(records.entity, path, 'field', [...proxyClass.readers.keys()]);
  let self = lastReads.get(table);
  if (self === undefined) {
    self = { [STATE]: new RecordState(table, NO_RECORD, 0, undefined) };
    lastReads.set(table, self);
  }
  const last = self;
  const state = last[STATE];
  return (ordinal) => {
    if (state.ordinal === ordinal) records.requireOpen();
    else {
      records.checkRecord(ordinal);
      state.ordinal = ordinal;
    }
    return read.call(last);
  };
}
