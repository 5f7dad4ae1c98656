/** Iterators over records, as classes: a step of a generator takes 20 ns, of these 1–4. They are iterators as JavaScript's own are. */

import type { ProxyTable } from './proxy-table';
import { type RecordState, stateOf } from './record-state';
import type { Family } from './subtype-tables';

const iteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as object;

abstract class RecordIterator {
  static {
    Object.setPrototypeOf(RecordIterator.prototype, iteratorPrototype);
  }

  abstract next(): IteratorResult<object, undefined>;
}

/** The elements of anything that has a length and gives them by place. */
class Elements extends RecordIterator {
  #place = 0;

  constructor(
    private readonly list: { readonly length: number },
    private readonly elementAt: (list: never, place: number) => unknown,
  ) {
    super();
  }

  next(): IteratorResult<object, undefined> {
    if (this.#place >= this.list.length) return { value: undefined, done: true };
    return { value: this.elementAt(this.list as never, this.#place++) as object, done: false };
  }
}

/** The cursor: one proxy, re-pointed at each step. In development mode `checkedScan` takes its place. */
class Scan extends RecordIterator {
  #ordinal = 0;
  /** Records before this one have been checked. */
  #checkedEnd = 0;
  readonly #recordCount: number;
  readonly #cursor: object;
  readonly #state: RecordState;

  constructor(private readonly table: ProxyTable) {
    super();
    this.#recordCount = table.records.recordCount;
    this.#cursor = table.proxyClass.create(table, 0, 0, undefined);
    this.#state = stateOf(this.#cursor)!;
  }

  next(): IteratorResult<object, undefined> {
    const ordinal = this.#ordinal;
    if (ordinal >= this.#recordCount) return { value: undefined, done: true };
    if (ordinal >= this.#checkedEnd) this.#checkedEnd = this.table.records.checkRun(ordinal);
    this.#ordinal = ordinal + 1;
    this.#state.ordinal = ordinal;
    this.#state.links = undefined;
    return { value: this.#cursor, done: false };
  }
}

export function elementsOf<T, L extends { readonly length: number }>(
  list: L,
  elementAt: (list: L, place: number) => T | undefined,
): ArrayIterator<T> {
  return new Elements(list, elementAt as never) as unknown as ArrayIterator<T>;
}

/** The same for an entity with subtypes: one cursor a class. */
class FamilyScan extends RecordIterator {
  #ordinal = 0;
  readonly #cursors = new Map<ProxyTable, { readonly cursor: object; readonly state: RecordState }>();

  constructor(
    private readonly table: ProxyTable,
    private readonly family: Family,
  ) {
    super();
  }

  next(): IteratorResult<object, undefined> {
    const { records } = this.table;
    while (this.#ordinal < records.recordCount && !this.table.holds(this.#ordinal)) this.#ordinal++;
    if (this.#ordinal >= records.recordCount) return { value: undefined, done: true };
    const ordinal = this.#ordinal++;
    records.checkRecord(ordinal);
    const { cursor, state } = this.#cursorOf(this.family.tableAt(ordinal));
    state.ordinal = ordinal;
    state.links = undefined;
    return { value: cursor, done: false };
  }

  #cursorOf(shown: ProxyTable): { readonly cursor: object; readonly state: RecordState } {
    let found = this.#cursors.get(shown);
    if (found === undefined) {
      const cursor = shown.proxyClass.create(shown, 0, 0, undefined);
      found = { cursor, state: stateOf(cursor)! };
      this.#cursors.set(shown, found);
    }
    return found;
  }
}

/** Every record in key order through one proxy. */
export function scanOf(table: ProxyTable): IterableIterator<object> {
  if (table.family) return new FamilyScan(table, table.family) as unknown as IterableIterator<object>;
  return new Scan(table) as unknown as IterableIterator<object>;
}
