/** What verify finds in files whose checksums are right: each kind of nonsense, named by entity, member and record. */
import { openSnapshot, type VerifyFinding } from '../../src';
import { sectionKinds } from '../../src/file/section-kinds';
import { slotSizes } from '../../src/layout/layout';
import { exampleBytes, exampleSchema } from '../support/example';
import { MemoryStorage } from '../support/memory-storage';
import { rejectionOf, thrownBy } from '../support/property';
import { assemble, disassemble, type FileParts, partOf } from '../support/reseal';

let file: Buffer;
/** Where members of Thing lie: its layout, as the file has it. */
let slots: Map<string, { offset: number; bit: number; kind: keyof typeof slotSizes }>;
let stride: number;
beforeAll(async () => {
  file = await exampleBytes();
  const snapshot = await openSnapshot('m/x', { storage: MemoryStorage.with('m/x', file) });
  const { layout } = snapshot.reader.tables[0]!;
  slots = new Map(layout.slots.map((slot) => [slot.name, slot]));
  stride = layout.stride;
  snapshot.close();
});

const openChanged = (change: (parts: FileParts) => unknown) => {
  const parts = disassemble(file);
  change(parts);
  return openSnapshot('m/x', { storage: MemoryStorage.with('m/x', assemble(parts)) });
};
async function findingsOf(change: (parts: FileParts) => unknown, maxFindings?: number): Promise<VerifyFinding[]> {
  const snapshot = await openChanged(change);
  const findings = await snapshot.verify(maxFindings === undefined ? {} : { maxFindings });
  snapshot.close();
  return findings;
}
/** The bytes of Thing's record with an ordinal. */
const record = (parts: FileParts, ordinal: number) =>
  partOf(parts, sectionKinds.records, 0).bytes.subarray(ordinal * stride, (ordinal + 1) * stride);
const slotOf = (parts: FileParts, name: string, ordinal: number) =>
  record(parts, ordinal).subarray(slots.get(name)!.offset);
const section = (parts: FileParts, kind: keyof typeof sectionKinds, entityId = 0, member?: string) => {
  const { fields, relations } = exampleSchema.entities[entityId]!;
  const memberId =
    member === undefined ? undefined : [...fields, ...relations].findIndex(({ name }) => name === member);
  return partOf(parts, sectionKinds[kind], entityId, memberId).bytes;
};
const bitOf = (name: string) => slots.get(name)!.bit;

describe('verify', () => {
  it.each<[string, (parts: FileParts) => unknown, Partial<VerifyFinding>, string]>([
    [
      'a reference beyond its table',
      (parts) => slotOf(parts, 'next', 2).writeUInt32LE(5),
      { entity: 'Thing', field: 'next', ordinal: 2 },
      'refers to Thing record 5 of 5',
    ],
    [
      'a reference to another record',
      (parts) => slotOf(parts, 'next', 2).writeUInt32LE(0),
      { entity: 'Thing', field: 'previous' },
      'pairs are not the 5 that Thing.next stores',
    ],
    [
      'a derived reference to another record',
      (parts) => slotOf(parts, 'pair', 1).writeUInt32LE(2),
      { entity: 'Thing', field: 'pair' },
      'that Pair.thing stores',
    ],
    [
      'a list with another target',
      (parts) => section(parts, 'adjacencyList', 0, 'names').writeUInt32LE(3, 8 + 4 * 6),
      { entity: 'Name', field: 'things' },
      'that Thing.names stores',
    ],
    [
      'a list beyond its table',
      (parts) => section(parts, 'adjacencyList', 0, 'names').writeUInt32LE(4, 8 + 4 * 6),
      { entity: 'Thing', field: 'names' },
      'names Name record 4 of 4',
    ],
    [
      'a list that ends before it starts',
      (parts) => section(parts, 'adjacencyList', 0, 'names').writeUInt32LE(9, 8 + 4),
      { entity: 'Thing', field: 'names' },
      'targets from 9 to',
    ],
    [
      'lists that leave a gap',
      (parts) => section(parts, 'adjacencyList', 0, 'names').writeUInt32LE(1, 8),
      { entity: 'Thing', field: 'names', ordinal: 0 },
      'starts at 1, not at 0',
    ],
    [
      'a value that is null as well',
      (parts) => {
        record(parts, 1)[Math.ceil(slots.size / 8) + (bitOf('word') >> 3)]! |= 1 << (bitOf('word') & 7);
      },
      { entity: 'Thing', field: 'word', ordinal: 1 },
      'both holds a value and is null',
    ],
    [
      'no value where one is required',
      (parts) => {
        record(parts, 1)[bitOf('word') >> 3]! &= ~(1 << (bitOf('word') & 7));
      },
      { entity: 'Thing', field: 'word', ordinal: 1 },
      'is not nullable',
    ],
    [
      'an enum code beyond the labels',
      (parts) => {
        slotOf(parts, 'enum', 0)[0] = 5;
      },
      { entity: 'Thing', field: 'enum', ordinal: 0 },
      'the enum code 5',
    ],
    [
      'a string beyond the table',
      (parts) => slotOf(parts, 'word', 3).writeUInt32LE(1),
      { entity: 'Thing', field: 'word', ordinal: 3 },
      'Thing.word, record 3: A record names string 1, but its table has 1',
    ],
    [
      'a heap slot beyond the heap',
      (parts) => slotOf(parts, 'text', 0).writeUInt32LE(1e6),
      { entity: 'Thing', field: 'text', ordinal: 0 },
      'Thing.text, record 0: A heap slot reaches',
    ],
    [
      'text in another encoding',
      (parts) => {
        slotOf(parts, 'text', 0)[7]! &= 0x3f;
      },
      { entity: 'Thing', field: 'text', ordinal: 0 },
      'marked as ASCII',
    ],
    [
      'text of an unknown encoding',
      (parts) => {
        slotOf(parts, 'text', 0)[7]! |= 0xc0;
      },
      { entity: 'Thing', field: 'text', ordinal: 0 },
      'unknown encoding 3',
    ],
    [
      'a string that is not text',
      (parts) => {
        section(parts, 'stringTable', 0, 'word')[16] = 0xff;
      },
      { entity: 'Thing', field: 'word' },
      'string 0: its text is marked as ASCII',
    ],
    [
      'what is not JSON',
      (parts) => slotOf(parts, 'text', 0).copy(slotOf(parts, 'json', 0), 0, 0, 8),
      { entity: 'Thing', field: 'json', ordinal: 0 },
      'what is not JSON',
    ],
    [
      'a decimal of no kind',
      (parts) => {
        slotOf(parts, 'decimal', 0)[7] = 0xff;
      },
      { entity: 'Thing', field: 'decimal', ordinal: 0 },
      'of kind 7',
    ],
    [
      'a list that is not one',
      (parts) => slotOf(parts, 'text', 0).copy(slotOf(parts, 'texts', 0), 0, 0, 8),
      { entity: 'Thing', field: 'texts', ordinal: 0 },
      'cannot hold the',
    ],
    [
      'keys out of order',
      (parts) => slotOf(parts, 'id', 1).writeInt32LE(15),
      { entity: 'Thing', ordinal: 2 },
      'not above the key of the record before',
    ],
    [
      'a key twice',
      (parts) => slotOf(parts, 'id', 1).writeInt32LE(3),
      { entity: 'Thing', ordinal: 1 },
      'not above the key of the record before',
    ],
    [
      'a key that the rank bitmap does not know',
      (parts) => section(parts, 'rankBitmap').writeUInt32LE(0, 20),
      { entity: 'Thing' },
      'the key index finds nothing',
    ],
    [
      'a rank bitmap that leads elsewhere',
      (parts) => section(parts, 'rankBitmap').writeUInt32LE(1, 16),
      { entity: 'Thing' },
      'the key index leads from 3 to record 1, whose key is 6',
    ],
    [
      'a hash index without a record',
      (parts) => {
        const index = section(parts, 'hashIndex', 1);
        index[index.length - 4 * 5]! ^= 1;
      },
      { entity: 'Name' },
      'the key index finds nothing',
    ],
    [
      'a hash index that names no record',
      (parts) => {
        const index = section(parts, 'hashIndex', 1);
        index.writeUInt32LE(77, index.length - 4 * 4);
      },
      { entity: 'Name' },
      'record 77, but the table has 4',
    ],
  ])('finds %s', async (_, change, place, message) => {
    const findings = await findingsOf(change);
    const found = findings.find((finding) => finding.message.includes(message));
    expect(findings.map((finding) => finding.message).join('\n')).toContain(message);
    expect(found).toMatchObject({ code: 'FILE_CORRUPT', ...place });
  });

  it('finds nothing in a whole file, and everything up to a limit in another', async () => {
    expect(await findingsOf(() => {})).toEqual([]);
    const ruin = (parts: FileParts) => {
      for (let ordinal = 0; ordinal < 5; ordinal++) slotOf(parts, 'next', ordinal).writeUInt32LE(100 + ordinal);
    };
    expect((await findingsOf(ruin)).length).toBeGreaterThan(4);
    expect(await findingsOf(ruin, 3)).toHaveLength(3);
  });

  it('stops for a signal, and cannot run on what is closed', async () => {
    const snapshot = await openChanged(() => {});
    const reason = new Error('enough');
    expect(await rejectionOf(snapshot.verify({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    const running = snapshot.verify();
    snapshot.close();
    expect(await rejectionOf(running)).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
    expect(await rejectionOf(snapshot.verify())).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
  });

  it('is not needed for an index to be found out', async () => {
    const snapshot = await openChanged((parts) => section(parts, 'rankBitmap').writeUInt32LE(1, 16));
    expect(thrownBy(() => snapshot.get('Thing', 3))).toMatchObject({
      code: 'FILE_CORRUPT',
      details: { entity: 'Thing', key: 3, actual: 6 },
    });
    snapshot.close();
  });
});
