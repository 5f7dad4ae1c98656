/**
 * Arrays of 768 float32 as an ordinary array, as a typed array and as a view: one element, and a dot product with a vector in memory, the
 * reading of the array included. Prints a table; states no bound.
 */
import * as path from 'node:path';
import {
  createSnapshot,
  Field,
  type NumericArrayView,
  openSnapshot,
  Snapshot,
  schemaFromClasses,
} from '@permafrost/core';
import { medianNanoseconds, randomSequence } from './timing';

const RECORD_COUNT = 2_000;
const DIMENSIONS = 768;
const ROUNDS = 21;
const READS = 2_000;

@Snapshot()
class Item {
  @Field('int32', { key: true }) id!: number;
  @Field('float32', { array: true }) list!: number[];
  @Field('float32', { array: 'typed' }) typed!: Float32Array;
  @Field('float32', { array: 'view' }) view!: NumericArrayView<number>;
}

export async function benchNumericArrays(directory: string): Promise<string[]> {
  const file = path.join(directory, 'items.permafrost');
  const writer = createSnapshot({ path: file, schema: schemaFromClasses([Item]) });
  const random = randomSequence();
  const vector = () => Float32Array.from({ length: DIMENSIONS }, () => random(1000) / 500 - 1);
  for (let id = 0; id < RECORD_COUNT; id++) {
    const values = vector();
    writer.add(Item, { id, list: [...values], typed: values, view: values });
  }
  await writer.finish();
  const snapshot = await openSnapshot(file, { entities: [Item] });
  const items = [...snapshot.all(Item)];
  const query = vector();
  const measure = (read: (item: Item) => number) =>
    medianNanoseconds(READS, ROUNDS, (count) => {
      let sum = 0;
      for (let step = 0; step < count; step++) sum += read(items[step % RECORD_COUNT]!);
      return sum;
    });
  const rows: [string, (item: Item) => number, (item: Item) => number][] = [
    ['array: true', ({ list }) => list[5]!, ({ list }) => dotOfList(list, query)],
    ["array: 'typed'", ({ typed }) => typed[5]!, ({ typed }) => dotOfTyped(typed, query)],
    ["array: 'view'", ({ view }) => view.at(5)!, ({ view }) => dotOfView(view, query)],
    ['its toTypedArray()', ({ view }) => view.toTypedArray()[5] as number, copiedDot(query)],
  ];
  console.log(`\nArrays of ${DIMENSIONS} float32: ns (median of ${ROUNDS} rounds of ${READS})`);
  console.log(`${'read as'.padEnd(24)}${'one element'.padStart(14)}${'dot product'.padStart(14)}`);
  for (const [name, one, all] of rows) {
    console.log(`${name.padEnd(24)}${measure(one).toFixed(0).padStart(14)}${measure(all).toFixed(0).padStart(14)}`);
  }
  snapshot.close();
  return [];
}

const copiedDot =
  (query: Float32Array) =>
  ({ view }: Item) =>
    dotOfTyped(view.toTypedArray() as Float32Array, query);

/** One function a kind of array, so that each is as fast as it can be. */
function dotOfList(values: readonly number[], query: Float32Array): number {
  let sum = 0;
  for (let place = 0; place < values.length; place++) sum += values[place]! * query[place]!;
  return sum;
}

function dotOfTyped(values: Float32Array, query: Float32Array): number {
  let sum = 0;
  for (let place = 0; place < values.length; place++) sum += values[place]! * query[place]!;
  return sum;
}

function dotOfView(values: NumericArrayView<number>, query: Float32Array): number {
  const { length } = values;
  let sum = 0;
  for (let place = 0; place < length; place++) sum += values.at(place)! * query[place]!;
  return sum;
}
