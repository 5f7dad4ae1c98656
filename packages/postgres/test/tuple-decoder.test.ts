/** The binary COPY stream of a real server: cut anywhere, cut off, damaged. */
import { isDeepStrictEqual } from 'node:util';
import { isPermafrostError } from '@permafrost/core';
import * as fc from 'fast-check';
import type { Client } from 'pg';
import { withDatabase } from '../../../test/src/postgres/suite';
import { CopyOutQuery } from '../src/copy-out-query';
import { TupleDecoder } from '../src/tuple-decoder';
import { connect, type Given, RecordingSetter } from './support';

const types = ['int4', 'text', 'numeric', 'timestamptz', 'int4[]', 'jsonb', 'bool'];
const records = `
  SELECT * FROM (VALUES
    (1::int4, 'grün'::text, 12.50::numeric, timestamptz '2024-02-29 12:00+00', '{1,NULL,3}'::int4[], '{"a":1}'::jsonb, true),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (-1, '', 'NaN', '-infinity', '{}', '[]', false)
  ) AS t (a, b, c, d, e, f, g)`;

const database = withDatabase('postgres_tuples');
let client: Client;
/** The whole stream, as the server sends it. */
let stream: Buffer;
let expected: Given[][];
beforeAll(async () => {
  client = await connect(database.url);
  stream = await streamOf(records);
  expected = decode([stream]).columns;
});
afterAll(() => client.end());

async function streamOf(sql: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const query = new CopyOutQuery(`COPY (${sql}) TO STDOUT (FORMAT binary)`, {
    push: (bytes, start, end) => void pieces.push(Buffer.from(bytes.subarray(start, end))),
    failed: () => {},
  });
  client.query(query);
  await query.finished;
  return Buffer.concat(pieces);
}

/** Decodes pieces that are overwritten as soon as the decoder has seen them, and lie anywhere in their buffer. */
function decode(pieces: readonly Buffer[], columnTypes: readonly string[] = types) {
  const setters = columnTypes.map(() => new RecordingSetter());
  let begun = 0;
  let ended = 0;
  const decoder = new TupleDecoder({
    columns: columnTypes.map((type, position) => ({
      name: `column${position}`,
      pgType: type.replace('[]', ''),
      array: type.endsWith('[]'),
      setters: [setters[position]!.asSetter],
    })),
    beginRecord: () => void begun++,
    endRecord: () => void ended++,
  });
  for (const piece of pieces) {
    const bytes = Buffer.concat([Buffer.alloc(3, 0xee), piece, Buffer.alloc(5, 0xee)]);
    decoder.push(bytes, 3, 3 + piece.length);
    bytes.fill(0xaa);
  }
  decoder.finish();
  expect([begun, ended]).toEqual([decoder.recordCount, decoder.recordCount]);
  return { columns: setters.map((setter) => setter.given), records: ended, bytes: decoder.byteCount };
}

function failureOf(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    if (isPermafrostError(error)) return error;
    throw error;
  }
  return { code: 'none', message: '' };
}

test('a stream in one piece', () => {
  expect(expected.map((values) => values[0])).toEqual([
    { method: 'setInt32', value: 1 },
    { method: 'setUtf8', bytes: Buffer.from('grün') },
    { method: 'setDecimal', coefficient: 1250, scale: 2 },
    { method: 'setInt64', value: BigInt(Date.UTC(2024, 1, 29, 12)) * 1000n },
    {
      method: 'array',
      elements: [1, null, 3].map((value) => (value === null ? { method: 'setNull' } : { method: 'setInt32', value })),
    },
    { method: 'setUtf8', bytes: Buffer.from('{"a": 1}') },
    { method: 'setBoolean', value: true },
  ]);
  expect(expected.map((values) => values[1])).toEqual(types.map(() => ({ method: 'setNull' })));
  expect(decode([stream])).toMatchObject({ records: 3, bytes: stream.length });
});

test('a stream cut at every two places', () => {
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const pieces = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
      const { columns } = decode(pieces);
      if (!isDeepStrictEqual(columns, expected)) {
        expect({ first, second, columns }).toEqual({ first, second, columns: expected });
      }
    }
  }
});

test('a stream byte by byte', () => {
  expect(decode(Array.from(stream, (byte) => Buffer.of(byte))).columns).toEqual(expected);
});

test('records of any size in pieces of any size', async () => {
  const large = await streamOf(`SELECT n, repeat('é', n * n * 40), n % 3 = 0 FROM generate_series(0, 40) AS n`);
  const whole = decode([large], ['int4', 'text', 'bool']);
  expect(whole.columns[1]!.map((given) => (given as { bytes: Buffer }).bytes.length)).toEqual(
    Array.from({ length: 41 }, (_, n) => n * n * 80),
  );
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 200_000 })), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(sizes, (pieceSizes) => {
      const pieces: Buffer[] = [];
      for (let at = 0, piece = 0; at < large.length; piece++) {
        // Small pieces all the way would be millions of calls; they are for the first part.
        const size = at < 20_000 ? pieceSizes[piece % pieceSizes.length]! : Math.max(...pieceSizes, 5000);
        pieces.push(large.subarray(at, at + size));
        at += size;
      }
      return isDeepStrictEqual(decode(pieces, ['int4', 'text', 'bool']), whole);
    }),
    { numRuns: 25 },
  );
});

test('a stream cut off anywhere is damaged', () => {
  for (let size = 0; size < stream.length; size++) {
    expect({ size, ...pick(failureOf(() => decode([stream.subarray(0, size)]))) }).toEqual({
      size,
      code: 'EXPORT_FAILED',
    });
  }
});

test('every damaged bit gives a coded error or values, and touches nothing outside', () => {
  const codes = new Set<string>();
  for (let bit = 0; bit < stream.length * 8; bit++) {
    const damaged = Buffer.from(stream);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    codes.add(failureOf(() => decode([damaged])).code);
  }
  expect([...codes].sort()).toEqual(['EXPORT_FAILED', 'EXPORT_UNSUPPORTED', 'none']);
});

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const start = Buffer.concat([signature, int32(0), int32(0)]);
const trailer = Buffer.of(0xff, 0xff);

test('a header extension is skipped', () => {
  const extended = Buffer.concat([signature, int32(7), int32(5), Buffer.from('extra'), stream.subarray(start.length)]);
  for (let cut = 0; cut < 40; cut++) {
    expect(decode([extended.subarray(0, cut), extended.subarray(cut)]).columns).toEqual(expected);
  }
});

test.each([
  ['another format', [Buffer.from('1\tgrün\t12.50\n2\t\\N\n')], /signature/],
  ['a flag that changes the format', [signature, int32(1 << 16), int32(0), trailer], /flags 0x10000/],
  ['a negative header extension', [signature, int32(0), int32(-1)], /extension of -1 bytes/],
  ['too few fields', [start, Buffer.of(0, 6)], /a tuple of 6 fields.*/],
  ['a size below -1', [start, Buffer.of(0, 7), int32(-2)], /a field of -2 bytes in column "column0"/],
  ['a field beyond 1 GiB', [start, Buffer.of(0, 7), int32(2 ** 30)], /a field of 1073741824 bytes in column "column0"/],
  ['something after the trailer', [start, trailer, Buffer.of(0)], /1 bytes after the trailer/],
  [
    'an int4 of 3 bytes',
    [start, Buffer.of(0, 7), int32(3), Buffer.alloc(3), ...Array(6).fill(int32(-1))],
    /3 bytes in column "column0" \(int4\)/,
  ],
])('%s is refused', (_, pieces, message) => {
  const failure = failureOf(() => decode(pieces as Buffer[]));
  expect(failure.code).toBe('EXPORT_FAILED');
  expect(failure.message).toMatch(message);
});

test('an empty result is a header and a trailer', () => {
  expect(decode([start, trailer])).toMatchObject({ records: 0, columns: types.map(() => []) });
});

function pick({ code }: { code: string }) {
  return { code };
}
