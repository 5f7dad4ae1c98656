/** Records in the assertions of a unit test: what holds, and what Jest shows when one does not: fields, not insides, and no walk over the graph. */
import { Field, materialize, type OpenedSnapshot, Snapshot, snapshotOf, ToMany, ToOne } from '../../src';

@Snapshot()
class Node {
  @Field('int8', { key: true }) id!: number;
  @Field('text') label!: string;
  @ToOne(() => Node) up?: Node | null;
  @ToMany(
    () => Node,
    (node) => node.up,
  )
  downs!: readonly Node[];

  get loud() {
    return this.label.toUpperCase();
  }
}

const nodeOf = (id: number, label: string) => Object.assign(new Node(), { id, label, up: 1 as never });
let snapshot: OpenedSnapshot;
let one: Node;
beforeAll(async () => {
  snapshot = await snapshotOf([nodeOf(1, 'a'), nodeOf(2, 'b')]);
  one = snapshot.get(Node, 1)!;
});
afterAll(() => snapshot.close());

/** What Jest says of an assertion that does not hold, without colours. */
function shown(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('The assertion holds.');
}

test('a record equals itself, has properties, and its copy equals plain values', () => {
  expect(one).toEqual(snapshot.get(Node, 1));
  expect(one).not.toEqual(snapshot.get(Node, 2));
  expect(one).toMatchObject({ label: 'a', up: { id: 1 } });
  expect(one).toHaveProperty('loud', 'A');
  expect(materialize(one)).toEqual({ id: 1, label: 'a' });
  expect([...one.downs].map(({ id }) => id)).toEqual([1, 2]);
});

test('a difference is shown by fields', () => {
  expect(shown(() => expect(one).toEqual({ id: 1, label: 'x' }))).toContain('-   "label": "x",\n+   "label": "a",');
  expect(shown(() => expect(one).toEqual(snapshot.get(Node, 2)))).toContain('-   "id": 2,\n-   "label": "b",');
  expect(shown(() => expect(one).toMatchObject({ label: 'x' }))).toContain('+   "label": "a",');
  expect(shown(() => expect(one).toStrictEqual(nodeOf(1, 'a')))).toContain('"label": "a"');
  expect(shown(() => expect([...snapshot.all(Node)]).toEqual([]))).toContain('+     "id": 2,\n+     "label": "b",');
  expect(shown(() => expect(one.downs).toEqual([1]))).toContain('{"id": 1, "label": "a"}, {"id": 2, "label": "b"}');
});
