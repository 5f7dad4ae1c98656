/** How values are given back where JavaScript has a choice. */
import { spawnSync } from 'node:child_process';
import { createSnapshot, defineSchema, materialize, openSnapshot, type ValueOptions } from '../../src';
import { fieldOf } from '../support/fields';
import { MemoryStorage } from '../support/memory-storage';

const schema = defineSchema([
  {
    name: 'E',
    key: ['id'],
    fields: [
      fieldOf('id', 'int64'),
      fieldOf('unsigned', 'uint64'),
      fieldOf('wall', 'timestamp'),
      fieldOf('instant', 'timestamptz'),
      fieldOf('price', 'decimal'),
      fieldOf('data', 'json'),
      fieldOf('span', 'interval'),
      fieldOf('spans', 'interval', { array: true }),
      fieldOf('ids', 'int64', { array: true }),
      fieldOf('prices', 'decimal', { array: true }),
      fieldOf('walls', 'timestamp', { array: true }),
      fieldOf('none', 'int64', { nullable: true }),
    ],
  },
]);
const record = {
  id: 2n ** 60n,
  unsigned: 2n ** 64n - 1n,
  wall: 1_700_000_000_123_456n,
  instant: -1n,
  price: '1.10',
  data: { a: [1] },
  span: { months: 14, days: -3, microseconds: 4_000_001 },
  spans: [{ months: 0, days: 0, microseconds: 0 }, null],
  ids: [-5, null],
  prices: ['0.50', null, '1e3'],
  walls: [0n, 1 / 0],
  none: null,
};

async function read(values: ValueOptions): Promise<Record<string, unknown>> {
  const storage = new MemoryStorage();
  const writer = createSnapshot({ path: 'm/x', schema, storage });
  writer.add('E', record);
  await writer.finish();
  const snapshot = await openSnapshot('m/x', { storage, values });
  const found = snapshot.get('E', 2n ** 60n)!;
  expect(materialize(found)).toMatchObject({ data: found['data'] });
  return { ...materialize(found) };
}

describe('values', () => {
  it('by default: BigInts, Dates, exact text, fresh JSON', async () => {
    expect(await read({})).toEqual({
      ...record,
      wall: new Date(1_700_000_000_123),
      instant: new Date(-1),
      ids: [-5n, null],
      prices: ['0.50', null, '1000'],
      walls: [new Date(0), 1 / 0],
    });
  });

  it('as text', async () => {
    expect(await read({ int64: 'string', json: 'text' })).toMatchObject({
      id: String(2n ** 60n),
      unsigned: String(2n ** 64n - 1n),
      ids: ['-5', null],
      data: '{"a":[1]}',
      none: null,
    });
  });

  it('intervals as ISO 8601 text', async () => {
    expect(await read({ interval: 'text' })).toMatchObject({ span: 'P1Y2M-3DT4.000001S', spans: ['PT0S', null] });
  });

  it('as numbers', async () => {
    expect(await read({ int64: 'number', decimal: 'number' })).toMatchObject({
      id: 2 ** 60,
      unsigned: 2 ** 64,
      ids: [-5, null],
      price: 1.1,
      prices: [0.5, null, 1000],
    });
  });

  it('as microseconds', async () => {
    expect(await read({ timestamp: 'microseconds', timestamptz: 'microseconds' })).toMatchObject({
      wall: record.wall,
      instant: -1n,
      walls: [0n, 2n ** 63n - 1n],
    });
  });

  it('through a conversion, which sees no nulls', async () => {
    const seen: unknown[] = [];
    const values: ValueOptions = {
      int64: 'string',
      convert: ({ name }, field) => {
        if (field.type !== 'int64') return undefined;
        return (value) => {
          seen.push(value);
          return `${name}.${field.name}: ${value}`;
        };
      },
    };
    expect(await read(values)).toMatchObject({
      id: `E.id: ${2n ** 60n}`,
      ids: 'E.ids: -5,',
      none: null,
      price: '1.10',
    });
    expect(seen).not.toContain(null);
  });

  it('through a conversion that takes nulls, and other representations than the rest', async () => {
    const values: ValueOptions = {
      int64: 'string',
      convert: (_, field) =>
        field.type === 'timestamp' || field.nullable
          ? { convert: (value) => [value], takesNull: true, representations: { timestamp: 'microseconds' } }
          : undefined,
    };
    expect(await read(values)).toMatchObject({ id: String(2n ** 60n), wall: [record.wall], none: [null] });
  });

  it('that have no zone as the wall clock of the process, in every zone', () => {
    const program = `
      const { createSnapshot, defineSchema, memoryStorage, openSnapshot } = require(${JSON.stringify(require.resolve('../../dist'))});
      (async () => {
        const storage = memoryStorage();
        const writer = createSnapshot({ path: 'x', storage, schema: defineSchema([{ name: 'E', key: ['id'], fields: [{ name: 'id', type: 'int32' }, { name: 'wall', type: 'timestamp' }] }]) });
        const walls = ['2024-02-29T12:34:56.789Z', '0099-01-02T03:04:05.000Z', '1969-12-31T23:59:59.999Z', '2024-07-01T00:00:00.000Z'];
        for (const [id, wall] of walls.entries()) writer.add('E', { id, wall: new Date(wall) });
        await writer.finish();
        const snapshot = await openSnapshot('x', { storage, values: { timestamp: 'local-date' } });
        const two = (number, width = 2) => String(number).padStart(width, '0');
        const shown = [...snapshot.all('E')].map(({ wall }) => two(wall.getFullYear(), 4) + '-' + two(wall.getMonth() + 1) + '-' + two(wall.getDate()) + 'T' + two(wall.getHours()) + ':' + two(wall.getMinutes()) + ':' + two(wall.getSeconds()) + '.' + two(wall.getMilliseconds(), 3) + 'Z');
        console.log(JSON.stringify(shown) === JSON.stringify(walls) ? 'same' : shown);
      })();`;
    for (const TZ of ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia']) {
      const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
        encoding: 'utf8',
        env: { ...process.env, TZ },
      });
      expect([TZ, stdout.trim(), stderr]).toEqual([TZ, 'same', '']);
    }
  });
});
