/** Records come in any order and lie in the order of their keys, in memory and on the disk. */
import fc from 'fast-check';
import { createSnapshot, defineSchema, openSnapshot } from '../../src';
import { putInOrder } from '../../src/writer/staging/put-in-order';
import { StagedRecords } from '../../src/writer/staging/staged-records';
import { anyCase, Dice } from '../support/dice';
import { compareValues, fieldOf, keyTypes, valuesOf } from '../support/fields';
import { MemoryStorage } from '../support/memory-storage';
import { holds, thrownBy } from '../support/property';

/** Beyond what a table holds in memory. */
const FILLER = 64;

test('records with keys of any type', () =>
  holds(
    fc.asyncProperty(anyCase(400), async ({ seed, size }) => {
      const dice = new Dice(seed);
      const types = dice.list(1 + dice.below(2), () => dice.pick(keyTypes));
      const key = types.map((type, part) => fieldOf(`part ${part}`, type));
      const filler = Array.from({ length: FILLER }, (_, number) =>
        fieldOf(`filler ${number}`, 'float64', { nullable: true }),
      );
      const columns = types.map((type) => dice.values(valuesOf[type], size));
      // Few first parts, so that the second decides.
      if (types.length > 1) columns[0] = columns[0]!.map(() => dice.pick(columns[0]!.slice(0, 3)));
      if (types[0] === 'text' && dice.chance(2)) columns[0] = columns[0]!.map((text) => `common beginning ${text}`);
      const compare = (a: unknown[], b: unknown[]) =>
        types.reduce((order, type, part) => order || compareValues(type, a[part], b[part]), 0);
      const distinct: { values: unknown[]; number: number }[] = [];
      for (let number = 0; number < size; number++) {
        const values = columns.map((column) => column[number]);
        if (!distinct.some((other) => compare(other.values, values) === 0)) distinct.push({ values, number });
      }
      const storage = new MemoryStorage();
      const schema = defineSchema([
        {
          name: 'E',
          key: key.map(({ name }) => name),
          fields: [...key, fieldOf('number', 'int32'), ...(dice.chance(2) ? filler : [])],
        },
      ]);
      const writer = createSnapshot({ path: 'm/x', schema, storage });
      for (const { values, number } of distinct)
        writer.add('E', { number, ...Object.fromEntries(key.map(({ name }, part) => [name, values[part]])) });
      await writer.finish();
      using snapshot = await openSnapshot('m/x', { storage });
      const expected = [...distinct].sort((a, b) => compare(a.values, b.values)).map(({ number }) => number);
      expect(Array.from(snapshot.all('E'), (record) => record['number'])).toEqual(expected);
      expect(expected.map((number, ordinal) => [number, ordinal])).toEqual(
        expected.map((number) => [
          number,
          snapshot.byOrdinal.ordinalOf('E', distinct.find((record) => record.number === number)!.values),
        ]),
      );
      expect([storage.openFiles, storage.mappings, storage.scratch.size]).toEqual([0, 1, 0]);
    }),
    60,
  ));

describe('records on the disk', () => {
  const input = (seed: number, count: number, stride: number) => {
    const dice = new Dice(seed);
    const bytes = Buffer.from(dice.list(count * stride, () => dice.below(256)));
    const positions = Uint32Array.from(dice.shuffled([...Array(count).keys()]));
    const ordered = Buffer.concat(Array.from(positions, (at) => bytes.subarray(at * stride, (at + 1) * stride)));
    return { records: new StagedRecords(bytes), stride, positions, ordered };
  };

  it('are put in any order, by runs of any size', () =>
    holds(
      fc.property(
        anyCase(300),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 3000 }),
        (drawn, words, runSize) => {
          const { ordered, ...rest } = input(drawn.seed, drawn.size + 1, 8 * words);
          const storage = new MemoryStorage();
          const file = putInOrder({ ...rest, runSize, createScratch: () => storage.createScratch('m') });
          using mapping = file.map();
          expect(Buffer.compare(mapping.bytes, ordered)).toBe(0);
          file.close();
          expect([storage.openFiles, storage.scratch.size]).toEqual([0, 0]);
        },
      ),
    ));

  it('leave no file open when the disk fails', () => {
    const { ordered: _, ...rest } = input(1, 50, 16);
    const run = (storage: MemoryStorage) =>
      putInOrder({ ...rest, runSize: 200, createScratch: () => storage.createScratch('m') });
    const whole = new MemoryStorage();
    run(whole).close();
    expect(whole.steps.length).toBeGreaterThan(10);
    for (let step = 0; step < whole.steps.length; step++) {
      const storage = new MemoryStorage();
      storage.failOnceAt(step);
      expect(thrownBy(() => run(storage)).message).toMatch(/refused/);
      expect([storage.openFiles, storage.mappings, storage.scratch.size]).toEqual([0, 0, 0]);
    }
  });
});
