/** Record counts and values beyond the sizes that decide something: string tables, sorting, indexes, long values. */
import { createSnapshot, defineSchema, type OpenedSnapshot, openSnapshot, type SnapshotWriter } from '../../src';
import { Dice } from '../support/dice';
import { fieldOf } from '../support/fields';
import { MemoryStorage } from '../support/memory-storage';

async function written(
  schema: ReturnType<typeof defineSchema>,
  add: (writer: SnapshotWriter) => void,
): Promise<OpenedSnapshot> {
  const storage = new MemoryStorage();
  const writer = createSnapshot({ path: 'm/x', schema, storage });
  add(writer);
  await writer.finish();
  return openSnapshot('m/x', { storage });
}

describe('the string table', () => {
  const schema = defineSchema([
    { name: 'E', key: ['id'], fields: [fieldOf('id', 'int32'), fieldOf('text', 'text', { nullable: true })] },
  ]);
  /** Writes one text per record and gives the slot kind that was chosen, having compared every text read back. */
  async function chosenFor(count: number, textOf: (number: number) => string | null): Promise<string> {
    const snapshot = await written(schema, (writer) => {
      const table = writer.table('E');
      const [id, text] = [table.column('id'), table.column('text')];
      for (let number = 0; number < count; number++) {
        table.beginRecord();
        id.setInt32(number);
        text.setValue(textOf(number));
        table.endRecord();
      }
    });
    let wrong = 0;
    for (const record of snapshot.scan('E')) if (record['text'] !== textOf(record['id'] as number)) wrong++;
    expect(wrong).toBe(0);
    const { kind } = snapshot.reader.tables[0]!.layout.slots[1]!;
    expect(snapshot.reader.sections.some((section) => section.kind === 5)).toBe(kind === 'table-text');
    snapshot.close();
    return kind;
  }
  const word = (number: number) => `word ${number} é`;

  it.each<[string, number, (number: number) => string | null, string]>([
    ['each text four times', 4000, (number) => word(number % 1000), 'table-text'],
    ['a little less', 4000, (number) => word(number % 1001), 'heap-text'],
    ['few texts in many records', 20_000, (number) => word(number % 3), 'table-text'],
    ['nothing but nulls', 50, () => null, 'table-text'],
    ['distinct texts, fewer than are looked at', 4000, word, 'heap-text'],
    ['distinct texts, more than are looked at', 10_000, word, 'heap-text'],
    [
      'few texts at first, then distinct ones',
      20_000,
      (number) => (number < 9000 ? word(number % 5) : word(number)),
      'heap-text',
    ],
    ['distinct texts at first, then few', 20_000, (number) => (number < 2000 ? word(number) : word(0)), 'table-text'],
    [
      'distinct texts beyond the first look, then few',
      30_000,
      (number) => (number < 4096 ? word(number) : word(0)),
      'heap-text',
    ],
    ['texts with nulls between', 9000, (number) => (number % 3 ? null : word(number % 6)), 'table-text'],
    ['long texts', 300, (number) => 'x'.repeat(70_000) + (number % 2), 'heap-text'],
  ])('%s', async (_, count, textOf, expected) => {
    expect(await chosenFor(count, textOf)).toBe(expected);
  });

  it('is given up for more than 65,536 distinct texts, however often each is used', async () => {
    expect(await chosenFor(262_144, (number) => word(number >> 2))).toBe('table-text');
    expect(await chosenFor(262_148, (number) => word(number >> 2))).toBe('heap-text');
  }, 60_000);

  it('and the heap can both hold parts of keys and what is referred to', async () => {
    const keyed = defineSchema([
      {
        name: 'E',
        key: ['few', 'many'],
        fields: [fieldOf('few', 'text'), fieldOf('many', 'text')],
        relations: [{ name: 'next', kind: 'to-one', target: 'E' }],
      },
    ]);
    const count = 12_000;
    const keyAt = (number: number) => [`group ${number % 7}`, `member ${number} \ud800`];
    const snapshot = await written(keyed, (writer) => {
      for (let number = count - 1; number >= 0; number--) {
        const [few, many] = keyAt(number);
        writer.add('E', { few, many, next: keyAt((number + 1) % count) });
      }
    });
    expect(snapshot.reader.tables[0]!.layout.slots.map(({ kind }) => kind)).toEqual([
      'table-text',
      'heap-text',
      'reference',
    ]);
    let wrong = 0;
    for (let number = 0; number < count; number++) {
      const record = snapshot.get('E', keyAt(number)) as { next: { many: string } } | undefined;
      if (record?.next.many !== keyAt((number + 1) % count)[1]) wrong++;
    }
    expect(wrong).toBe(0);
    expect(await snapshot.verify()).toEqual([]);
  });
});

describe('the order of records', () => {
  const extremes = [
    0n,
    -1n,
    1n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 32n,
    2n ** 53n,
    -(2n ** 53n) - 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ];
  it.each<['int64' | 'uint64' | 'int32', (dice: Dice) => bigint, string]>([
    [
      'int64',
      (dice) => BigInt.asIntN(64, (BigInt(dice.below(2 ** 32)) << 32n) | BigInt(dice.below(2 ** 32))),
      'hashIndex',
    ],
    ['uint64', (dice) => (BigInt(dice.below(2 ** 32)) << 32n) | BigInt(dice.below(2 ** 32)), 'hashIndex'],
    ['int64', (dice) => -5_000_000_000n + BigInt(dice.below(100_000)), 'rankBitmap'],
    ['int32', (dice) => BigInt(dice.below(2 ** 20) - 2 ** 19), 'hashIndex'],
    ['int32', (dice) => BigInt(dice.below(40_000)), 'rankBitmap'],
  ])('is that of integer keys of %s (%#), found by a %3$s', async (type, draw, index) => {
    const dice = new Dice(7);
    const keys = new Set<bigint>(
      index === 'rankBitmap'
        ? []
        : extremes.filter((key) =>
            type === 'int64' ? true : type === 'uint64' ? key >= 0n : key === BigInt.asIntN(32, key),
          ),
    );
    while (keys.size < 20_000) keys.add(draw(dice));
    const schema = defineSchema([{ name: 'E', key: ['id'], fields: [fieldOf('id', type), fieldOf('place', 'int32')] }]);
    const shuffled = dice.shuffled([...keys]);
    const snapshot = await written(schema, (writer) => {
      for (const [place, id] of shuffled.entries()) writer.add('E', { id, place });
    });
    const sorted = [...keys].sort((a, b) => (a < b ? -1 : 1));
    expect([...snapshot.scan('E')].length).toBe(sorted.length);
    let ordinal = 0;
    let wrong = 0;
    for (const record of snapshot.scan('E')) if (BigInt(record['id'] as bigint) !== sorted[ordinal++]) wrong++;
    for (const [place, id] of shuffled.entries()) if (snapshot.get('E', id)?.['place'] !== place) wrong++;
    for (const id of sorted)
      if (!keys.has(id + 1n) && id < 2n ** 31n - 1n && snapshot.byOrdinal.ordinalOf('E', id + 1n) >= 0) wrong++;
    expect(wrong).toBe(0);
    expect(snapshot.reader.sections.map(({ kind }) => kind)).toContain(index === 'rankBitmap' ? 7 : 8);
    snapshot.close();
  });
});

describe('values', () => {
  it('of many megabytes come back whole', async () => {
    const long = 'é'.repeat(3_000_000);
    const bytes = Buffer.alloc(5_000_000, 7);
    const list = Array.from({ length: 300_000 }, (_, number) => (number % 5 ? `element ${number}` : null));
    const json = { list: Array.from({ length: 100_000 }, (_, number) => number) };
    const decimal = `-${'1234567890'.repeat(13_000)}.${'5'.repeat(16_000)}`;
    const schema = defineSchema([
      {
        name: 'E',
        key: ['id'],
        fields: [
          fieldOf('id', 'int32'),
          fieldOf('text', 'text'),
          fieldOf('bytes', 'bytes'),
          fieldOf('list', 'text', { array: true }),
          fieldOf('json', 'json'),
          fieldOf('decimal', 'decimal'),
        ],
      },
    ]);
    const record = { id: 1, text: long, bytes, list, json, decimal };
    const snapshot = await written(schema, (writer) => {
      writer.add('E', record);
      writer.add('E', { ...record, id: 2, text: '' });
    });
    const read = snapshot.get('E', 1) as typeof record;
    expect(read.text === long && read.bytes.equals(bytes) && read.decimal === decimal).toBe(true);
    expect(JSON.stringify([read.list, read.json])).toBe(JSON.stringify([list, json]));
    expect(snapshot.get('E', 2)!['text']).toBe('');
    expect(await snapshot.verify()).toEqual([]);
  });
});
