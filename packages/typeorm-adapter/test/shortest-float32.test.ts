/** The shortest decimals of float32s, against the server that writes them. */

import { Client } from 'pg';
import { withDatabase } from '../../../test/src/postgres/suite';
import { nearestFloat32, shortestFloat32 } from '../src/values/shortest-float32';

const database = withDatabase('adapter_floats');
const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

function float32OfBits(bits: number): number {
  words[0] = bits;
  return floats[0]!;
}

/** Powers of two with their neighbours (where intervals are lopsided), subnormals, integers beyond 2^24, and random ones. */
function* samples(): Generator<number> {
  for (let exponent = 0; exponent < 255; exponent++) {
    for (const step of [-2, -1, 0, 1, 2]) yield float32OfBits(Math.max(1, exponent * 2 ** 23 + step));
  }
  for (let bits = 1; bits < 2000; bits++) yield float32OfBits(bits);
  for (let integer = 2 ** 24; integer < 2 ** 25 + 4000; integer += 8191) yield Math.fround(integer);
  for (let place = 1; place < 2000; place++) yield Math.fround(place / 100);
  // Marsaglia's xorshift32, so that a failure comes back.
  for (let state = 2463534242, count = 0; count < 60_000; count++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const value = float32OfBits(state & 0x7fffffff);
    if (Number.isFinite(value)) yield value;
  }
}

test('as PostgreSQL writes them', async () => {
  const values = [...samples()].flatMap((value) => [value, -value]);
  const client = new Client(database.url);
  await client.connect();
  try {
    const { rows } = await client.query('SELECT unnest($1::float8[])::float4 AS value', [values]);
    const different = values.filter((value, place) => !Object.is(shortestFloat32(value), rows[place].value));
    expect(different).toEqual([]);
    expect(rows.length).toBe(values.length);
    expect(values.length).toBeGreaterThan(100_000);
  } finally {
    await client.end();
  }
});

test('texts are read as PostgreSQL reads them', async () => {
  const values = [...samples()];
  const texts = values.flatMap((value, place) => [
    String(shortestFloat32(value)),
    String(-value),
    // Between two float32s, and so close to it that a double cannot tell.
    String((value + values[(place + 1) % values.length]!) / 2),
  ]);
  const finite = texts.filter((text) => Math.abs(Number(text)) < 3.4e38 && Math.abs(Number(text)) > 1e-37);
  finite.push(
    '7.038531e-26',
    ' +0.5 ',
    '-.1',
    '16777217',
    '16777217.0000000000000000000001',
    '16777219',
    '16777218.9999999999999999999',
  );
  const client = new Client(database.url);
  await client.connect();
  try {
    const { rows } = await client.query('SELECT unnest($1::text[])::float4::float8 AS value', [finite]);
    const different = finite.filter((text, place) => nearestFloat32(text) !== rows[place].value);
    expect(different).toEqual([]);
  } finally {
    await client.end();
  }
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0])('%p stays itself', (value) => {
  expect(shortestFloat32(value)).toBe(value);
});
