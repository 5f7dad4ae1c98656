/**
 * Damage: every byte of a small file changed, the file cut at every length. Opening, verify and a full read each give an error with a code
 * or the right answer; verify has a finding for every change that opening accepts. Never a crash, a hang, or memory beyond the file's.
 */
import { isPermafrostError, memoryStorage, openSnapshot, type Storage, type VerifyFinding } from '@permafrost/core';
import { readEverything, writeSample } from './sample';

const FILE = 'sample.permafrost';
const MAX_EXTRA_MEMORY = 64 * 2 ** 20;
let whole: Buffer;
let rightAnswer: string;

beforeAll(async () => {
  const storage = memoryStorage();
  await writeSample(FILE, storage);
  whole = storage.readAll(FILE);
  const snapshot = await openSnapshot(FILE, { storage });
  expect(await snapshot.verify()).toEqual([]);
  rightAnswer = readEverything(snapshot);
  console.log(
    `a file of ${whole.length} bytes with sections of kinds ${[...new Set(snapshot.reader.sections.map((section) => section.kind))].sort((a, b) => a - b).join(', ')}`,
  );
});

test.each([0xff, 0x01, 0x80])(
  'every byte of the file changed by %p',
  async (change) => {
    const outcomes = { refused: 0, found: 0 };
    const before = process.memoryUsage();
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= change;
      outcomes[await outcomeOf(damaged, `byte ${at} ^ ${change}`)]++;
    }
    const grown = process.memoryUsage().arrayBuffers - before.arrayBuffers;
    console.log(`change ${change}: ${outcomes.refused} refused at opening, ${outcomes.found} found by verify`);
    expect(outcomes.refused).toBeGreaterThan(100);
    expect(outcomes.found).toBeGreaterThan(1000);
    expect(grown).toBeLessThan(MAX_EXTRA_MEMORY);
  },
  120_000,
);

test('the file cut at every length', async () => {
  for (let size = 0; size < whole.length; size++) {
    await expect(openDamaged(whole.subarray(0, size))).rejects.toMatchObject({
      code: expect.stringMatching(/^(NOT_A_SNAPSHOT|FILE_TRUNCATED|FILE_CORRUPT)$/),
    });
  }
}, 120_000);

test('bytes added at the end', async () => {
  await expect(openDamaged(Buffer.concat([whole, Buffer.alloc(7)]))).rejects.toMatchObject({ code: 'FILE_TRUNCATED' });
});

/** Opens, verifies and reads a damaged file; throws where anything but a coded error or the right answer comes out. */
async function outcomeOf(bytes: Buffer, what: string): Promise<'refused' | 'found'> {
  const opened = await openDamaged(bytes).catch(coded);
  if ('code' in opened) return 'refused';
  const findings: VerifyFinding[] = await opened.verify();
  if (findings.length === 0) throw new Error(`${what}: opened, and verify found nothing`);
  opened.close();
  const fresh = await openDamaged(bytes);
  try {
    const answer = readEverything(fresh);
    if (answer !== rightAnswer) throw new Error(`${what}: a wrong answer without notice`);
  } catch (error) {
    coded(error);
  }
  fresh.close();
  return 'found';
}

function coded(error: unknown): { code: string } {
  if (isPermafrostError(error)) return error;
  throw error;
}

function openDamaged(bytes: Uint8Array) {
  const storage: Storage = memoryStorage();
  const file = storage.create(FILE);
  file.write(bytes);
  file.close();
  return openSnapshot(FILE, { storage });
}
