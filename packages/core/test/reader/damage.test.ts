/** A small file with every byte flipped in turn, and cut at every length: a coded error or the right answer, never anything else. */
import { openSnapshot } from '../../src';
import { decodeFooter, FOOTER_SIZE } from '../../src/file/footer';
import { sectionKinds } from '../../src/file/section-kinds';
import { exampleBytes, readEverything, tolerant } from '../support/example';
import { MemoryStorage } from '../support/memory-storage';
import { assemble, disassemble } from '../support/reseal';

let file: Buffer;
let answer: string;
beforeAll(async () => {
  file = await exampleBytes();
  const snapshot = await openSnapshot('m/x', { storage: MemoryStorage.with('m/x', file) });
  expect(await snapshot.verify()).toEqual([]);
  answer = readEverything(snapshot);
});

const codes = new Set(['NOT_A_SNAPSHOT', 'FILE_TRUNCATED', 'FILE_CORRUPT', 'FORMAT_UNSUPPORTED']);

/** What became of a damaged file: the code of opening it, or what verify and a full read made of it. */
async function outcome(bytes: Buffer): Promise<{ code: string } | { findings: number; read: string }> {
  const storage = MemoryStorage.with('m/x', bytes);
  const open = () => openSnapshot('m/x', { storage });
  try {
    const snapshot = await open();
    const findings = (await snapshot.verify()).length;
    snapshot.close();
    const again = await open();
    let read: string;
    try {
      read = readEverything(again);
    } catch (error) {
      read = tolerant(() => {
        throw error;
      }) as string;
    }
    again.close();
    expect([storage.openFiles, storage.mappings]).toEqual([0, 0]);
    return { findings, read };
  } catch (error) {
    return {
      code: tolerant(() => {
        throw error;
      }) as string,
    };
  }
}

/** What is wrong about an outcome; nothing when it is one that may be. */
function complaint(result: Awaited<ReturnType<typeof outcome>>): string | undefined {
  if ('code' in result) return codes.has(result.code) ? undefined : `opening gave ${result.code}`;
  if (result.findings === 0) return 'verify found nothing';
  return codes.has(result.read) || result.read === answer ? undefined : `it read ${result.read.slice(0, 100)}`;
}

it('is a few KB and has every section kind', () => {
  expect(file.length).toBeLessThan(16_384);
  const kinds = new Set(disassemble(file).sections.map(({ section }) => section.kind));
  expect([...kinds].sort((a, b) => a - b)).toEqual([1, 3, 4, 5, 6, 7, 8, 9]);
  expect(assemble(disassemble(file)).equals(file)).toBe(true);
});

/** All bits of a byte, or one of them. */
const someBits = (offset: number) => (offset % 2 === 0 ? 0xff : 1 << ((offset >> 1) & 7));

it('every byte flipped: all bits at once, and single ones', async () => {
  const footer = decodeFooter(file.subarray(-FOOTER_SIZE), file.length, 'x');
  const table = disassemble(file).sections.at(-1)!.section;
  expect(table.kind).toBe(sectionKinds.schema);
  const frameStart = table.offset + table.size;
  expect(footer.directoryOffset).toBeGreaterThan(frameStart);
  const complaints: string[] = [];
  let opened = 0;
  for (let offset = 0; offset < file.length; offset++) {
    // Every bit of what opening reads; elsewhere a block is damaged or not, and one bit is as good as another.
    const isFrame = offset < 64 || offset >= frameStart;
    const masks = isFrame ? [0xff, 1, 2, 4, 8, 16, 32, 64, 128] : [someBits(offset)];
    for (const mask of masks) {
      file[offset]! ^= mask;
      const result = await outcome(file);
      file[offset]! ^= mask;
      if (!('code' in result)) opened++;
      const why = complaint(result);
      if (why) complaints.push(`byte ${offset} ^ ${mask}: ${why}`);
    }
  }
  expect(complaints).toEqual([]);
  expect(opened).toBeGreaterThan(1000);
}, 120_000);

it('cut at every length, and with bytes behind its end', async () => {
  for (let size = 0; size < file.length; size++) {
    const result = await outcome(file.subarray(0, size));
    expect([size, result]).toEqual([size, { code: size < 64 ? 'NOT_A_SNAPSHOT' : 'FILE_TRUNCATED' }]);
  }
  for (const more of [Buffer.alloc(1), Buffer.alloc(4096), file]) {
    expect(await outcome(Buffer.concat([file, more]))).toEqual({ code: 'FILE_TRUNCATED' });
  }
}, 60_000);

it('without checksums every flipped byte of data still gives a coded error or some answer', async () => {
  for (const { section } of disassemble(file).sections) {
    if (section.kind === sectionKinds.schema) continue;
    for (let offset = section.offset; offset < section.offset + section.size; offset++) {
      const bytes = Buffer.from(file);
      bytes[offset]! ^= someBits(offset);
      const snapshot = await openSnapshot('m/x', { storage: MemoryStorage.with('m/x', bytes), checksums: 'never' });
      readEverything(snapshot, tolerant);
      snapshot.close();
    }
  }
}, 60_000);
