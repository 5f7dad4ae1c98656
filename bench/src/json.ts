/**
 * Packed JSON against JSON.parse, and compressed text against text as it is: time of reads and bytes in the file.
 * Prints two tables; returns the lines that fail.
 */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { createSnapshot, Field, openSnapshot, Snapshot, schemaFromClasses } from '@permafrost/core';
import { medianNanoseconds, randomSequence } from './timing';

const RECORD_COUNT = 64;
const ROUNDS = 11;
/** One member of 1 MB must be found in this share of the time that parsing takes; it is a ten-thousandth when nothing disturbs. */
export const MAX_MEMBER_SHARE = 0.01;

@Snapshot()
class Document {
  @Field('int32', { key: true }) id!: number;
  @Field('json', { packed: true }) packed!: any;
  @Field('json') plain!: any;
}

@Snapshot()
class Article {
  @Field('int32', { key: true }) id!: number;
  @Field('text', { compressed: true }) compressed!: string;
  @Field('text') plain!: string;
}

export async function benchJson(directory: string): Promise<string[]> {
  console.log(`\nJSON: µs a read, by JSON.parse and packed (median of ${ROUNDS} rounds)`);
  console.log(row(['', '', '', 'one member', '', 'all members', '']));
  console.log(row(['value', 'bytes', 'stored', 'parsed', 'packed', 'parsed', 'packed']));
  const failures: string[] = [];
  for (const { name, value, member } of documents()) {
    const { size, stored, parsed, packed } = await measureDocument(directory, value, member);
    const times = [parsed.one, packed.one, parsed.all, packed.all].map(microseconds);
    console.log(row([name, String(size), percent(stored / size), ...times]));
    const share = packed.one / parsed.one;
    if (size > 1e6 && share > MAX_MEMBER_SHARE) {
      const found = `json: one member of ${size} bytes takes ${share.toFixed(3)} of the time that parsing takes`;
      failures.push(`${found}; at most ${MAX_MEMBER_SHARE} is allowed`);
    }
  }
  console.log(`\nCompressed text: µs a read of English prose, as it is and compressed (median of ${ROUNDS} rounds)`);
  console.log(row(['', 'bytes', 'stored', 'as it is', 'compressed']));
  for (const size of [1_000, 10_000, 100_000]) {
    const { stored, plain, compressed } = await measureText(directory, size);
    console.log(row(['', String(size), percent(stored / size), microseconds(plain), microseconds(compressed)]));
  }
  return failures;
}

function documents(): { name: string; value: object; member: string }[] {
  const wide = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, number) => [
        `setting${number}Name`,
        [number * 37, `value of ${number}`, true, { a: number, b: 'x' }][number % 4],
      ]),
    );
  const item = (id: number) => ({
    id,
    name: `item number ${id}`,
    tags: ['a', 'b'],
    price: id / 7,
    size: { x: 1, y: [1] },
  });
  const items = Array.from({ length: 11_000 }, (_, id) => item(id));
  return [
    { name: '4 keys', value: wide(4), member: 'setting2Name' },
    { name: '20 keys', value: wide(20), member: 'setting5Name' },
    { name: '40 keys', value: wide(40), member: 'setting5Name' },
    { name: '200 keys', value: wide(200), member: 'setting5Name' },
    { name: '11,000 objects', value: { theme: 'dark', version: 3, items }, member: 'theme' },
  ];
}

/** Nanoseconds a read. */
interface Times {
  readonly one: number;
  readonly all: number;
}

/** `size` is that of the text, `stored` that of the packed value, in bytes. */
async function measureDocument(
  directory: string,
  value: object,
  member: string,
): Promise<{ size: number; stored: number; parsed: Times; packed: Times }> {
  const size = JSON.stringify(value).length;
  const recordCount = size > 1e5 ? 2 : RECORD_COUNT;
  const file = path.join(directory, `json-${size}.permafrost`);
  const writer = createSnapshot({ path: file, schema: schemaFromClasses([Document]) });
  for (let id = 0; id < recordCount; id++) writer.add(Document, { id, packed: value, plain: value });
  const { heapSize } = await writer.finish();
  using snapshot = await openSnapshot(file, { entities: [Document] });
  const records = Array.from({ length: recordCount }, (_, id) => snapshot.get(Document, id)!);
  const time = (readCount: number, read: (record: Document) => number) =>
    medianNanoseconds(readCount, ROUNDS, (count) => {
      let sum = 0;
      for (let place = 0; place < count; place++) sum += read(records[place % recordCount]!);
      return sum;
    });
  const most = Math.max(3, Math.round(1e6 / size));
  const parsed = {
    one: time(most, (record) => String(record.plain[member]).length),
    all: time(most, (record) => scalarCount(record.plain)),
  };
  const packed = {
    one: time(Math.max(most, 2000), (record) => String(record.packed[member]).length),
    all: time(Math.ceil(most / 4), (record) => scalarCount(record.packed)),
  };
  return { size, stored: heapSize / recordCount - size, parsed, packed };
}

function scalarCount(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 0;
  for (const member of Object.values(value)) count += scalarCount(member);
  return count;
}

async function measureText(
  directory: string,
  size: number,
): Promise<{ stored: number; plain: number; compressed: number }> {
  const file = path.join(directory, `text-${size}.permafrost`);
  const writer = createSnapshot({ path: file, schema: schemaFromClasses([Article]) });
  const corpus = proseOfThisProject();
  const random = randomSequence();
  for (let id = 0; id < RECORD_COUNT; id++) {
    const start = random(corpus.length);
    const text = (corpus.slice(start) + corpus + corpus).slice(0, size);
    writer.add(Article, { id, compressed: text, plain: text });
  }
  const { heapSize } = await writer.finish();
  using snapshot = await openSnapshot(file, { entities: [Article] });
  const records = Array.from({ length: RECORD_COUNT }, (_, id) => snapshot.get(Article, id)!);
  const time = (field: 'compressed' | 'plain') =>
    medianNanoseconds(Math.max(64, Math.round(5e6 / size)), ROUNDS, (count) => {
      let sum = 0;
      for (let place = 0; place < count; place++) sum += records[place % RECORD_COUNT]![field].length;
      return sum;
    });
  return { stored: heapSize / RECORD_COUNT - size, plain: time('plain'), compressed: time('compressed') };
}

/** The documents of this repository in ASCII, without their tables: 80 KB, more than a stream looks back for repetitions. */
function proseOfThisProject(): string {
  const root = path.resolve(__dirname, '../..');
  const lines = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/ERRORS.md', 'docs/FORMAT.md']
    .flatMap((name) => readFileSync(path.join(root, name), 'utf8').split('\n'))
    .filter((line) => line !== '' && !/^(\||[0-9a-f]{4} {2})/.test(line));
  return lines.join('\n').replace(/[^\n -~]/g, '-');
}

function row([name, ...cells]: readonly string[]): string {
  return name!.padEnd(16) + cells.map((cell) => cell.padStart(12)).join('');
}

function microseconds(nanoseconds: number): string {
  return (nanoseconds / 1000).toFixed(nanoseconds < 99_500 ? 1 : 0);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
