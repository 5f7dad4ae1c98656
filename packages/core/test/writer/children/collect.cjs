/**
 * Adds 300,000 records that nobody keeps as a stream, and as many in graphs of two that hold each other, with the garbage collector run
 * now and then; then a chain of a million. Prints the heap in use on the way, and how many records are right. Run with --expose-gc.
 */
const { createSnapshot, defineSchema, memoryStorage, openSnapshot, Snapshot } = require('../../../dist');

class Node {}
class Pair {}
Snapshot()(Node);
Snapshot()(Pair);
const schema = defineSchema([
  {
    name: 'Node',
    key: ['id'],
    fields: [{ name: 'id', type: 'int32' }],
    relations: [{ name: 'next', kind: 'to-one', target: 'Node' }],
  },
  {
    name: 'Pair',
    key: ['id'],
    fields: [{ name: 'id', type: 'int32' }],
    relations: [
      { name: 'other', kind: 'to-one', target: 'Pair', nullable: false },
      { name: 'others', kind: 'to-many', target: 'Pair', inverse: 'other' },
    ],
  },
]);
const COUNT = 300_000;
const CHAIN = 1_000_000;

async function main() {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'x', schema, storage });
  const heap = {};
  function* nodes() {
    for (let id = 0; id < COUNT; id++) {
      yield Object.assign(new Node(), { id, next: id > 0 ? id - 1 : null });
      if (id % 2 === 0) writer.add(pairOf(id));
      if (id % 10_000 === 0) globalThis.gc();
      if (id === 50_000) heap.few = process.memoryUsage().heapUsed;
    }
    globalThis.gc();
    heap.many = process.memoryUsage().heapUsed;
  }
  await writer.addAll('Node', nodes());
  await writer.finish();
  const snapshot = await openSnapshot('x', { storage });
  let pairs = 0;
  for (const pair of snapshot.scan('Pair')) if (pair.other.id === (pair.id ^ 1)) pairs++;
  const counts = { nodes: snapshot.count('Node'), pairs, chain: await addChain() };
  process.stdout.write(JSON.stringify({ ...heap, ...counts }));
}

/** Two that hold each other, from both sides. */
function pairOf(id) {
  const [one, two] = [Object.assign(new Pair(), { id }), Object.assign(new Pair(), { id: id + 1 })];
  Object.assign(one, { other: two, others: [two] });
  return Object.assign(two, { other: one, others: [one] });
}

async function addChain() {
  let first = null;
  for (let id = CHAIN; id > 0; id--) first = Object.assign(new Node(), { id, next: first });
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'x', schema, storage });
  writer.add(first);
  await writer.finish();
  const snapshot = await openSnapshot('x', { storage });
  let count = 0;
  for (const node of snapshot.scan('Node'))
    if (node.next === null ? node.id === CHAIN : node.next.id === node.id + 1) count++;
  return count;
}

void main();
