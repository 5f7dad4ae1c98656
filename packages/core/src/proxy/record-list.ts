/**
 * The list of a to-many relation: behaves as a `ReadonlyArray` of proxies, made one by one as they are read.
 * Indices are getters of the prototype; behind it lies an ES Proxy that answers to those beyond, and refuses every write, so that
 * a list itself needs none.
 */
import { inspect } from 'node:util';
import { PermafrostError } from '../errors';
import type { TargetRun } from '../structure/adjacency-list';
import type { ProxyTable } from './proxy-table';
import { elementsOf } from './record-iterator';
import { type RelationTree, stateOf } from './record-state';

/** A list has a getter for each of the first indices; those beyond take about 100 ns more. */
const INDEX_GETTER_COUNT = 256;
/** A list of so many records at most makes all of them when it is iterated over, so that JavaScript's own iterator can go through them. */
const SHORT_COUNT = 16;

export class RecordList<T> {
  readonly #table: ProxyTable;
  // The run of its targets, taken apart: there are many lists.
  readonly #source: TargetRun['source'];
  readonly #start: number;
  readonly #count: number;
  /** Names the list in errors, e.g. "Customer.orders". */
  readonly #name: string;
  readonly #depth: number;
  readonly #asked: RelationTree | undefined;
  /** Makes the elements of a list that leads elsewhere than its records' proxies do by themselves. */
  readonly #make: ((place: number) => object) | undefined;
  #elements: T[] | undefined;
  #complete = false;

  /** A list over a run of ordinals of `table`. Cost: independent of its length. */
  constructor(
    table: ProxyTable,
    run: TargetRun,
    name: string,
    depth: number,
    asked: RelationTree | undefined,
    make?: (place: number) => object,
  ) {
    this.#table = table;
    this.#source = run.source;
    this.#start = run.start;
    this.#count = run.count;
    this.#name = name;
    this.#depth = depth;
    this.#asked = asked;
    this.#make = make;
  }

  /** Throws SNAPSHOT_CLOSED. */
  get length(): number {
    this.#table.records.reader.requireOpen(this.#name);
    return this.#count;
  }

  set length(_count: number) {
    throw readOnly('length');
  }

  at(index: number): T | undefined {
    const place = Math.trunc(index) || 0;
    return elementOf(this, place < 0 ? this.length + place : place);
  }

  [Symbol.iterator](): ArrayIterator<T> {
    if (this.#count <= SHORT_COUNT) return allOf(this)[Symbol.iterator]();
    return elementsOf<T, RecordList<T>>(this, elementOf);
  }

  /** An ordinary array of the same proxies. */
  toArray(): T[] {
    return allOf(this).slice();
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
    return allOf(this).toString();
  }

  get [Symbol.isConcatSpreadable](): boolean {
    return true;
  }

  [inspect.custom](_depth: number, options: object, show: typeof inspect): string {
    if (this.#table.records.reader.closed) return `[${this.#name} of a closed snapshot]`;
    const shown: unknown[] = [];
    for (let place = 0; place < Math.min(this.#count, 100); place++) shown.push(elementOf(this, place));
    const rest = this.#count - shown.length;
    return `${show(shown, options)}${rest > 0 ? ` … ${rest} more` : ''}`;
  }

  #shows(place: number, record: unknown): boolean {
    const state = stateOf(record);
    if (state === undefined || state.table.records.entityId !== this.#table.records.entityId) return false;
    const reader = state.table.records.reader;
    const own = this.#table.records.reader;
    return (
      (reader === own || reader.contentHash === own.contentHash) &&
      state.ordinal === RecordList.ordinal(this as RecordList<unknown>, place)
    );
  }

  static element<T>(list: RecordList<T>, place: number): T | undefined {
    list.#table.records.reader.requireOpen(list.#name);
    if (!(place >= 0 && place < list.#count)) return undefined;
    list.#elements ??= newElements(list.#count);
    const held = list.#elements[place];
    if (held !== undefined) return held;
    const proxy = (list.#make?.(place) ??
      list.#table.proxyReached(RecordList.ordinal(list as RecordList<unknown>, place), list.#depth, list.#asked)) as T;
    list.#elements[place] = proxy;
    return proxy;
  }

  static ordinal(list: RecordList<unknown>, place: number): number {
    return list.#source.target(list.#start + place);
  }

  static elements<T>(list: RecordList<T>): T[] {
    if (!list.#complete) {
      for (let place = 0; place < list.length; place++) RecordList.element(list, place);
      list.#complete = true;
    }
    list.#table.records.reader.requireOpen(list.#name);
    list.#elements ??= [];
    return list.#elements;
  }
}

const elementOf = RecordList.element;
const allOf = RecordList.elements;

/** Room for all elements of a short list: an array that grows takes room for 17 at once. */
function newElements<T>(count: number): T[] {
  return count <= SHORT_COUNT ? new Array<T>(count) : [];
}

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
    return method.apply(allOf(this).slice(), rest);
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

// Tools that copy objects to show how they differ, such as Jest, leave built-in ones as they are; a copied list would have no elements.
Object.defineProperty(RecordList.prototype, 'constructor', { value: Array, writable: true, configurable: true });

for (let place = 0; place < INDEX_GETTER_COUNT; place++) {
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

function readOnly(member: string): PermafrostError {
  return new PermafrostError(
    'READ_ONLY',
    `[${member}] = … would change a list of a snapshot. Work on a copy: list.toArray().`,
    { field: member },
  );
}

const isIndex = (name: string | symbol): name is string => typeof name === 'string' && /^(0|[1-9]\d*)$/.test(name);

/** Asked for what neither a list nor its prototype has, on behalf of the list (`receiver`). */
Object.setPrototypeOf(
  RecordList.prototype,
  new Proxy(Object.prototype, {
    // Every index is there, as with the getters: which list is asked is not known, and methods of Array look no further than its length.
    has: (target, name) => isIndex(name) || Reflect.has(target, name),
    get: (target, name, receiver) =>
      isIndex(name) ? elementOf(receiver as RecordList<unknown>, Number(name)) : Reflect.get(target, name, receiver),
    set(_target, name) {
      throw readOnly(String(name));
    },
  }),
);

function define(name: string, value: (this: RecordList<unknown>, ...rest: unknown[]) => unknown): void {
  Object.defineProperty(RecordList.prototype, name, { value, writable: true, configurable: true });
}

/** Whether a value is a list of records, such as a to-many relation of a record gives. */
export function isRecordList(value: unknown): value is readonly object[] {
  return value instanceof RecordList;
}
