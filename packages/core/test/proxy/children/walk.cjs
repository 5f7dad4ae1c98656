/** Walks `argv[3]` steps around a cycle of `argv[2]` records and prints by how much the heap has grown. */
const { createSnapshot, defineSchema, memoryStorage, openSnapshot } = require('../../../dist');

async function main(cycle, steps) {
  const schema = defineSchema([
    {
      name: 'Step',
      key: ['id'],
      fields: [{ name: 'id', type: 'int32' }],
      relations: [{ name: 'next', kind: 'to-one', target: 'Step' }],
    },
  ]);
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'walk', schema, storage });
  for (let id = 0; id < cycle; id++) writer.add('Step', { id, next: (id + 1) % cycle });
  await writer.finish();
  const snapshot = await openSnapshot('walk', { storage });
  const first = snapshot.get('Step', 0);
  let step = first;
  for (let walked = 0; walked < 10_000; walked++) step = step.next;
  await new Promise((resolve) => setImmediate(resolve));
  global.gc();
  const before = process.memoryUsage().heapUsed;
  const start = process.hrtime.bigint();
  for (let walked = 0; walked < steps; walked++) step = step.next;
  const elapsed = Number(process.hrtime.bigint() - start);
  await new Promise((resolve) => setImmediate(resolve));
  global.gc();
  const grownMegabytes = (process.memoryUsage().heapUsed - before) / 1e6;
  if (step.id !== (steps + 10_000) % cycle || first.id !== 0) throw new Error('the walk went astray');
  process.stdout.write(JSON.stringify({ grownMegabytes, nanosecondsPerStep: elapsed / steps }));
}

void main(Number(process.argv[2]), Number(process.argv[3]));
