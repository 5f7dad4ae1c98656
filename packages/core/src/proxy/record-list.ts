/**
 * The list of a to-many relation: behaves as a `ReadonlyArray` of proxies, made one by one as they are read.
 * Indices are getters of the prototype, as far as any list has been long; only a list beyond 4,096 elements is wrapped in an
 * ES Proxy to answer to its further indices.
 */
import { inspect } from 'node:util';
import { PermafrostError } from '../errors';
import type { ProxyTable } from './proxy-table';
import { type RelationTree, stateOf } from './record-state';

const MAX_INDEX_GETTERS = 4096;

/** Where a list's ordinals come from. */
export interface OrdinalRun {
  readonly count: number;
  ordinalAt(place: number): number;
}

export interface ListOwner {
  /** Names the list in errors, e.g. "Customer.orders". */
  readonly name: string;
  readonly depth: number;
  readonly asked: RelationTree | undefined;
}

/** A list over a run of ordinals of `table`. Cost: independent of its length. */
export function recordListOf<T>(table: ProxyTable, run: OrdinalRun, owner: ListOwner): ReadonlyArray<T> {
  const list = new RecordList<T>(table, run, owner);
  defineIndexGetters(Math.min(run.count, MAX_INDEX_GETTERS));
  const indexed = run.count > MAX_INDEX_GETTERS ? new Proxy(list, beyondGetters) : list;
  return indexed as unknown as ReadonlyArray<T>;
}

export class RecordList<T> {
  readonly #table: ProxyTable;
  readonly #run: OrdinalRun;
  readonly #owner: ListOwner;
  readonly #elements: T[] = [];
  #complete = false;

  constructor(table: ProxyTable, run: OrdinalRun, owner: ListOwner) {
    this.#table = table;
    this.#run = run;
    this.#owner = owner;
    // An index beyond the getters would become a property that no read shows.
    Object.preventExtensions(this);
  }

  /** Throws SNAPSHOT_CLOSED. */
  get length(): number {
    this.#table.records.reader.requireOpen(this.#owner.name);
    return this.#run.count;
  }

  set length(_count: number) {
    throw readOnly('length');
  }

  at(index: number): T | undefined {
    const place = Math.trunc(index) || 0;
    return elementOf(this, place < 0 ? this.length + place : place);
  }

  *[Symbol.iterator](): ArrayIterator<T> {
    for (let place = 0; place < this.length; place++) yield elementOf(this, place)!;
  }

  /** An ordinary array of the same proxies. */
  toArray(): T[] {
    return elementsOf(this).slice();
  }

  /** By record, not by object: a proxy of the same record reached another way is included. */
  includes(record: unknown, from = 0): boolean {
    return this.indexOf(record, from) >= 0;
  }

  indexOf(record: unknown, from = 0): number {
    const count = this.length;
    const first = Math.trunc(from) || 0;
    for (let place = first < 0 ? Math.max(0, count + first) : first; place < count; place++)
      if (this.#shows(place, record)) return place;
    return -1;
  }

  lastIndexOf(record: unknown, from = this.length - 1): number {
    const count = this.length;
    const last = Math.trunc(from) || 0;
    for (let place = last < 0 ? count + last : Math.min(last, count - 1); place >= 0; place--)
      if (this.#shows(place, record)) return place;
    return -1;
  }

  toJSON(): T[] {
    return this.toArray();
  }

  toString(): string {
    return elementsOf(this).toString();
  }

  get [Symbol.isConcatSpreadable](): boolean {
    return true;
  }

  [inspect.custom](_depth: number, options: object, show: typeof inspect): string {
    if (this.#table.records.reader.closed) return `[${this.#owner.name} of a closed snapshot]`;
    const shown: unknown[] = [];
    for (let place = 0; place < Math.min(this.#run.count, 100); place++) shown.push(elementOf(this, place));
    const rest = this.#run.count - shown.length;
    return `${show(shown, options)}${rest > 0 ? ` … ${rest} more` : ''}`;
  }

  #shows(place: number, record: unknown): boolean {
    const state = stateOf(record);
    if (state === undefined || state.table.records.entityId !== this.#table.records.entityId) return false;
    const reader = state.table.records.reader;
    const own = this.#table.records.reader;
    return (reader === own || reader.contentHash === own.contentHash) && state.ordinal === this.#run.ordinalAt(place);
  }

  static element<T>(list: RecordList<T>, place: number): T | undefined {
    list.#table.records.reader.requireOpen(list.#owner.name);
    if (!(place >= 0 && place < list.#run.count)) return undefined;
    const held = list.#elements[place];
    if (held !== undefined) return held;
    const { depth, asked } = list.#owner;
    const proxy = list.#table.proxyReached(list.#run.ordinalAt(place), depth, asked) as T;
    list.#elements[place] = proxy;
    return proxy;
  }

  static elements<T>(list: RecordList<T>): T[] {
    if (!list.#complete) {
      for (let place = 0; place < list.length; place++) RecordList.element(list, place);
      list.#complete = true;
    }
    list.#table.records.reader.requireOpen(list.#owner.name);
    return list.#elements;
  }
}

const elementOf = RecordList.element;
const elementsOf = RecordList.elements;

/** Reading methods of arrays, run on an ordinary array of the elements. */
const arrayMethods = [
  'concat',
  'entries',
  'every',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'flat',
  'flatMap',
  'forEach',
  'join',
  'keys',
  'map',
  'reduce',
  'reduceRight',
  'slice',
  'some',
  'toLocaleString',
  'toReversed',
  'toSorted',
  'toSpliced',
  'values',
  'with',
] as const;
for (const name of arrayMethods) {
  const method = Array.prototype[name] as (this: unknown[], ...rest: unknown[]) => unknown;
  define(name, function (this: RecordList<unknown>, ...rest: unknown[]) {
    return method.apply(elementsOf(this).slice(), rest);
  });
}

/** Writing methods: refused by name. */
for (const name of ['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin']) {
  define(name, () => {
    throw new PermafrostError(
      'READ_ONLY',
      `${name}() would change a list of a snapshot. Work on a copy: list.toArray(), or materialize() for records you can change.`,
      { field: name },
    );
  });
}

let indexGetterCount = 0;

function defineIndexGetters(count: number): void {
  if (count <= indexGetterCount) return;
  const wanted = Math.min(MAX_INDEX_GETTERS, Math.max(64, 2 ** Math.ceil(Math.log2(count))));
  for (let place = indexGetterCount; place < wanted; place++) {
    Object.defineProperty(RecordList.prototype, place, {
      configurable: true,
      get(this: RecordList<unknown>) {
        return elementOf(this, place);
      },
      set() {
        throw readOnly(String(place));
      },
    });
  }
  indexGetterCount = wanted;
}

function readOnly(member: string): PermafrostError {
  return new PermafrostError(
    'READ_ONLY',
    `[${member}] = … would change a list of a snapshot. Work on a copy: list.toArray().`,
    { field: member },
  );
}

const isIndex = (name: string | symbol): name is string => typeof name === 'string' && /^(0|[1-9]\d*)$/.test(name);

const beyondGetters: ProxyHandler<RecordList<unknown>> = {
  has: (list, name) => (isIndex(name) ? Number(name) < list.length : Reflect.has(list, name)),
  set(_list, name) {
    throw readOnly(String(name));
  },
  get(list, name) {
    if (isIndex(name)) return elementOf(list, Number(name));
    const value = Reflect.get(list, name, list);
    return typeof value === 'function' ? value.bind(list) : value;
  },
};

function define(name: string, value: (this: RecordList<unknown>, ...rest: unknown[]) => unknown): void {
  Object.defineProperty(RecordList.prototype, name, { value, writable: true, configurable: true });
}
