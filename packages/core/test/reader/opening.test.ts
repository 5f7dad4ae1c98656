/** Opening reads a bounded number of bytes, whatever the size of the data. */
import { createSnapshot, defineSchema, openSnapshot } from '../../src';
import { sectionKinds } from '../../src/file/section-kinds';
import { exampleBytes, exampleSchema, writeExample } from '../support/example';
import { MemoryStorage } from '../support/memory-storage';
import { rejectionOf, thrownBy } from '../support/property';

const schema = defineSchema([
  {
    name: 'Wide',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int64' },
      ...Array.from({ length: 60 }, (_, number) => ({ name: `f${number}`, type: 'float64' as const })),
      { name: 'text', type: 'text' },
    ],
    relations: [{ name: 'next', kind: 'to-one', target: 'Wide' }],
  },
]);

async function write(recordCount: number): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  const writer = createSnapshot({ path: 'm/x', schema, storage });
  const table = writer.table('Wide');
  const id = table.column('id');
  const floats = Array.from({ length: 60 }, (_, number) => table.column(`f${number}`));
  const text = table.column('text');
  const long = Buffer.alloc(2000, 0x61);
  for (let number = 0; number < recordCount; number++) {
    table.beginRecord();
    id.setInt32(number);
    for (const float of floats) float.setFloat64(number);
    long.write(`${number} `);
    text.setUtf8(long, 0, 1500 + (number % 500));
    table.endRecord();
  }
  await writer.finish();
  storage.reads.length = 0;
  return storage;
}

describe('opening', () => {
  it('reads at most 64 KB beyond the schema, of 40 MB as of 40 KB', async () => {
    const sizes: number[] = [];
    for (const recordCount of [20, 20_000]) {
      const storage = await write(recordCount);
      const snapshot = await openSnapshot('m/x', { storage });
      const schemaSection = snapshot.reader.sections.find((section) => section.kind === sectionKinds.schema)!;
      const readSize = storage.reads.reduce((sum, { size }) => sum + size, 0) - schemaSection.size;
      expect(readSize).toBeLessThan(65_536);
      sizes.push(readSize);
      expect(snapshot.get('Wide', recordCount - 1)!['f59']).toBe(recordCount - 1);
      expect(snapshot.get('Wide', recordCount)).toBeUndefined();
      // Reading records asks nothing of the file below the mapping.
      expect(storage.reads.reduce((sum, { size }) => sum + size, 0) - schemaSection.size).toBe(readSize);
      if (recordCount === 20_000) expect(snapshot.size).toBeGreaterThan(40e6);
      snapshot.close();
    }
    expect(sizes[0]).toBe(sizes[1]);
  });

  it('checks blocks when they are first read, and only those', async () => {
    const storage = await write(2000);
    const bytes = storage.readAll('m/x');
    const opened = await openSnapshot('m/x', { storage });
    const records = opened.reader.sections.find((section) => section.kind === sectionKinds.records)!;
    opened.close();
    bytes[records.offset + 1000 * opened.reader.tables[0]!.stride]! ^= 2;
    const damaged = MemoryStorage.with('m/x', bytes);
    const snapshot = await openSnapshot('m/x', { storage: damaged });
    expect([0, 1999].map((id) => snapshot.get('Wide', id)!['f0'])).toEqual([0, 1999]);
    const error = thrownBy(() => snapshot.get('Wide', 1000));
    expect(error).toMatchObject({ code: 'FILE_CORRUPT', details: { path: 'm/x' } });
    expect(error.message).toContain('does not match its checksum');
    expect((await snapshot.verify()).map(({ code }) => code)).toContain('FILE_CORRUPT');
    snapshot.close();
    const trusting = await openSnapshot('m/x', { storage: damaged, checksums: 'never' });
    expect(trusting.get('Wide', 1000)).toBeDefined();
    expect((await trusting.verify()).length).toBeGreaterThan(0);
  });

  it('tells what it opened', async () => {
    const storage = new MemoryStorage();
    await writeExample(storage);
    const snapshot = await openSnapshot('m/example', { storage });
    expect(snapshot).toMatchObject({
      path: 'm/example',
      size: (await exampleBytes()).length,
      notes: { purpose: 'test' },
      createdAt: new Date(1_700_000_000_000),
      closed: false,
    });
    expect(snapshot.schema).toEqual(exampleSchema);
    expect(snapshot.contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect([...exampleSchema.entities].map(({ name }) => snapshot.count(name))).toEqual([5, 4, 5, 0, 4]);
    snapshot.close();
  });

  it('writes the same bytes for the same records', async () => {
    const first = await exampleBytes();
    const storage = new MemoryStorage();
    await writeExample(storage);
    expect(storage.readAll('m/example').equals(first)).toBe(true);
  });

  it('refuses what is not there, not a snapshot, or asked for in a wrong way', async () => {
    const storage = MemoryStorage.with('m/text', Buffer.from('#!/bin/sh\n'.repeat(50)));
    storage.put('m/empty', Buffer.alloc(0));
    expect(await rejectionOf(openSnapshot('m/none', { storage }))).toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await rejectionOf(openSnapshot('m/text', { storage }))).toMatchObject({ code: 'NOT_A_SNAPSHOT' });
    expect(await rejectionOf(openSnapshot('m/empty', { storage }))).toMatchObject({ code: 'NOT_A_SNAPSHOT' });
    expect(await rejectionOf(openSnapshot(__dirname))).toMatchObject({
      code: 'NOT_A_SNAPSHOT',
      details: { path: __dirname },
    });
    expect(await rejectionOf(openSnapshot(`${__dirname}/none`))).toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await rejectionOf(openSnapshot('m/text', { storage, checksum: 'never' } as never))).toBeInstanceOf(
      TypeError,
    );
    storage.put('m/example', await exampleBytes());
    class Unknown {}
    expect(await rejectionOf(openSnapshot('m/example', { storage, entities: [Unknown] }))).toMatchObject({
      code: 'ENTITY_UNKNOWN',
    });
    expect(await rejectionOf(openSnapshot('m/example', { storage, entities: [undefined as never] }))).toBeInstanceOf(
      TypeError,
    );
    expect([storage.openFiles, storage.mappings]).toEqual([0, 0]);
    const snapshot = await openSnapshot('m/example', { storage });
    for (const read of [
      () => snapshot.get('Thin', 1),
      () => snapshot.all('Thin'),
      () => snapshot.scan('Thin'),
      () => snapshot.count('Thin'),
      () => snapshot.entitySchema('Thin'),
    ]) {
      const error = thrownBy(read);
      expect(error).toMatchObject({ code: 'ENTITY_UNKNOWN' });
      expect(error.message).toContain('Thing');
    }
    expect(thrownBy(() => snapshot.get(Unknown, 1))).toMatchObject({ code: 'ENTITY_UNKNOWN' });
    snapshot.close();
    for (const read of [
      () => snapshot.all('Thing'),
      () => snapshot.scan('Thing'),
      () => snapshot.all('Nothing'),
      () => snapshot.scan('Nothing'),
    ]) {
      expect(thrownBy(read)).toMatchObject({ code: 'SNAPSHOT_CLOSED' });
    }
  });
});
