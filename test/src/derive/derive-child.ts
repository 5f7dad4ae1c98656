/**
 * Makes two snapshots of `argv[3]` records in the folder `argv[2]`, merges them and filters the result, and prints the peak of anonymous
 * memory while it did (bytes) and its speed (records a second).
 */
import * as path from 'node:path';
import { createSnapshot, defineSchema, deriveSnapshot, mergeSnapshots, openSnapshot } from '@permafrost/core';
import { anonymousMemory } from '../support/process-memory';

const schema = defineSchema([
  {
    name: 'Person',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'email', type: 'text' },
      { name: 'country', type: 'text' },
      { name: 'balance', type: 'decimal', nullable: true },
      { name: 'tags', type: 'text', array: true },
      { name: 'score', type: 'float64' },
      { name: 'seen', type: 'timestamptz' },
      { name: 'active', type: 'boolean' },
    ],
    relations: [
      { name: 'manager', kind: 'to-one', target: 'Person' },
      { name: 'friends', kind: 'to-many', target: 'Person' },
    ],
  },
]);

/** Ids 1, 1 + step, … */
async function write(file: string, count: number, step: number): Promise<void> {
  const writer = createSnapshot({ path: file, schema });
  for (let number = 0; number < count; number++) {
    const id = 1 + number * step;
    writer.add('Person', {
      id,
      email: `person${id}@mail.example`.padEnd(120, '.'),
      country: `country ${id % 60}`,
      balance: id % 3 === 0 ? null : `${id}.50`,
      tags: ['early', 'late'],
      score: id / 3,
      seen: new Date(id * 1000),
      active: id % 2 === 0,
      manager: number === 0 ? null : 1 + (number >> 1) * step,
      friends: [id],
    });
  }
  await writer.finish();
}

async function main(folder: string, count: number): Promise<void> {
  const file = (name: string) => path.join(folder, `${name}-${count}.permafrost`);
  await write(file('every'), count, 1);
  await write(file('second'), count, 2);
  globalThis.gc?.();
  let peak = anonymousMemory();
  const timer = setInterval(() => {
    peak = Math.max(peak, anonymousMemory());
  }, 5);
  using every = await openSnapshot(file('every'));
  using second = await openSnapshot(file('second'));
  let start = performance.now();
  const merged = await mergeSnapshots([every, second], { path: file('merged'), duplicates: 'last' });
  const mergeSpeed = (2 * count) / ((performance.now() - start) / 1000);
  using source = await openSnapshot(merged.path);
  start = performance.now();
  const where = [[{ field: 'active', operator: 'equal' as const, values: [true] }]];
  const derived = await deriveSnapshot(source, {
    path: file('derived'),
    dangling: 'null',
    entities: { Person: { where, fields: ['email', 'active', 'score', 'balance'] } },
  });
  const deriveSpeed = merged.entities[0]!.records / ((performance.now() - start) / 1000);
  clearInterval(timer);
  peak = Math.max(peak, anonymousMemory());
  const counts = [merged, derived].map(({ entities }) => entities[0]!.records);
  process.stdout.write(JSON.stringify({ peak, counts, mergeSpeed, deriveSpeed }));
}

void main(process.argv[2]!, Number(process.argv[3]));
