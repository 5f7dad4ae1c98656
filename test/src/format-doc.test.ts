/**
 * docs/FORMAT.md is normative, so it is held to the code: byte tables are those at the top of the structures' source files, tables of
 * numbers have the numbers of the sources, and what is generated (worked example, hashes) is generated again. `UPDATE_DOCS=1` rewrites that.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defineSchema, fieldTypes, openSnapshot, sectionKinds, slotSizes } from '@permafrost/core';
import { murmur3 } from '../../packages/core/src/bytes/murmur3';
import { HEADER_SIZE } from '../../packages/core/src/file/header';
import { readableKinds } from '../../packages/core/src/file/section-kinds';
import { layoutRecord, scalarSlotKind } from '../../packages/core/src/layout/layout';
import * as limits from '../../packages/core/src/limits';
import { reservedFieldTypes } from '../../packages/core/src/schema/field-types';
import { type FieldDefinition, keyFields } from '../../packages/core/src/schema/schema';
import { keyProbesOf } from '../../packages/core/src/structure/key';
import { annotate, exampleFile, exampleSchema, withExample } from './format/worked-example';

const root = path.resolve(__dirname, '../..');
const documentPath = path.join(root, 'docs/FORMAT.md');
const document = readFileSync(documentPath, 'utf8');

describe('byte tables', () => {
  const documented = new Map(
    [...document.matchAll(/^Source: `([^`]+)`\n\n```bytes\n([\s\S]*?)\n```$/gm)].map(([, file, table]) => [
      file!,
      table!,
    ]),
  );

  test('are at the top of exactly the source files that have one', () => {
    const sources = sourceFiles().filter((file) => tableOf(file) !== undefined);
    expect([...documented.keys()].sort()).toEqual(sources.sort());
    expect(documented.size).toBe([...document.matchAll(/^```bytes$/gm)].length);
  });

  test.each([...documented])('%s', (file, table) => {
    expect(table).toBe(tableOf(file));
  });

  test('name source files that exist', () => {
    const named = [...document.matchAll(/`((?:packages|test)\/[^`]+\.ts)`/g)].map(([, file]) => file!);
    expect(named.length).toBeGreaterThan(documented.size);
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});

describe('tables of numbers', () => {
  test('section kinds', () => {
    const rows = tableUnder('kind', 'name', 'owner');
    expect(Object.fromEntries(rows.map(([kind, name]) => [name, Number(kind)]))).toEqual(sectionKinds);
    const chapters = rows.filter(([, , , , chapter]) => chapter !== '').map(([kind]) => Number(kind));
    expect(chapters).toEqual([...readableKinds.keys()].sort((a, b) => a - b));
  });

  test('slot kinds', () => {
    const rows = tableUnder('slot kind', 'size', 'bytes');
    expect(Object.fromEntries(rows.map(([kind, size]) => [kind, Number(size)]))).toEqual(slotSizes);
  });

  test('field types', () => {
    const rows = tableUnder('field type', 'slot kind');
    expect(rows.map(([type]) => type)).toEqual([...fieldTypes]);
    const slotKinds = Object.fromEntries(fieldTypes.map((type) => [type, scalarSlotKind(type, 2, false)]));
    expect(Object.fromEntries(rows.map(([type, kind]) => [type, kind]))).toEqual(slotKinds);
    const reserved = /Field types reserved[^:]*: ([^.]*)\./.exec(document)![1]!;
    expect([...reserved.matchAll(/`([^`]+)`/g)].map(([, type]) => type)).toEqual([...reservedFieldTypes]);
  });

  test('limits', () => {
    const rows = tableUnder('name', 'value', 'reason');
    const values = rows.map(([name, value]) => {
      const [, exponent, less] = /^2\^(\d+)(?: - (\d+))?$/.exec(value!)!;
      return [name!, 2 ** Number(exponent) - Number(less ?? 0)];
    });
    expect(Object.fromEntries(values)).toEqual({ ...limits });
  });

  test('chapters and their links', () => {
    const headings = [...document.matchAll(/^## (\d+ .+)$/gm)].map(([, heading]) => heading!);
    const anchors = headings.map(
      (heading) =>
        `#${heading
          .toLowerCase()
          .replace(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-')}`,
    );
    const links = [...document.matchAll(/\]\((#[^)]+)\)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
    expect(links.slice(0, headings.length)).toEqual(anchors);
  });
});

describe('what is generated', () => {
  test('worked example', async () => {
    const text = annotate(await exampleFile());
    expectGenerated('worked-example', `\`\`\`text\n${text}\n\`\`\``);
  });

  test('the worked example has every byte of a file that the reader reads', async () => {
    await withExample(async (filePath) => {
      const shown = generated('worked-example')
        .split('\n')
        .filter((line) => /^[0-9a-f]{4} {2}/.test(line))
        .map((line) => line.slice(6, 6 + 47).replaceAll(' ', ''));
      expect(shown.join('')).toBe(readFileSync(filePath, 'hex'));
      const snapshot = await openSnapshot(filePath);
      expect(await snapshot.verify()).toEqual([]);
      expect((snapshot.get('Person', 3) as { boss: { name: string } }).boss.name).toBe('Ada');
      snapshot.close();
    });
  });

  test('the record of the example lies as the text says', () => {
    const { slots, stride } = layoutRecord(exampleSchema.entities[0]!, { tableText: new Set() });
    expect(slots.map(({ name, offset, bit }) => [name, offset, bit])).toEqual([
      ['id', 4, 0],
      ['name', 8, 1],
      ['boss', 16, 2],
    ]);
    expect(stride).toBe(24);
    expect(HEADER_SIZE).toBe(64);
  });

  test('canonical schema', () => {
    const canonical =
      '[["Person",["id"],[["id","int32",false,false,null],["name","text",false,false,null]],[["boss","to-one","Person",null,true],["staff","to-many","Person","boss",true]]]]';
    const fingerprint = createHash('sha256').update(canonical).digest('hex');
    expect(fingerprint).toBe(exampleSchema.fingerprint);
    expectGenerated('canonical-schema', `\`\`\`text\n${canonical}\nSHA-256 ${fingerprint}\n\`\`\``);
  });

  test('hashes', () => {
    const rows = hashVectors.map(({ types, shown, values, bytes }) => {
      const hash = hashOf(types, values);
      const parts = bytes.map((part) => Buffer.from(part, 'hex'));
      expect(hash).toBe(parts.reduce((seed, part) => murmur3(part, 0, part.length, seed), 0));
      return [types.join(', '), shown, bytes.join(', '), `0x${hash.toString(16).padStart(8, '0')}`];
    });
    expectGenerated('hash-vectors', tableText(['key', 'value', 'canonical bytes', 'hash'], rows));
  });
});

/** `bytes` are the canonical bytes of each part, written out: what chapter 13 says, not what the code does. */
const hashVectors: { types: FieldDefinition['type'][]; shown: string; values: unknown[]; bytes: string[] }[] = [
  { types: ['int32'], shown: '42', values: [42], bytes: ['2a00000000000000'] },
  { types: ['int64'], shown: '42', values: [42n], bytes: ['2a00000000000000'] },
  { types: ['int16'], shown: '-1', values: [-1], bytes: ['ffffffffffffffff'] },
  { types: ['uint64'], shown: '2^63', values: [2n ** 63n], bytes: ['0000000000000080'] },
  { types: ['boolean'], shown: 'true', values: [true], bytes: ['0100000000000000'] },
  { types: ['timestamp'], shown: '1970-01-01 00:00:00.000256', values: [256n], bytes: ['0001000000000000'] },
  { types: ['date'], shown: '1969-12-31', values: ['1969-12-31'], bytes: ['ffffffffffffffff'] },
  { types: ['float64'], shown: '1.5', values: [1.5], bytes: ['000000000000f83f'] },
  { types: ['float64'], shown: '-0', values: [-0], bytes: ['0000000000000000'] },
  { types: ['float32'], shown: 'NaN', values: [Number.NaN], bytes: ['000000000000f87f'] },
  { types: ['text'], shown: '(empty)', values: [''], bytes: [''] },
  { types: ['text'], shown: 'Ada', values: ['Ada'], bytes: ['416461'] },
  { types: ['text'], shown: 'Zoë', values: ['Zoë'], bytes: ['5a6fc3ab'] },
  { types: ['text'], shown: 'lone surrogate U+D800', values: ['\ud800'], bytes: ['eda080'] },
  { types: ['bytes'], shown: '00 ff', values: [Uint8Array.of(0, 255)], bytes: ['00ff'] },
  { types: ['decimal'], shown: '-1.50', values: ['-1.50'], bytes: ['2d312e35'] },
  { types: ['decimal'], shown: '10.0', values: ['10.0'], bytes: ['3130'] },
  {
    types: ['uuid'],
    shown: '123e4567-e89b-12d3-a456-426614174000',
    values: ['123e4567-e89b-12d3-a456-426614174000'],
    bytes: ['123e4567e89b12d3a456426614174000'],
  },
  { types: ['int32', 'text'], shown: '42, Ada', values: [42, 'Ada'], bytes: ['2a00000000000000', '416461'] },
];

function hashOf(types: readonly FieldDefinition['type'][], values: readonly unknown[]): number {
  const fields = types.map((type, part) => ({ name: `part${part}`, type }));
  const [entity] = defineSchema([{ name: 'Keyed', key: fields.map(({ name }) => name), fields }]).entities;
  return keyProbesOf(keyFields(entity!), 'Keyed').reduce((hash, part, number) => {
    part.loadValue(values[number]);
    return part.hash(hash);
  }, 0);
}

function sourceFiles(): string[] {
  return readdirSync(path.join(root, 'packages')).flatMap((name) =>
    readdirSync(path.join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `packages/${name}/src/${file}`),
  );
}

/** The indented part of a source file's first comment, if it is a byte table. */
function tableOf(file: string): string | undefined {
  const [, comment] = /^\/\*\*\n([\s\S]*?)\n \*\//.exec(readFileSync(path.join(root, file), 'utf8')) ?? [];
  const lines = (comment ?? '').split('\n');
  const isTable = (line: string) => line.startsWith(' *   ');
  const first = lines.findIndex(isTable);
  if (first < 0 || !/^ \* {3}(offset {2}size {2}type|.* bits {3}meaning|member +type +meaning)/.test(lines[first]!))
    return undefined;
  const last = lines.findLastIndex(isTable);
  return lines
    .slice(first, last + 1)
    .map((line) => line.slice(5))
    .join('\n');
}

/** The cells of the rows of the one table whose head begins with these. */
function tableUnder(...head: string[]): string[][] {
  const tables = document.split('\n\n').filter((paragraph) => paragraph.startsWith('|'));
  const found = tables.map(rowsOf).filter(([first]) => head.every((cell, column) => first![column] === cell));
  if (found.length !== 1) throw new Error(`FORMAT.md has ${found.length} tables that begin with ${head.join(', ')}.`);
  return found[0]!.slice(2);
}

function rowsOf(table: string): string[][] {
  const lines = table.trimEnd().split('\n');
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** A table as the formatter writes it. */
function tableText(head: string[], rows: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)));
  const rule = widths.map((width) => '-'.repeat(width));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [head, rule, ...rows].map(line).join('\n');
}

function generated(name: string): string {
  const [, text] =
    new RegExp(`<!-- generated: ${name} -->\n([\\s\\S]*?)<!-- end -->`).exec(readFileSync(documentPath, 'utf8')) ?? [];
  if (text === undefined) throw new Error(`FORMAT.md has no generated part "${name}".`);
  return text;
}

function expectGenerated(name: string, expected: string): void {
  const text = `\n${expected}\n\n`;
  if (process.env['UPDATE_DOCS'] === '1') {
    const begin = `<!-- generated: ${name} -->\n`;
    const [before, after] = readFileSync(documentPath, 'utf8').split(`${begin}${generated(name)}`);
    writeFileSync(documentPath, `${before}${begin}${text}${after}`);
  }
  expect(generated(name)).toBe(text);
}
