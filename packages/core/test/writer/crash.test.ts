/**
 * Exports that die: at each step of the storage in turn, in the process or with the power of the machine. What is found afterwards is
 * either no snapshot or the whole one. (A real kill -9 is in test/src/durability.)
 */
import {
  createGeneration,
  createSnapshot,
  defineSchema,
  openGeneration,
  openSnapshot,
  type SnapshotWriter,
} from '../../src';
import { exampleBytes, exampleSchema, readEverything, writeExample } from '../support/example';
import { type Loss, MemoryStorage, StorageDied } from '../support/memory-storage';
import { rejectionOf } from '../support/property';

const losses: Loss[] = ['unsynced-bytes', 'unsynced-bytes-read-zero', 'half-of-unsynced-bytes', 'unsynced-names'];
/** Enough records to leave memory for scratch files and to be written in several pieces. */
const RECORD_COUNT = 8_000;
const schema = defineSchema([
  {
    name: 'Node',
    key: ['name'],
    fields: [
      { name: 'name', type: 'text' },
      { name: 'text', type: 'text' },
    ],
    relations: [
      { name: 'next', kind: 'to-one', target: 'Node' },
      { name: 'links', kind: 'to-many', target: 'Node' },
    ],
  },
]);

function addNodes(writer: SnapshotWriter): void {
  for (let number = RECORD_COUNT - 1; number >= 0; number--) {
    const name = `node ${number}`;
    writer.add('Node', {
      name,
      text: `text ${number} ${'x'.repeat(60)}`,
      next: `node ${(number + 1) % RECORD_COUNT}`,
      links: number % 10 === 0 ? ['node 7'] : [],
    });
  }
}

async function exportNodes(storage: MemoryStorage): Promise<void> {
  const writer = createSnapshot({ path: 'm/nodes', schema, storage, createdAt: 5 });
  try {
    addNodes(writer);
  } catch (error) {
    // The snapshot was given up: nothing more can be added or finished.
    expect(await rejectionOf(writer.finish())).toMatchObject({ code: 'WRITER_STATE' });
    throw error;
  }
  await writer.finish();
}

async function outcomeOf(run: Promise<unknown>): Promise<'finished' | 'died'> {
  try {
    await run;
    return 'finished';
  } catch (error) {
    expect(error).toBeInstanceOf(StorageDied);
    return 'died';
  }
}

const stepsOf = async (run: (storage: MemoryStorage) => Promise<unknown>): Promise<string[]> => {
  const storage = new MemoryStorage();
  await run(storage);
  return storage.steps;
};

describe('an export that dies', () => {
  it('at each step: no file or the whole one, whoever finds it', async () => {
    const whole = await exampleBytes();
    const steps = await stepsOf((storage) => writeExample(storage));
    expect(new Set(steps)).toEqual(
      new Set([
        'create .partial',
        'create scratch',
        'scratch write',
        'write',
        'sync',
        'link',
        'remove',
        'sync directory',
      ]),
    );
    let survived = 0;
    for (let step = 0; step <= steps.length; step++) {
      const storage = new MemoryStorage();
      storage.dieAt(step);
      const outcome = await outcomeOf(writeExample(storage));
      expect([step, outcome]).toEqual([step, step === steps.length ? 'finished' : 'died']);
      for (const [how, found] of [
        ['killed', storage.afterKill()],
        ...losses.map((loss) => [loss, storage.afterPowerLoss(loss)] as const),
      ] as const) {
        const names = found.names.filter((name) => !name.endsWith('.partial'));
        expect([step, how, names.filter((name) => name !== 'm/example')]).toEqual([step, how, []]);
        if (names.length === 0) {
          // What was reported as finished must be there.
          expect([step, how, outcome]).toEqual([step, how, 'died']);
          continue;
        }
        survived++;
        expect(found.readAll('m/example').equals(whole)).toBe(true);
      }
    }
    expect(survived).toBeGreaterThan(5);
  });

  it('has synced every byte before the footer, and the footer before the name', async () => {
    const steps = await stepsOf((storage) => writeExample(storage));
    expect(steps.slice(-7)).toEqual(['write', 'sync', 'write', 'sync', 'link', 'remove', 'sync directory']);
  });

  it('with scratch files on the disk leaves none, and its partial file is whole or cannot be opened', async () => {
    const steps = await stepsOf(exportNodes);
    expect(steps.filter((step) => step === 'create scratch').length).toBeGreaterThanOrEqual(2);
    for (let step = 0; step < steps.length; step += Math.max(1, Math.floor(steps.length / 10))) {
      const storage = new MemoryStorage();
      storage.dieAt(step);
      expect(await outcomeOf(exportNodes(storage))).toBe('died');
      expect([storage.openFiles, storage.mappings, storage.scratch.size]).toEqual([0, 0, 0]);
      const found = storage.afterKill();
      // A partial file has its footer last: what can be opened is whole, it only has not got its name.
      for (const name of found.names) {
        const opened = await openSnapshot(name, { storage: found }).catch((error) => error.code as string);
        if (typeof opened === 'string') expect(opened).toMatch(/^(NOT_A_SNAPSHOT|FILE_TRUNCATED|FILE_CORRUPT)$/);
        else expect([step >= steps.length - 4, await opened.verify()]).toEqual([true, []]);
      }
    }
  }, 60_000);

  it('whose disk refuses one step and then works cleans up after itself', async () => {
    const steps = await stepsOf((storage) => writeExample(storage));
    for (let step = 0; step < steps.length; step++) {
      const storage = new MemoryStorage();
      storage.failOnceAt(step);
      const outcome = await outcomeOf(writeExample(storage));
      // A refused removal of the partial name is the one step whose failure can leave something: it is the clean-up itself.
      const left = storage.names.filter((name) => !(steps[step] === 'remove' && name.endsWith('.partial')));
      expect([step, steps[step], outcome, left]).toEqual([step, steps[step], 'died', []]);
      expect([storage.openFiles, storage.mappings, storage.scratch.size]).toEqual([0, 0, 0]);
    }
  });
});

describe('a generation whose export dies', () => {
  async function publish(storage: MemoryStorage, purpose: number): Promise<void> {
    const generation = createGeneration({ directory: 'm', schema: exampleSchema, storage, notes: purpose });
    generation.writer.add('Name', { name: `of ${purpose}` });
    await generation.publish();
  }

  it('at each step: the current generation is the old or the new one, whole', async () => {
    const first = new MemoryStorage();
    await publish(first, 1);
    const steps = await stepsOf(async (storage) => {
      for (const name of first.names) storage.put(name, first.readAll(name));
      await publish(storage, 2);
    });
    expect(steps).toContain('rename');
    const found = new Set<string>();
    for (let step = 0; step <= steps.length; step++) {
      const storage = new MemoryStorage();
      for (const name of first.names) storage.put(name, first.readAll(name));
      storage.dieAt(step);
      const outcome = await outcomeOf(publish(storage, 2));
      for (const [how, survivor] of [
        ['killed', storage.afterKill()],
        ...losses.map((loss) => [loss, storage.afterPowerLoss(loss)] as const),
      ] as const) {
        const { generation, snapshot } = await openGeneration('m', { storage: survivor });
        expect([step, how, snapshot.notes]).toEqual([step, how, generation]);
        expect(readEverything(snapshot)).toContain(`of ${generation}`);
        expect(await snapshot.verify()).toEqual([]);
        if (outcome === 'finished') expect([step, how, generation]).toEqual([step, how, 2]);
        snapshot.close();
        found.add(`${how} ${generation}`);
        // The next export works, whatever was left.
        if (how !== 'killed' && step % 5 !== 0) continue;
        await publish(survivor, 3);
        const next = await openGeneration('m', { storage: survivor });
        expect(next.snapshot.notes).toBe(3);
        next.snapshot.close();
      }
    }
    for (const how of ['killed', ...losses]) expect(found).toContain(`${how} 1`);
    for (const how of ['killed', ...losses]) expect(found).toContain(`${how} 2`);
  }, 60_000);
});
