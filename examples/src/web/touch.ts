/**
 * Reads every field of every record and follows every relation by one step, and folds all that it read into a checksum. Two workers with the same
 * checksum hold the same data, whatever they hold it in; and after it no page of a worker's data is still unread.
 */
import { getMetadataArgsStorage } from 'typeorm';
import { Category, Company, Customer, Order, OrderLine, Product } from '../shop/entities';
import type { Shop, Table } from './shop';

export interface Touched {
  records: number;
  /** Fields and relations read. */
  values: number;
  checksum: string;
  /** Processor time of this process. */
  cpuMs: number;
}

/** About 2 s for the full shop. */
export function touchEverything(shop: Shop): Touched {
  const startedAt = process.cpuUsage();
  const fold = new Fold();
  let records = 0;
  let values = 0;
  const touch = <T extends object>(entity: new () => T, table: Table<T>) => {
    const { fields, toOne, toMany } = membersOf(entity);
    const perRecord = fields.length + toOne.length + toMany.length;
    for (const record of table.values() as Iterable<Record<string, any>>) {
      for (const field of fields) fold.value(record[field]);
      for (const relation of toOne) fold.value(record[relation]?.id);
      for (const relation of toMany) fold.ids(record[relation]);
      records += 1;
      values += perRecord;
    }
  };
  touch(Company, shop.companies);
  touch(Customer, shop.customers);
  touch(Category, shop.categories);
  touch(Product, shop.products);
  touch(Order, shop.orders);
  touch(OrderLine, shop.orderLines);
  const { user, system } = process.cpuUsage(startedAt);
  return { records, values, checksum: fold.toString(), cpuMs: (user + system) / 1000 };
}

/** An entity's members by what its decorators say. Hidden columns are not loaded by TypeORM and not exported. */
function membersOf(entity: new () => object) {
  const { columns, relations } = getMetadataArgsStorage();
  const own = relations.filter((relation) => relation.target === entity);
  const named = (wanted: string) =>
    own.filter((relation) => relation.relationType === wanted).map((relation) => relation.propertyName);
  return {
    fields: columns
      .filter((column) => column.target === entity && column.options.select !== false)
      .map((column) => column.propertyName),
    toOne: named('many-to-one'),
    toMany: named('one-to-many'),
  };
}

const numberBits = new Float64Array(1);
const numberWords = new Int32Array(numberBits.buffer);

/** FNV-1a over 32-bit words, twice with different primes. */
class Fold {
  #first = 0x811c9dc5 | 0;
  #second = 0x1b873593 | 0;

  value(value: unknown): void {
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'boolean') this.#word(value ? 3 : 2);
    else if (value === null) this.#word(5);
    else if (value === undefined) this.#word(7);
    else if (value instanceof Date) this.#number(value.getTime());
    else if (Array.isArray(value)) {
      this.#word(value.length);
      for (const element of value) this.value(element);
    } else {
      for (const [name, member] of Object.entries(value as object)) {
        this.#text(name);
        this.value(member);
      }
    }
  }

  ids(records: Iterable<{ id: number }> & { readonly length: number }): void {
    this.#word(records.length);
    for (const record of records) this.#word(record.id);
  }

  toString(): string {
    return [this.#first, this.#second].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #text(text: string): void {
    this.#word(text.length);
    for (let place = 0; place < text.length; place++) this.#word(text.charCodeAt(place));
  }

  #number(number: number): void {
    numberBits[0] = number;
    this.#word(numberWords[0]!);
    this.#word(numberWords[1]!);
  }

  #word(word: number): void {
    this.#first = Math.imul(this.#first ^ word, 0x01000193);
    this.#second = Math.imul(this.#second ^ word, 0x5bd1e995);
    this.#second ^= this.#second >>> 15;
  }
}
