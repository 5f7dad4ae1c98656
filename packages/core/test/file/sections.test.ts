/** Sections a reader does not know: required ones refuse the file, optional ones are passed over. What a reader refuses is not written. */
import { createSnapshot, defineSchema, memoryStorage, openSnapshot, type Storage } from '../../src';
import { crc32 } from '../../src/bytes/checksum';
import { contentHashOf, decodeDirectory, encodeDirectory } from '../../src/file/directory';
import { decodeFooter, encodeFooter, FOOTER_SIZE } from '../../src/file/footer';
import { sectionKinds } from '../../src/file/section-kinds';

const schema = defineSchema([
  {
    name: 'Thing',
    key: ['id'],
    fields: [
      { name: 'id', type: 'int32' },
      { name: 'label', type: 'text' },
    ],
  },
]);

async function write(notes: string): Promise<Storage> {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'things', schema, storage, notes });
  for (let id = 1; id <= 20; id++) writer.add('Thing', { id, label: `thing ${id}` });
  await writer.finish();
  return storage;
}

/** The same file with the section of the key index told to be of another kind, version and necessity; checksums made anew. */
async function withIndexSection(change: { kind?: number; version?: number; flags?: number }): Promise<Storage> {
  const bytes = (await write('')).readAll('things');
  const footer = decodeFooter(bytes.subarray(-FOOTER_SIZE), bytes.length, 'things');
  const old = bytes.subarray(footer.directoryOffset, footer.directoryOffset + footer.directorySize);
  const directory = decodeDirectory(old, footer, 'things');
  const sections = directory.sections.map((section) =>
    section.kind === sectionKinds.rankBitmap ? { ...section, ...change } : section,
  );
  const changed = encodeDirectory({ ...directory, sections });
  const end = encodeFooter({ ...footer, directoryChecksum: crc32(changed), contentHash: contentHashOf(changed) });
  const storage = memoryStorage();
  const file = storage.create('things');
  file.write(Buffer.concat([bytes.subarray(0, footer.directoryOffset), changed, end]));
  file.close();
  return storage;
}

test.each([{ kind: 99 }, { kind: sectionKinds.textRank }, { version: 2 }])(
  'a required section with %p refuses the file',
  async (change) => {
    await expect(openSnapshot('things', { storage: await withIndexSection(change) })).rejects.toMatchObject({
      code: 'FORMAT_UNSUPPORTED',
    });
  },
);

test.each([{ kind: 99 }, { kind: sectionKinds.textRank }, { version: 2 }])(
  'an optional section with %p is passed over',
  async (change) => {
    const snapshot = await openSnapshot('things', { storage: await withIndexSection({ ...change, flags: 0 }) });
    expect([...snapshot.all('Thing')]).toHaveLength(20);
    // The index is gone with it: a look-up says so instead of answering from what it does not understand.
    expect(() => snapshot.get('Thing', 1)).toThrow(expect.objectContaining({ code: 'FILE_CORRUPT' }));
  },
);

test('notes beyond the limit of the schema section are refused, and no file appears', async () => {
  const storage = memoryStorage();
  const writer = createSnapshot({ path: 'things', schema, storage, notes: 'x'.repeat(2 ** 26) });
  await expect(writer.finish()).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect(storage.list('.')).toEqual([]);
});

test('verify names a damaged block once', async () => {
  const storage = await write('');
  const bytes = storage.readAll('things');
  const snapshot = await openSnapshot('things', { storage });
  const records = snapshot.reader.sections.find((section) => section.kind === sectionKinds.records)!;
  bytes[records.offset + 1]! ^= 1;
  const damaged = memoryStorage();
  const file = damaged.create('things');
  file.write(bytes);
  const findings = await (await openSnapshot('things', { storage: damaged })).verify();
  expect(findings.filter((finding) => finding.message.includes('does not match its checksum'))).toHaveLength(1);
});
