/** The comparison itself: what must not pass as equal, and what must. */
import { canonical } from './canonical';
import { type Described, describe as described, printed, revive } from './described';
import { answerText, printQuery, type Query } from './query';
import { reduceQuery } from './reduce';

class One {
  constructor(readonly id = 1) {}
}
class Other {
  constructor(readonly id = 1) {}
}
const namesake = (() => {
  class One {
    constructor(readonly id = 1) {}
  }
  return new One();
})();

test.each<[string, unknown, unknown]>([
  ['prototypes', new One(), new Other()],
  ['prototypes of one name', new One(), namesake],
  ['a class and a plain object', new One(), { id: 1 }],
  ['the order of members', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['undefined and missing', { a: undefined }, {}],
  ['undefined and null', { a: undefined }, { a: null }],
  ['a number and its text', { a: 1 }, { a: '1' }],
  ['0 and -0', 0, -0],
  ['NaN and null', Number.NaN, null],
  ['a bigint and a number', 1n, 1],
  ['a Date and its text', new Date(0), new Date(0).toISOString()],
  ['Dates a millisecond apart', new Date(0), new Date(1)],
  ['Buffer and Uint8Array', Buffer.from([1]), new Uint8Array([1])],
  ['bytes', Buffer.from([1]), Buffer.from([2])],
  ['a hole and undefined', [undefined], Array(1)],
  ['the order of elements', [1, 2], [2, 1]],
  ['hidden members', { a: 1 }, Object.defineProperty({}, 'a', { value: 1, writable: true, configurable: true })],
  [
    'getters and values',
    { a: 1 },
    {
      get a() {
        return 1;
      },
    },
  ],
  ['frozen objects', { a: 1 }, Object.freeze({ a: 1 })],
  ['a list and a list in a list', [1], [[1]]],
])('tells apart %s', (_, one, other) => {
  expect(canonical(one)).not.toBe(canonical(other));
});

test('equal things have one text', () => {
  const make = () => ({ a: [new One(), null, Number.NaN], b: Buffer.from('x'), c: { d: new Date(5), e: undefined } });
  expect(canonical(make())).toBe(canonical(make()));
});

test('lists nobody ordered compare as multisets, others in order', () => {
  const lists = (isOrdered: boolean) => (list: unknown[]) =>
    canonical({ list }, { isOrdered: (path) => path !== 'list' || isOrdered });
  expect(lists(false)([1, 2, 2])).toBe(lists(false)([2, 1, 2]));
  expect(lists(false)([1, 2, 2])).not.toBe(lists(false)([1, 1, 2]));
  expect(lists(true)([1, 2])).not.toBe(lists(true)([2, 1]));
});

test('cycles end', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  expect(canonical(circle)).toBe('{self: (cycle)}');
});

test('what is described comes back, and prints as a program would have it', () => {
  const value = [1, 'a', null, new Date(7), Buffer.from([255]), Number.NaN, -0, 9n, { b: [true] }];
  expect(canonical(revive(described(value)!))).toBe(canonical(value));
  expect(printed({ id: { $: 'Not', args: [{ $: 'In', args: [[1, { $: 'Date', args: ['2024-01-01'] }]] }] } })).toBe(
    '{ id: Not(In([1, new Date("2024-01-01")])) }',
  );
  const first = revive({ $: 'In', args: [[1]] });
  expect(revive({ $: 'In', args: [[1]] })).not.toBe(first);
});

test('a query is cut down to what still differs', async () => {
  const where: Described = [{ a: { $: 'Not', args: [{ $: 'In', args: [[1, 2, 3]] }] }, b: 'long text' }, { c: 1 }];
  const query: Query = { entity: 'E', method: 'find', args: [{ where, take: 3, order: { id: 'ASC' } }] };
  const reduced = await reduceQuery(query, async (smaller) => /In\(\[.*2/.test(printQuery(smaller)));
  expect(printQuery(reduced)).toBe('E.find({ where: [{ a: In([2]) }] })');
  expect(answerText({} as never, { ...query, method: 'count' }, 3)).toBe('3');
});
