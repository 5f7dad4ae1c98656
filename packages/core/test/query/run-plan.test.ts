/** What the engine does with single plans: which way it takes to the records, what trims a list, what it refuses. The property test has their model. */
import {
  aggregatePlan,
  countPlan,
  createSnapshot,
  defineSchema,
  type EntityDefinition,
  type Expression,
  existsPlan,
  type FieldReference,
  memoryStorage,
  type OpenedSnapshot,
  openSnapshot,
  type Plan,
  type ResultNode,
  runPlan,
} from '../../src';
import { thrownBy } from '../support/property';
import { openWriters } from '../support/writers';

const at = (field: string, source = 0, through?: string): FieldReference => ({
  source,
  field,
  ...(through === undefined ? {} : { through }),
});
const equal = (operand: FieldReference, value: unknown): Expression => ({
  kind: 'compare',
  operand,
  operator: 'equal',
  value,
});
const all = (...terms: Expression[]): Expression => ({ kind: 'and', terms });
const any = (...terms: Expression[]): Expression => ({ kind: 'or', terms });
const by = (field: string, source = 0, direction: 'ascending' | 'descending' = 'ascending') => ({
  ...at(field, source),
  direction,
  nulls: 'last' as const,
});

const tables = {
  Writer: [
    { id: 1, age: 30, city: 'Ulm', score: 1, seen: 5n, mentor: null },
    { id: 2, age: 40, city: 'Ulm', score: null, seen: null, mentor: 1 },
    { id: 3, age: 30, city: 'Bonn', score: 2, seen: 7n, mentor: 1 },
    { id: 4, age: null, city: null, score: 3, seen: null, mentor: 3 },
  ],
  Book: [
    { id: 1, pages: 10, copies: 1n, writer: 1, editor: 2, tags: [2, 1] },
    { id: 2, pages: 20, copies: 2n, writer: 1, editor: null, tags: [1] },
    { id: 3, pages: 10, copies: 3n, writer: 3, editor: 2, tags: [] },
    { id: 4, pages: null, copies: null, writer: 2, editor: 4, tags: [2] },
  ],
  Tag: [
    { id: 1, weight: 0.5 },
    { id: 2, weight: null },
  ],
  Profile: [
    { id: 1, stars: 3, writer: 3 },
    { id: 2, stars: 5, writer: null },
  ],
};
let snapshot: OpenedSnapshot;
beforeAll(async () => {
  snapshot = await openWriters(tables);
});
afterAll(() => snapshot.close());

/** Keys here are ordinals and one. */
const ids = (plan: Plan) => [...runPlan(snapshot, plan).ordinals].map((ordinal) => ordinal + 1);
const how = (plan: Plan) => runPlan(snapshot, plan).explanation;
const tree = (node: ResultNode): unknown => {
  const joined = Object.values(node.joined).map((nodes) => nodes.map(tree));
  return joined.length === 0 ? node.ordinal + 1 : [node.ordinal + 1, ...joined];
};
const trees = (plan: Plan) => runPlan(snapshot, plan).nodes.map(tree);

describe('the way to the records', () => {
  it('is the key where the condition names it', () => {
    expect(how({ entity: 'Writer', where: all(equal(at('id'), 3), equal(at('age'), 30)) })).toEqual({
      access: 'key',
      recordsExamined: 1,
      rowsExamined: 1,
      recordsReturned: 1,
    });
    expect(how({ entity: 'Writer', where: { kind: 'in', operand: at('id'), values: [4, 1, 9, null] } })).toMatchObject({
      access: 'key',
      recordsExamined: 2,
    });
  });

  it('is a range of keys where that leaves fewer records than an index', () => {
    const above = (id: number) =>
      ({ kind: 'compare', operand: at('id'), operator: 'greater', value: id }) satisfies Expression;
    expect(how({ entity: 'Writer', where: all(above(2), equal(at('score'), 5)) })).toMatchObject({
      access: 'key',
      recordsExamined: 2,
    });
    expect(how({ entity: 'Writer', where: all(above(3), equal(at('city'), 'Ulm')) })).toMatchObject({
      access: 'key',
      recordsExamined: 1,
    });
    expect(how({ entity: 'Writer', where: all(above(1), equal(at('city'), 'Bonn')) })).toMatchObject({
      access: 'index',
      recordsExamined: 1,
    });
    expect(how({ entity: 'Writer', where: above(4) })).toMatchObject({ access: 'none', recordsExamined: 0 });
    expect(how({ entity: 'Writer', where: { kind: 'not', term: above(2) } })).toMatchObject({ access: 'scan' });
  });

  it('is the index that leaves the fewest records', () => {
    expect(how({ entity: 'Writer', where: all(equal(at('city'), 'Ulm'), equal(at('age'), 40)) })).toEqual({
      access: 'index',
      index: ['age', 'city'],
      recordsExamined: 1,
      rowsExamined: 1,
      recordsReturned: 1,
    });
  });

  it('leads back by a reference, an inverse, or a join', () => {
    expect(how({ entity: 'Book', where: equal(at('id', 0, 'writer'), 1) })).toMatchObject({
      access: 'index',
      index: ['writer.id'],
      recordsExamined: 2,
    });
    expect(how({ entity: 'Book', where: equal(at('writer'), 1) })).toMatchObject({ recordsExamined: 2 });
    const plan: Plan = {
      entity: 'Tag',
      joins: [
        { parent: 0, relation: 'books', kind: 'left' },
        { parent: 1, relation: 'writer', kind: 'left' },
      ],
      where: equal(at('city', 2), 'Bonn'),
    };
    expect(how(plan)).toMatchObject({ access: 'index', index: ['books.writer.city'], recordsExamined: 0 });
    expect(how({ ...plan, where: equal(at('city', 2), 'Ulm') })).toMatchObject({
      recordsExamined: 2,
      recordsReturned: 2,
    });
    // Editors have no list of what they edit.
    expect(how({ entity: 'Book', where: equal(at('editor'), 2) })).toMatchObject({
      access: 'scan',
      recordsExamined: 4,
    });
  });

  it('unites the ways of alternatives, and is a scan where one has none', () => {
    const where = any(equal(at('id'), 4), equal(at('city'), 'Bonn'));
    expect(how({ entity: 'Writer', where })).toMatchObject({ access: 'index', index: ['city'], recordsExamined: 2 });
    expect(ids({ entity: 'Writer', where })).toEqual([3, 4]);
    expect(how({ entity: 'Writer', where: any(where, equal(at('score'), 1)) })).toMatchObject({ access: 'scan' });
    expect(how({ entity: 'Writer', where: { kind: 'not', term: equal(at('id'), 1) } })).toMatchObject({
      access: 'scan',
      recordsExamined: 4,
    });
  });

  it('ends before it begins where nothing can satisfy the condition', () => {
    const none = { access: 'none', recordsExamined: 0, rowsExamined: 0, recordsReturned: 0 };
    expect(how({ entity: 'Writer', where: equal(at('city'), null) })).toEqual(none);
    expect(how({ entity: 'Writer', where: { kind: 'constant', value: null } })).toEqual(none);
    expect(how({ entity: 'Writer', take: 0, where: equal(at('id'), 1) })).toEqual(none);
  });

  it('stops as soon as there is enough', () => {
    expect(how({ entity: 'Writer', take: 1, skip: 1 })).toMatchObject({ recordsExamined: 2 });
    expect(how({ entity: 'Writer', take: 1, joins: [{ parent: 0, relation: 'books', kind: 'inner' }] })).toMatchObject({
      recordsExamined: 1,
      rowsExamined: 1,
    });
  });

  it('goes along the key where that is the order, from either end', () => {
    const order = [by('id', 0, 'descending'), by('age')];
    expect(how({ entity: 'Writer', order, take: 2 })).toMatchObject({ recordsExamined: 2 });
    expect(ids({ entity: 'Writer', order, skip: 1, take: 2 })).toEqual([3, 2]);
    expect(ids({ entity: 'Writer', order, where: { kind: 'in', operand: at('id'), values: [1, 4, 2] } })).toEqual([
      4, 2, 1,
    ]);
    expect(how({ entity: 'Writer', order: [by('id')], take: 1 })).toMatchObject({ recordsExamined: 1 });
    expect(how({ entity: 'Writer', order: [by('age'), by('id')], take: 1 })).toMatchObject({ recordsExamined: 4 });
  });

  it('keeps to the records that the plan names', () => {
    const among = [3, 0, 2];
    expect(ids({ entity: 'Writer', among })).toEqual([1, 3, 4]);
    expect(how({ entity: 'Writer', among, where: equal(at('age'), 30) })).toEqual({
      access: 'given',
      recordsExamined: 3,
      rowsExamined: 3,
      recordsReturned: 2,
    });
    expect(countPlan(snapshot, { entity: 'Writer', among })).toBe(3);
    expect(thrownBy(() => runPlan(snapshot, { entity: 'Writer', among: [4] }))).toMatchObject({ code: 'FILE_CORRUPT' });
  });

  it('does not trust the bytes where the database calls other values equal too', async () => {
    const rows = ['Ada', 'ADA', 'Bob'].map((name, place) => ({ id: place, name }));
    using loose = await open(
      [
        {
          name: 'User',
          key: ['id'],
          fields: [
            { name: 'id', type: 'int32' },
            { name: 'name', type: 'text', ranked: true, looseEquality: true, collation: 'any' },
          ],
          indexes: [{ fields: ['name'] }],
        },
      ],
      (writer) => {
        const table = writer.table('User');
        const [id, name, rank] = [table.column('id'), table.column('name'), table.rank('name')];
        for (const row of rows) {
          table.beginRecord();
          id.setValue(row.id);
          name.setValue(row.name);
          rank.setInt32(row.name === 'Bob' ? 2 : 1);
          table.endRecord();
        }
      },
    );
    const result = runPlan(loose, { entity: 'User', where: equal(at('name'), 'Ada') });
    expect(result.explanation.access).toBe('scan');
    expect([...result.ordinals]).toEqual([0, 1]);
    expect(aggregatePlan(loose, { entity: 'User' }, 'count-distinct', at('name'))).toBe(2);
    expect([...runPlan(loose, { entity: 'User', order: [by('name', 0, 'descending')] }).ordinals]).toEqual([2, 0, 1]);
  });
});

describe('joins', () => {
  const books = { parent: 0, relation: 'books', kind: 'left' } as const;

  it('that a condition uses are trimmed by it; others are not', () => {
    const plan: Plan = {
      entity: 'Writer',
      joins: [books, { ...books, relation: 'pupils' }],
      where: equal(at('pages', 1), 10),
    };
    expect(trees(plan)).toEqual([
      [1, [1], [2, 3]],
      [3, [3], [4]],
    ]);
    expect(runPlan(snapshot, plan).isPlain).toBe(false);
    expect(trees({ ...plan, where: equal(at('age'), 40) })).toEqual([[2, [4], []]]);
  });

  it('of two lists make every pair a row, and each target a node once', () => {
    const joins = [books, { ...books, relation: 'pupils' }];
    const where = any(equal(at('id', 1), 2), equal(at('id', 2), 3));
    expect(trees({ entity: 'Writer', joins, where })).toEqual([[1, [1, 2], [3, 2]]]);
    expect(aggregatePlan(snapshot, { entity: 'Writer', joins }, 'count')).toBe(4 + 1 + 1 + 1);
    expect(aggregatePlan(snapshot, { entity: 'Writer', joins }, 'sum', at('age'))).toBe(String(4 * 30 + 40 + 30));
  });

  it('order the records by their first rows, and lists by the rows', () => {
    const order = [by('pages', 1, 'descending')];
    expect(trees({ entity: 'Writer', joins: [books], order })).toEqual([
      [1, [2, 1]],
      [3, [3]],
      [2, [4]],
      [4, []],
    ]);
    expect(ids({ entity: 'Writer', joins: [books], order, skip: 1, take: 2 })).toEqual([3, 2]);
    expect(ids({ entity: 'Writer', joins: [{ ...books, kind: 'inner' }], order, take: 2 })).toEqual([1, 3]);
  });

  it('keep a record whose target their own condition leaves out, unless they are inner', () => {
    const on = equal(at('city', 1), 'Bonn');
    const mentor = { parent: 0, relation: 'mentor', kind: 'left', on } as const;
    expect(trees({ entity: 'Writer', joins: [mentor] })).toEqual([
      [1, []],
      [2, []],
      [3, []],
      [4, [3]],
    ]);
    expect(ids({ entity: 'Writer', joins: [{ ...mentor, kind: 'inner' }] })).toEqual([4]);
    expect(ids({ entity: 'Writer', joins: [mentor], where: { kind: 'is-missing', source: 1 } })).toEqual([1, 2, 3]);
    // The reference itself is there all the same.
    expect(ids({ entity: 'Writer', joins: [mentor], where: equal(at('id', 0, 'mentor'), 1) })).toEqual([2, 3]);
  });

  it('may lead back to the entity they began with', () => {
    const joins = [books, { parent: 1, relation: 'writer', kind: 'inner' } as const];
    expect(trees({ entity: 'Writer', joins, where: equal(at('id'), 1) })).toEqual([
      [
        1,
        [
          [1, [1]],
          [2, [1]],
        ],
      ],
    ]);
    expect(runPlan(snapshot, { entity: 'Writer', joins }).isPlain).toBe(true);
    // An inner join below a left one that found nothing drops the row.
    expect(ids({ entity: 'Writer', joins })).toEqual([1, 2, 3]);
    const pupils = { ...books, relation: 'pupils' };
    const below = [pupils, { ...books, parent: 1 }, { parent: 2, relation: 'writer', kind: 'inner' } as const];
    expect(runPlan(snapshot, { entity: 'Writer', joins: below }).isPlain).toBe(false);
    expect(trees({ entity: 'Writer', joins: below })).toEqual([
      [
        1,
        [
          [2, [[4, [2]]]],
          [3, [[3, [3]]]],
        ],
      ],
    ]);
  });

  it('are plain where nothing trims or orders a list', () => {
    const isPlain = (plan: Omit<Plan, 'entity'>) => runPlan(snapshot, { entity: 'Book', ...plan }).isPlain;
    const writer = { parent: 0, relation: 'writer', kind: 'left' } as const;
    const tags = { parent: 0, relation: 'tags', kind: 'left' } as const;
    expect(isPlain({ joins: [writer, tags], where: equal(at('age', 1), 30), order: [by('city', 1)] })).toBe(true);
    expect(isPlain({ joins: [tags], where: equal(at('id', 1), 1) })).toBe(false);
    expect(isPlain({ joins: [tags], order: [by('id', 1)] })).toBe(false);
    expect(isPlain({ joins: [{ ...tags, kind: 'inner' }] })).toBe(true);
    expect(isPlain({ joins: [{ ...tags, on: equal(at('id', 1), 1) }] })).toBe(false);
    const editor = { parent: 1, relation: 'editor', kind: 'inner' } as const;
    expect(
      isPlain({
        joins: [
          { ...tags, relation: 'tags' },
          { parent: 1, relation: 'books', kind: 'left' },
          { ...editor, parent: 2 },
        ],
      }),
    ).toBe(false);
  });

  it('are refused where they cannot be', () => {
    expect(thrownBy(() => ids({ entity: 'Writer', joins: [{ ...books, relation: 'boks' }] }))).toMatchObject({
      code: 'FIELD_UNKNOWN',
      message: expect.stringContaining('"books"'),
    });
    expect(thrownBy(() => ids({ entity: 'Writer', joins: [{ ...books, parent: 1 }] }))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('Put parents first'),
    });
    expect(thrownBy(() => ids({ entity: 'Writer', take: -1 }))).toMatchObject({ name: 'TypeError' });
    expect(thrownBy(() => ids({ entity: 'Writer', order: [by('books')], take: 0 }))).toMatchObject({
      code: 'QUERY_UNSUPPORTED',
    });
  });
});

describe('order', () => {
  it('is exact where doubles are not, and the same for a few as for all', async () => {
    const rows = Array.from({ length: 3000 }, (_, place) => ({
      id: place,
      price: place % 7 === 0 ? null : `${(place * 7919) % 1000}.${'0'.repeat(30)}${(place * 31) % 10}`,
      big: BigInt((place * 104729) % 3001) + 2n ** 60n,
      name: `${'a'.repeat(place % 3)}${(place * 7) % 11}`,
    }));
    using many = await open(
      [
        {
          name: 'Row',
          key: ['id'],
          fields: [
            { name: 'id', type: 'int32' },
            { name: 'price', type: 'decimal', nullable: true },
            { name: 'big', type: 'int64' },
            { name: 'name', type: 'text', collation: 'C' },
          ],
        },
      ],
      (writer) => {
        for (const row of rows) writer.add('Row', row);
      },
    );
    // The scale is the same for all, so that the digits without the point compare as integers.
    const scaled = (price: string) => BigInt(price.replace('.', ''));
    const sorted = rows
      .toSorted((a, b) => {
        if (a.price === null || b.price === null) return a.price === b.price ? a.id - b.id : a.price === null ? -1 : 1;
        const [x, y] = [scaled(a.price), scaled(b.price)];
        return x === y ? a.id - b.id : x > y ? -1 : 1;
      })
      .map(({ id }) => id);
    const order = [{ ...by('price', 0, 'descending'), nulls: 'first' as const }];
    expect([...runPlan(many, { entity: 'Row', order }).ordinals]).toEqual(sorted);
    expect([...runPlan(many, { entity: 'Row', order, skip: 430, take: 7 }).ordinals]).toEqual(sorted.slice(430, 437));
    const byName = rows
      .toSorted(
        (a, b) =>
          Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) ||
          (a.big > b.big ? -1 : a.big < b.big ? 1 : a.id - b.id),
      )
      .map(({ id }) => id);
    const names = [by('name'), by('big', 0, 'descending')];
    expect([...runPlan(many, { entity: 'Row', order: names }).ordinals]).toEqual(byName);
    expect([...runPlan(many, { entity: 'Row', order: names, take: 3 }).ordinals]).toEqual(byName.slice(0, 3));
    expect([...runPlan(many, { entity: 'Row', order: names, take: 1500 }).ordinals]).toEqual(byName.slice(0, 1500));
  });

  it('by a key of several fields is that of the records where all go one way', async () => {
    using pairs = await open(
      [
        {
          name: 'Pair',
          key: ['a', 'b'],
          fields: [
            { name: 'a', type: 'int32' },
            { name: 'b', type: 'int32' },
            { name: 'price', type: 'decimal' },
          ],
        },
      ],
      (writer) => {
        for (const [a, b, price] of [
          [1, 1, '1.0'],
          [1, 2, '1.00'],
          [2, 1, '10'],
        ])
          writer.add('Pair', { a, b, price });
      },
    );
    const ordered = (...order: Plan['order'] & object) => [...runPlan(pairs, { entity: 'Pair', order }).ordinals];
    expect(ordered(by('a'), by('b'))).toEqual([0, 1, 2]);
    expect(ordered(by('a', 0, 'descending'), by('b', 0, 'descending'))).toEqual([2, 1, 0]);
    expect(ordered(by('a'), by('b', 0, 'descending'))).toEqual([1, 0, 2]);
    expect(ordered(by('b'), by('a'))).toEqual([0, 2, 1]);
    expect(aggregatePlan(pairs, { entity: 'Pair' }, 'count-distinct', at('price'))).toBe(2);
  });

  it('of text that only the database knows is refused without ranks', async () => {
    using one = await open(
      [
        {
          name: 'City',
          key: ['id'],
          fields: [
            { name: 'id', type: 'int32' },
            { name: 'name', type: 'text', collation: 'de-DE' },
          ],
        },
      ],
      (writer) => writer.add('City', { id: 1, name: 'Ulm' }),
    );
    expect(thrownBy(() => runPlan(one, { entity: 'City', order: [by('name')] }))).toMatchObject({
      code: 'QUERY_UNSUPPORTED',
      details: { entity: 'City', field: 'name' },
    });
    expect(thrownBy(() => aggregatePlan(one, { entity: 'City' }, 'minimum', at('name')))).toMatchObject({
      code: 'QUERY_UNSUPPORTED',
    });
    expect(aggregatePlan(one, { entity: 'City' }, 'count-distinct', at('name'))).toBe(1);
  });
});

describe('records that are told apart', () => {
  it('by their subtype are asked for by its name', async () => {
    using zoo = await open(
      [
        {
          name: 'Animal',
          key: ['id'],
          fields: [
            { name: 'id', type: 'int32' },
            { name: 'kind', type: 'text' },
            { name: 'lives', type: 'int8', nullable: true },
          ],
          relations: [
            { name: 'friend', kind: 'to-one', target: 'Animal' },
            { name: 'fans', kind: 'to-many', target: 'Animal', inverse: 'friend' },
            { name: 'cats', kind: 'to-many', target: 'Animal', subtype: 'Cat', inverse: 'friend', passesOver: true },
          ],
          subtypes: {
            field: 'kind',
            classes: [
              { name: 'Cat', value: 'cat', members: ['lives'] },
              { name: 'Dog', value: 'dog', members: [] },
            ],
          },
        },
      ],
      (writer) => {
        writer.add('Cat', { id: 1, lives: 9, friend: 2 });
        writer.add('Dog', { id: 2, friend: 1 });
        writer.add('Cat', { id: 3, lives: 7, friend: 1 });
      },
    );
    const found = (plan: Plan) => [...runPlan(zoo, plan).ordinals];
    expect(found({ entity: 'Cat' })).toEqual([0, 2]);
    expect(found({ entity: 'Cat', where: equal(at('id'), 2) })).toEqual([]);
    expect(found({ entity: 'Cat', order: [by('lives')] })).toEqual([2, 0]);
    expect(found({ entity: 'Animal', where: equal(at('lives'), 9) })).toEqual([0]);
    expect(
      found({
        entity: 'Dog',
        joins: [{ parent: 0, relation: 'friend', kind: 'inner' }],
        where: equal(at('lives', 1), 9),
      }),
    ).toEqual([1]);
    expect(countPlan(zoo, { entity: 'Cat' })).toBe(2);
    // Proxies' lists of cats pass over dogs; a join leads to both.
    const joined = (relation: string) =>
      runPlan(zoo, { entity: 'Cat', joins: [{ parent: 0, relation, kind: 'left' }] });
    expect([joined('fans').isPlain, joined('cats').isPlain]).toEqual([true, false]);
    expect(joined('cats').nodes.map(tree)).toEqual([
      [1, [2, 3]],
      [3, []],
    ]);
    expect(existsPlan(zoo, { entity: 'Dog', where: equal(at('id'), 3) })).toBe(false);
    expect(aggregatePlan(zoo, { entity: 'Cat' }, 'average', at('lives'))).toBe('8.0000000000000000');
  });

  it('by a mark of deletion are records as all others, and plain where the join passes over them', async () => {
    using shop = await open(
      [
        {
          name: 'Shop',
          key: ['id'],
          fields: [{ name: 'id', type: 'int32' }],
          relations: [{ name: 'items', kind: 'to-many', target: 'Item', inverse: 'shop' }],
        },
        {
          name: 'Item',
          key: ['id'],
          fields: [
            { name: 'id', type: 'int32' },
            { name: 'goneAt', type: 'timestamptz', nullable: true },
          ],
          relations: [{ name: 'shop', kind: 'to-one', target: 'Shop' }],
          deletedBy: 'goneAt',
        },
      ],
      (writer) => {
        writer.add('Shop', { id: 1 });
        writer.add('Item', { id: 1, shop: 1 });
        writer.add('Item', { id: 2, shop: 1, goneAt: new Date(0) });
      },
    );
    const items = { parent: 0, relation: 'items', kind: 'left' } as const;
    const every = runPlan(shop, { entity: 'Shop', joins: [items] });
    expect([every.isPlain, every.nodes.map(tree)]).toEqual([false, [[1, [1, 2]]]]);
    const present = runPlan(shop, {
      entity: 'Shop',
      joins: [{ ...items, on: { kind: 'is-null', operand: at('goneAt', 1) } }],
    });
    expect([present.isPlain, present.nodes.map(tree)]).toEqual([true, [[1, [1]]]]);
    const [proxy] = shop.byOrdinal.proxiesOfNodes('Shop', every.nodes, [items]) as [{ items: { id: number }[] }];
    expect(proxy.items.map(({ id }) => id)).toEqual([1, 2]);
  });
});

describe('sums and averages', () => {
  it('have the digits of PostgreSQL', () => {
    const sum = (entity: string, aggregate: 'sum' | 'average', field: string) =>
      aggregatePlan(snapshot, { entity }, aggregate, at(field));
    expect(sum('Writer', 'sum', 'age')).toBe('100');
    expect(sum('Writer', 'average', 'age')).toBe('33.3333333333333333');
    expect(sum('Book', 'average', 'copies')).toBe('2.0000000000000000');
    expect(sum('Writer', 'sum', 'score')).toBe(6);
    expect(sum('Writer', 'average', 'score')).toBe(2);
    expect(sum('Tag', 'sum', 'weight')).toBe(0.5);
    const none: Plan = { entity: 'Writer', where: equal(at('id'), 9) };
    expect(aggregatePlan(snapshot, none, 'sum', at('age'))).toBeNull();
    expect(aggregatePlan(snapshot, none, 'average', at('score'))).toBeNull();
    expect(aggregatePlan(snapshot, none, 'maximum', at('seen'))).toBeNull();
    expect(aggregatePlan(snapshot, none, 'count-distinct', at('seen'))).toBe(0);
  });

  it.each([
    [['0.1', '12345.678', '3'], '12348.778', '4116.2593333333333333'],
    [['0.0001', '0.0002'], '0.0003', '0.00015000000000000000'],
    [['1e-30', '1e30'], `1${'0'.repeat(30)}.${'0'.repeat(29)}1`, `5${'0'.repeat(29)}.${'0'.repeat(29)}1`],
    [['NaN', '1'], 'NaN', 'NaN'],
    [['Infinity', '1.5'], 'Infinity', 'Infinity'],
    [['Infinity', '-Infinity'], 'NaN', 'NaN'],
    [['-0.5', '-1.25', '1.75'], '0.00', '0.00000000000000000000'],
  ])('of the decimals %j too', async (prices, sum, average) => {
    using priced = await open(
      [
        {
          name: 'Row',
          key: ['id'],
          fields: [
            { name: 'id', type: 'int32' },
            { name: 'price', type: 'decimal' },
          ],
        },
      ],
      (writer) => {
        for (const [id, price] of prices.entries()) writer.add('Row', { id, price });
      },
    );
    expect(aggregatePlan(priced, { entity: 'Row' }, 'sum', at('price'))).toBe(sum);
    expect(aggregatePlan(priced, { entity: 'Row' }, 'average', at('price'))).toBe(average);
  });

  it('give extremes as expressions take them, and count different values without nulls', () => {
    expect(aggregatePlan(snapshot, { entity: 'Writer' }, 'maximum', at('seen'))).toBe(7n);
    expect(aggregatePlan(snapshot, { entity: 'Book' }, 'minimum', at('copies'))).toBe(1n);
    expect(aggregatePlan(snapshot, { entity: 'Writer' }, 'maximum', at('city'))).toBe('Ulm');
    expect(aggregatePlan(snapshot, { entity: 'Writer' }, 'count-distinct', at('age'))).toBe(2);
    expect(aggregatePlan(snapshot, { entity: 'Writer' }, 'count-distinct', at('age'), at('city'))).toBe(4);
  });

  it('are refused where PostgreSQL has none, or too large', async () => {
    expect(thrownBy(() => aggregatePlan(snapshot, { entity: 'Writer' }, 'sum', at('city')))).toMatchObject({
      code: 'QUERY_UNSUPPORTED',
      details: { entity: 'Writer', field: 'city' },
    });
    expect(thrownBy(() => aggregatePlan(snapshot, { entity: 'Writer' }, 'sum'))).toMatchObject({ name: 'TypeError' });
    using huge = await openWriters({ Writer: [1, 2].map((id) => ({ id, score: 1.7e308, mentor: null })) });
    expect(thrownBy(() => aggregatePlan(huge, { entity: 'Writer' }, 'average', at('score')))).toMatchObject({
      code: 'VALUE_RANGE',
    });
  });
});

test('a closed snapshot answers nothing, nor do nodes that were not looked at', async () => {
  const closing = await openWriters(tables);
  const { nodes } = runPlan(closing, { entity: 'Writer', joins: [{ parent: 0, relation: 'books', kind: 'left' }] });
  const read = closing.byOrdinal.valueReader('Writer', 'city');
  closing.close();
  const closed = { code: 'SNAPSHOT_CLOSED' };
  expect(thrownBy(() => nodes[0]!.joined)).toMatchObject(closed);
  expect(thrownBy(() => read(0))).toMatchObject(closed);
  expect(thrownBy(() => runPlan(closing, { entity: 'Writer' }))).toMatchObject(closed);
  expect(thrownBy(() => aggregatePlan(closing, { entity: 'Writer' }, 'count'))).toMatchObject(closed);
});

async function open(
  entities: readonly EntityDefinition[],
  fill: (writer: ReturnType<typeof createSnapshot>) => void,
): Promise<OpenedSnapshot> {
  const storage = memoryStorage();
  using writer = createSnapshot({ path: 'snapshot', schema: defineSchema(entities), storage });
  fill(writer);
  await writer.finish();
  return openSnapshot('snapshot', { storage });
}
