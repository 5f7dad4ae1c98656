/** Column setters: canonical values by the method of the type, and what a setter refuses. */
import fc from 'fast-check';
import {
  createSnapshot,
  defineSchema,
  type FieldType,
  fieldTypes,
  type IntervalParts,
  openSnapshot,
  type RecordWriter,
} from '../../src';
import { parseDate } from '../../src/bytes/date';
import { parseTime } from '../../src/bytes/time';
import { isPermafrostError } from '../../src/errors';
import type { ColumnSetter } from '../../src/writer/setters/column-setter';
import { comparable, enumLabels, fieldOf, givenBack, microsecondsOf, valuesOf } from '../support/fields';
import { MemoryStorage } from '../support/memory-storage';
import { holds, thrownBy } from '../support/property';

async function written(
  fields: readonly ReturnType<typeof fieldOf>[],
  write: (table: RecordWriter) => void,
): Promise<Record<string, unknown>> {
  const storage = new MemoryStorage();
  const schema = defineSchema([{ name: 'E', key: ['id'], fields: [fieldOf('id', 'int32'), ...fields] }]);
  const writer = createSnapshot({ path: 'm/x', schema, storage });
  const table = writer.table('E');
  table.beginRecord();
  table.column('id').setInt32(1);
  write(table);
  table.endRecord();
  await writer.finish();
  const snapshot = await openSnapshot('m/x', { storage });
  expect(await snapshot.verify()).toEqual([]);
  return snapshot.get('E', 1)!;
}

const halves = (bits: bigint): [low: number, high: number] => [
  Number(bits & 0xffffffffn),
  Number(BigInt.asIntN(32, bits >> 32n)),
];
const days = (value: unknown) =>
  value === 1 / 0 ? 2 ** 31 - 1 : value === -1 / 0 ? -(2 ** 31) : parseDate(value as string)!;

/** How a decoder of a wire format sets values of each type: without setValue. */
const canonicalWays: Partial<Record<FieldType, (setter: ColumnSetter, value: never) => void>> = {
  int64: (setter, value: bigint) => setter.setInt64(...halves(BigInt(value))),
  uint64: (setter, value: bigint) => setter.setInt64(...halves(BigInt(value))),
  timestamp: (setter, value) => setter.setInt64(...halves(microsecondsOf(value))),
  timestamptz: (setter, value) => setter.setInt64(...halves(microsecondsOf(value))),
  time: (setter, value: string) => setter.setInt64(...halves(BigInt(parseTime(value)!))),
  interval: setInterval,
  float32: (setter, value: number) => setter.setFloat64(value),
  float64: (setter, value: number) => setter.setFloat64(value),
  boolean: (setter, value: boolean) => setter.setBoolean(value),
  date: (setter, value) => setter.setInt32(days(value)),
  text: (setter, value: string) => (value.isWellFormed() ? setUtf8(setter, value) : setter.setText(value)),
  enum: setUtf8,
  decimal: (setter, value) => setUtf8(setter, String(value)),
  uuid: setUtf8,
  json: (setter, value) => setUtf8(setter, JSON.stringify(value)),
  bytes(setter, value: Buffer) {
    const bytes = Buffer.concat([Buffer.from('<'), value, Buffer.from('>')]);
    setter.setBytes(bytes, 1, bytes.length - 1);
  },
};

function setInterval(setter: ColumnSetter, value: unknown): void {
  const { months, days, microseconds } = givenBack('interval', value) as IntervalParts;
  setter.setInterval(months, days, ...halves(BigInt(microseconds)));
}

function setUtf8(setter: ColumnSetter, text: string): void {
  const bytes = Buffer.from(`<${text}>`);
  setter.setUtf8(bytes, 1, bytes.length - 1);
}

function setCanonical(setter: ColumnSetter, type: FieldType, value: unknown): void {
  const way = canonicalWays[type];
  if (way) way(setter, value as never);
  else setter.setInt32(value as number);
}

const typed = fc
  .constantFrom(...fieldTypes)
  .chain((type) =>
    fc.tuple(fc.constant(type), fc.array(fc.option(valuesOf[type], { freq: 5 }), { minLength: 1, maxLength: 5 })),
  );

describe('column setters', () => {
  it('take canonical values of every type, in records and in lists', () =>
    holds(
      fc.asyncProperty(typed, async ([type, values]) => {
        const [one] = values;
        const record = await written(
          [fieldOf('one', type, { nullable: true }), fieldOf('list', type, { array: true })],
          (table) => {
            if (one === null) table.column('one').setNull();
            else setCanonical(table.column('one'), type, one);
            const list = table.column('list');
            list.beginArray(values.length);
            for (const value of values) {
              const element = list.nextElement();
              if (value !== null) setCanonical(element, type, value);
            }
            list.endArray();
          },
        );
        const expected = values.map((value) => comparable(value === null ? null : givenBack(type, value)));
        expect(comparable(record['one'])).toEqual(expected[0]);
        expect(comparable(record['list'])).toEqual(expected);
      }),
      200,
    ));

  it('take decimals as coefficient and scale, UUIDs as 16 bytes', async () => {
    const record = await written([fieldOf('price', 'decimal'), fieldOf('uid', 'uuid')], (table) => {
      table.column('price').setDecimal(-1250, 3);
      table.column('uid').setBytes(Buffer.from('00112233445566778899aabbccddeeff', 'hex'), 0, 16);
    });
    expect([record['price'], record['uid']]).toEqual(['-1.250', '00112233-4455-6677-8899-aabbccddeeff']);
  });

  it('set twice: the last call counts, a null as well', async () => {
    const text = fieldOf('text', 'text', { nullable: true });
    const steps = {
      value: (setter: ColumnSetter) => setter.setText('x'),
      null: (setter: ColumnSetter) => setter.setNull(),
    };
    for (const order of [
      ['value', 'null'],
      ['null', 'value'],
      ['value', 'null', 'value'],
    ] as const) {
      const record = await written([text], (table) => {
        for (const step of order) steps[step](table.column('text'));
      });
      expect([order.join(), record['text']]).toEqual([order.join(), order.at(-1) === 'null' ? null : 'x']);
    }
  });

  it.each<[FieldType, (setter: ColumnSetter) => void, string]>([
    ['int8', (setter) => setter.setInt32(128), 'VALUE_RANGE'],
    ['int32', (setter) => setter.setInt32(1.5), 'VALUE_RANGE'],
    ['int32', (setter) => setter.setInt32(Number.NaN), 'VALUE_RANGE'],
    ['int32', (setter) => setter.setInt64(0, 1), 'VALUE_RANGE'],
    ['uint32', (setter) => setter.setInt32(-1), 'VALUE_RANGE'],
    ['uint64', (setter) => setter.setInt32(-1), 'VALUE_RANGE'],
    ['boolean', (setter) => setter.setInt32(2), 'VALUE_RANGE'],
    ['enum', (setter) => setter.setInt32(enumLabels.length), 'VALUE_RANGE'],
    ['enum', (setter) => setter.setInt32(-1), 'VALUE_RANGE'],
    ['enum', (setter) => setter.setText('nowhere'), 'VALUE_RANGE'],
    ['float32', (setter) => setter.setFloat64(1e39), 'VALUE_RANGE'],
    ['decimal', (setter) => setter.setDecimal(2 ** 53, 0), 'VALUE_RANGE'],
    ['decimal', (setter) => setter.setDecimal(1, 128), 'VALUE_RANGE'],
    ['time', (setter) => setter.setInt64(86_400_000_001 % 2 ** 32, 20), 'VALUE_RANGE'],
    ['time', (setter) => setter.setInt32(-1), 'VALUE_RANGE'],
    ['interval', (setter) => setter.setInterval(0, 0, 0, 2 ** 21), 'VALUE_RANGE'],
    ['uuid', (setter) => setter.setBytes(Buffer.alloc(15), 0, 15), 'VALUE_RANGE'],
  ])('of %s refuse what the field cannot hold (%#)', (type, set, code) => {
    const table = createSnapshot({
      path: 'm/x',
      schema: defineSchema([{ name: 'E', key: ['id'], fields: [fieldOf('id', 'int32'), fieldOf('f', type)] }]),
      storage: new MemoryStorage(),
    }).table('E');
    table.beginRecord();
    table.column('id').setInt32(5);
    const error = thrownBy(() => set(table.column('f')));
    expect(error).toMatchObject({ code, details: { entity: 'E', field: 'f', key: 5 } });
  });

  it('called by a method of another type, or out of turn, are misused: a TypeError', () => {
    const table = createSnapshot({
      path: 'm/x',
      schema: defineSchema([{ name: 'E', key: ['id'], fields: [fieldOf('id', 'int32')] }]),
      storage: new MemoryStorage(),
    }).table('E');
    table.beginRecord();
    const column = table.column('id');
    const uses = [
      () => column.setText('1'),
      () => column.setBytes(Buffer.alloc(1), 0, 1),
      () => column.setFloat64(1),
      () => column.beginArray(1),
      () => column.nextElement(),
      () => column.setDecimal(1, 0),
      () => column.setInterval(0, 0, 0, 0),
      () => table.beginRecord(),
    ];
    for (const use of uses) {
      const error = thrownBy(use);
      expect(error).toBeInstanceOf(TypeError);
      expect(isPermafrostError(error)).toBe(false);
      expect(error.message).toContain('E');
    }
  });

  it('end a record only when every required field is set', () => {
    const schema = defineSchema([
      {
        name: 'E',
        key: ['id'],
        fields: [
          fieldOf('id', 'int32'),
          ...Array.from({ length: 20 }, (_, place) => fieldOf(`f${place}`, 'int8', { nullable: place % 2 === 0 })),
        ],
      },
    ]);
    const table = createSnapshot({ path: 'm/x', schema, storage: new MemoryStorage() }).table('E');
    table.beginRecord();
    table.column('id').setInt32(3);
    for (let place = 1; place < 17; place += 2) table.column(`f${place}`).setInt32(1);
    expect(thrownBy(() => table.endRecord())).toMatchObject({
      code: 'VALUE_NULL',
      details: { entity: 'E', field: 'f17', key: 3 },
    });
    expect(table.recordCount).toBe(0);
  });
});
