/**
 * The worked example of docs/FORMAT.md: a real file of two records, taken apart byte by byte from what the document says.
 * Nothing here uses the reader: where the two disagree, one of them is wrong. Every byte is named once; a gap is an error.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { createSnapshot, defineSchema } from '@permafrost/core';

const CREATED_AT = Date.UTC(2026, 0, 31, 12);
const BYTES_PER_LINE = 16;

/** One entity that refers to itself. */
export const exampleSchema = defineSchema([
  {
    name: 'Person',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'name', type: 'text' },
    ],
    relations: [
      { name: 'boss', kind: 'to-one', target: 'Person' },
      { name: 'staff', kind: 'to-many', target: 'Person', inverse: 'boss' },
    ],
  },
]);

/** The bytes of the example: Ada (1) without a boss, and Zoë (3) whose boss is Ada. The same on every run. */
export function exampleFile(): Promise<Buffer> {
  return withExample(async (filePath) => readFileSync(filePath));
}

/** Writes the example for as long as `use` runs. */
export async function withExample<T>(use: (filePath: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), 'permafrost-format-'));
  try {
    const filePath = path.join(directory, 'example.permafrost');
    const writer = createSnapshot({ path: filePath, schema: exampleSchema, createdAt: CREATED_AT });
    writer.add('Person', { id: 3, name: 'Zoë', boss: 1 });
    writer.add('Person', { id: 1, name: 'Ada', boss: null });
    await writer.finish();
    return await use(filePath);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The file as text: one line a value, with its offset, its bytes and its meaning. Throws when a byte has no meaning. */
export function annotate(file: Buffer): string {
  const dump = new Dump(file);
  annotateHeader(dump);
  const footer = file.length - 64;
  const directory = Number(file.readBigUInt64LE(footer + 8));
  const sections = Array.from({ length: file.readUInt32LE(directory) }, (_, number) => {
    const at = directory + 32 + 48 * number;
    return {
      kind: file.readUInt16LE(at),
      offset: Number(file.readBigUInt64LE(at + 16)),
      end: Number(file.readBigUInt64LE(at + 16)) + Number(file.readBigUInt64LE(at + 24)),
    };
  });
  for (const { kind, offset, end } of sections) {
    dump.padTo(offset);
    annotators[kind]!(dump, end);
    dump.requireAt(end);
  }
  annotateDirectory(dump);
  annotateFooter(dump);
  dump.requireAt(file.length);
  return dump.lines.join('\n');
}

const annotators: Record<number, (dump: Dump, end: number) => void> = {
  1: annotateSchema,
  2: annotateChecksumTable,
  3: annotateHeap,
  4: annotateRecords,
  6: annotateAdjacencyList,
  7: annotateRankBitmap,
};

function annotateHeader(dump: Dump): void {
  dump.title('Header');
  dump.bytes(8, 'magic');
  dump.u16('formatVersion');
  dump.u16('minReaderVersion');
  dump.u32('byteOrderMark', hex);
  dump.u32('blockSize');
  dump.u32('sectionAlignment');
  dump.u64('createdAt', (milliseconds) => `${milliseconds}, ${new Date(milliseconds).toISOString()}`);
  dump.bytes(28, 'reserved');
  dump.checksum('headerChecksum', 0, 60);
}

function annotateHeap(dump: Dump, end: number): void {
  dump.title('Section 3, heap');
  dump.bytes(4, '"Zoë" as UTF-8, in front because its record was added first');
  dump.bytes(3, '"Ada"');
  dump.requireAt(end);
}

function annotateRecords(dump: Dump, end: number): void {
  const names = ['Ada', 'Zoë'];
  for (let ordinal = 0; dump.position < end; ordinal++) {
    dump.title(`Section 4, records: ordinal ${ordinal}`);
    dump.u8('value bitmap', (bits) => `${bitText(bits)}: ${memberText(bits)} hold a value`);
    dump.u8('null bitmap', (bits) => `${bitText(bits)}${bits === 0 ? '' : `: ${memberText(bits)} is null`}`);
    dump.bytes(2, 'nothing');
    dump.u32('id, int32');
    dump.u64('name, heap-text', () => heapSlotText(dump.file, dump.position - 8, names[ordinal]!));
    dump.u32('boss, reference', (target) =>
      ordinal === 0 ? `${target}, not read: no value` : `ordinal ${target}: Ada`,
    );
    dump.bytes(4, 'nothing, up to the stride of 24');
  }
}

function annotateAdjacencyList(dump: Dump): void {
  dump.title('Section 6, adjacency list of staff');
  const ownerCount = dump.u32('ownerCount');
  const targetCount = dump.u32('targetCount');
  for (let bound = 0; bound <= ownerCount; bound++) {
    dump.u32(
      `starts[${bound}]`,
      (start) => `${start}${bound === 0 ? '' : `: the targets of owner ${bound - 1} end here`}`,
    );
  }
  for (let place = 0; place < targetCount; place++) dump.u32(`targets[${place}]`, (target) => `ordinal ${target}: Zoë`);
}

function annotateRankBitmap(dump: Dump): void {
  dump.title('Section 7, rank bitmap of the key');
  dump.u64('minimum');
  const wordCount = dump.u32('wordCount');
  dump.u32('keyCount');
  for (let word = 0; word < wordCount; word++) {
    dump.u32(`rank of word ${word}`);
    dump.u32(`bits of word ${word}`, (bits) => `${bitText(bits)}: keys minimum + 0 and minimum + 2`);
  }
}

function annotateSchema(dump: Dump, end: number): void {
  dump.title('Section 1, schema (JSON)');
  while (dump.position < end) {
    const size = Math.min(BYTES_PER_LINE, end - dump.position);
    dump.bytes(size, dump.file.toString('latin1', dump.position, dump.position + size));
  }
}

function annotateChecksumTable(dump: Dump, end: number): void {
  dump.title('Section 2, checksum table');
  const checkedSize = dump.position;
  for (let block = 0; dump.position < end; block++)
    dump.checksum(`block ${block}`, 65536 * block, Math.min(65536 * (block + 1), checkedSize));
}

function annotateDirectory(dump: Dump): void {
  const { file } = dump;
  dump.title('Directory');
  const sectionCount = dump.u32('sectionCount');
  const rootCount = dump.u32('rootCount');
  const schemaEntry = dump.position - 8 + 32 + 48 * (sectionCount - 2);
  const schemaOffset = Number(file.readBigUInt64LE(schemaEntry + 16));
  dump.checksum('schemaChecksum', schemaOffset, schemaOffset + Number(file.readBigUInt64LE(schemaEntry + 24)));
  dump.u32('reserved');
  const checkedSize = dump.u64('checkedSize');
  const directoryOffset = dump.position - 24;
  dump.u64('reserved');
  for (let section = 0; section < sectionCount; section++) {
    const kind = dump.u16(`section ${section}: kind`);
    dump.u16('version');
    dump.u32('flags', (flags) => `${flags}: required`);
    dump.u32('entityId', none);
    dump.u32('memberId', none);
    dump.u64('offset');
    dump.u64('size');
    dump.u64('itemCount', (count) => `${count} ${itemNames[kind]!}`);
    dump.u64('reserved');
  }
  for (let root = 0; root < rootCount; root++) dump.checksum(`roots[${root}]`, checkedSize, directoryOffset);
}

function annotateFooter(dump: Dump): void {
  const start = dump.position;
  const { file } = dump;
  dump.title('Footer');
  dump.u64('fileSize');
  const directoryOffset = dump.u64('directoryOffset');
  dump.u32('directorySize');
  dump.checksum('directoryChecksum', directoryOffset, start);
  dump.bytes(32, 'contentHash');
  dump.checksum('footerChecksum', start, start + 56);
  dump.bytes(4, `magic "${file.toString('latin1', file.length - 4)}"`);
}

const itemNames: Record<number, string> = {
  1: 'entity',
  2: 'block',
  3: '(not counted)',
  4: 'records',
  6: 'target',
  7: 'keys',
};

/** Writes the lines and refuses to leave a byte out. */
class Dump {
  readonly lines: string[] = [];
  position = 0;

  constructor(readonly file: Buffer) {}

  title(text: string): void {
    this.lines.push(...(this.lines.length === 0 ? [] : ['']), text);
  }

  bytes(size: number, meaning: string): void {
    for (let at = 0; at < size; at += BYTES_PER_LINE) {
      const from = this.position + at;
      const shown = this.file.toString('hex', from, Math.min(from + BYTES_PER_LINE, this.position + size));
      const spaced = shown.replace(/..(?=.)/g, '$& ').padEnd(3 * BYTES_PER_LINE - 1);
      this.lines.push(`${offsetText(from)}  ${spaced}  ${at === 0 ? meaning : '…'}`);
    }
    this.position += size;
  }

  u8(name: string, show: (value: number) => string = String): number {
    return this.#number(1, this.file.readUInt8(this.position), name, show);
  }

  u16(name: string): number {
    return this.#number(2, this.file.readUInt16LE(this.position), name, String);
  }

  u32(name: string, show: (value: number) => string = String): number {
    return this.#number(4, this.file.readUInt32LE(this.position), name, show);
  }

  u64(name: string, show: (value: number) => string = String): number {
    return this.#number(8, Number(this.file.readBigUInt64LE(this.position)), name, show);
  }

  /** A CRC-32 of bytes [start, end), which must be right. */
  checksum(name: string, start: number, end: number): void {
    const expected = crc32(this.file.subarray(start, end));
    const actual = this.file.readUInt32LE(this.position);
    if (actual !== expected) throw new Error(`${name}: expected ${hex(expected)}, found ${hex(actual)}.`);
    this.u32(name, () => `CRC-32 of bytes ${offsetText(start)} to ${offsetText(end - 1)}`);
  }

  padTo(offset: number): void {
    if (offset === this.position) return;
    if (this.file.subarray(this.position, offset).some((byte) => byte !== 0))
      throw new Error(`The padding at ${this.position} is not zero.`);
    this.bytes(offset - this.position, 'padding to a multiple of 64');
  }

  requireAt(offset: number): void {
    if (this.position !== offset) throw new Error(`Bytes ${this.position} to ${offset} have no meaning.`);
  }

  #number(size: number, value: number, name: string, show: (value: number) => string): number {
    const at = this.position;
    this.position += size; // `show` reads the position as that behind the value
    const meaning = `${name} = ${show(value)}`;
    this.position = at;
    this.bytes(size, meaning);
    return value;
  }
}

function heapSlotText(file: Buffer, slotAt: number, name: string): string {
  const bits = file.readBigUInt64LE(slotAt);
  const offset = Number(bits & 0xffffffffffn);
  const size = Number((bits >> 40n) & 0x3fffffn);
  const encoding = ['ASCII', 'UTF-8', 'WTF-8'][Number(bits >> 62n)];
  const text = file.toString('utf8', 64 + offset, 64 + offset + size);
  if (text !== name) throw new Error(`The slot at ${slotAt} finds "${text}" instead of "${name}".`);
  return `heap offset ${offset}, ${size} bytes, ${encoding}`;
}

const members = ['id', 'name', 'boss'];

function memberText(bits: number): string {
  return members.filter((_, bit) => (bits & (1 << bit)) !== 0).join(', ');
}

function bitText(bits: number): string {
  return `0b${bits.toString(2).padStart(3, '0')}`;
}

function none(value: number): string {
  return value === 0xffffffff ? 'none' : String(value);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

function offsetText(offset: number): string {
  return offset.toString(16).padStart(4, '0');
}
