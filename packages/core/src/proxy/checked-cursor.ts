/**
 * The cursor of development mode: a new object at each step of a scan, the one before made stale, so that code which keeps a cursor
 * fails where it reads it instead of reading another record. A stale cursor looks at zeros, which sends every getter to its slow path,
 * and that asks a table which refuses. Getters and the scan of production know nothing of it.
 */
import { PermafrostError } from '../errors';
import type { ProxyTable } from './proxy-table';
import { stateOf } from './record-state';

/** Every record in key order, each cursor readable until the next step or the end of the loop. Cost: about 50 ns a record over the plain scan. */
export function* checkedScan(table: ProxyTable): IterableIterator<object> {
  const { recordCount } = table.records;
  const staleTable = staleTableOf(table);
  for (let ordinal = 0; ordinal < recordCount; ordinal++) {
    if (!table.holds(ordinal)) continue;
    const cursor = table.proxyOf(ordinal);
    try {
      yield cursor;
    } finally {
      const state = stateOf(cursor)!;
      state.view = staleTable.view;
      state.ordinal = 0;
      state.links = undefined;
      state.table = staleTable;
    }
  }
}

/** The table with one record of zeros that throws when it is looked at, and when it is asked which table it is. */
function staleTableOf(table: ProxyTable): ProxyTable {
  const { entity } = table.records;
  const refuse = (): never => {
    throw new PermafrostError(
      'CURSOR_STALE',
      `${entity.name}: a cursor of scan() was read after the scan had moved on. Keep materialize(it), or take records from all(), which gives each its own.`,
      { entity: entity.name },
    );
  };
  const records = Object.create(table.records, { checkRecord: { value: refuse }, entityId: { get: refuse } });
  return Object.create(table, {
    records: { value: records },
    view: { value: zerosLike(table.view, table.stride) },
    isStale: { value: true },
  });
}

/** Zeros in a buffer of the kind that getters know: one of another kind would slow them for good. */
function zerosLike({ buffer }: DataView, size: number): DataView {
  const growable = 'growable' in buffer && buffer.growable === true;
  return new DataView(growable ? new SharedArrayBuffer(size, { maxByteLength: size }) : new ArrayBuffer(size), 0, size);
}
