/** `permafrost inspect` on real files: what it says adds up to the file. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createGeneration, createSnapshot, defineSchema, openSnapshot } from '@permafrost/core';
import type { SnapshotDescription } from '../src/snapshot-description';
import { bin, companySchema, permafrost, publishCompanies, withFolder } from './support';

const folder = withFolder();

test('every byte of the file is in one of the numbers', async () => {
  const file = await publishCompanies(folder.path, 1000);
  const { code, stdout, stderr } = await permafrost('inspect', '--json', file);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const found: SnapshotDescription = JSON.parse(stdout);
  expect(found).toMatchObject({
    path: file,
    generation: null,
    formatVersion: 1,
    records: 1002,
    notes: { from: 'a test' },
  });
  expect(found.size).toBe(statSync(file).size);
  expect(found.fingerprint).toBe(companySchema.fingerprint);
  const snapshot = await openSnapshot(file);
  expect(found.contentHash).toBe(snapshot.contentHash);
  expect(found.createdAt).toBe(snapshot.createdAt.toISOString());
  snapshot.close();

  expect(found.sections.map(({ name }) => name).sort()).toEqual([
    'adjacencyList',
    'checksumTable',
    'hashIndex',
    'heap',
    'rankBitmap',
    'records',
    'records',
    'schema',
    'secondaryIndex',
    'stringTable',
  ]);
  for (const entity of found.entities) {
    const own = found.sections.filter((section) => section.entity === entity.name);
    expect(entity.bytes).toBe(own.reduce((sum, { size }) => sum + size, 0));
    const parts = [...entity.fields, ...entity.relations].reduce((sum, { bytes }) => sum + bytes, 0);
    const indexes = entity.indexes.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(parts + indexes + entity.otherBytesPerRecord * entity.records).toBe(entity.bytes);
    expect(entity.bytesPerRecord).toBe(entity.bytes / entity.records);
  }
  const inSections = found.sections.reduce((sum, { size }) => sum + size, 0);
  expect(found.size - inSections).toBeLessThan(1024); // header, padding, directory, footer
});

test('members have their slots', async () => {
  const { stdout } = await permafrost('inspect', '--json', await publishCompanies(folder.path, 1000));
  const [company, customer] = (JSON.parse(stdout) as SnapshotDescription).entities;
  expect(company).toMatchObject({ name: 'Company', key: ['id'], records: 2 });
  expect(company!.indexes).toMatchObject([
    { kind: 'rankBitmap', fields: ['id'], isKey: true, unique: true, entries: 2 },
  ]);
  expect(company!.relations).toMatchObject([
    {
      name: 'customers',
      kind: 'to-many',
      target: 'Customer',
      inverse: 'company',
      offset: null,
      bytes: 8 + 4 * 3 + 4 * 1000,
    },
  ]);
  expect(customer).toMatchObject({ name: 'Customer', key: ['email'], records: 1000 });
  expect(customer!.indexes).toMatchObject([
    { kind: 'hashIndex', fields: ['email'], isKey: true, unique: true, entries: 1000 },
    { kind: 'secondaryIndex', fields: ['country'], isKey: false, unique: false, entries: 1000 },
  ]);
  const countries = Buffer.byteLength('NorgeÍsland') + 8 + 2 * 8;
  expect(customer!.fields).toMatchObject([
    { name: 'email', type: 'text', array: false, nullable: false, slot: 'heap-text', slotSize: 8, bytes: 8000 },
    { name: 'country', type: 'text', nullable: true, slot: 'table-text', slotSize: 4, bytes: 4000 + countries },
    { name: 'tags', type: 'text', array: true, nullable: true, slot: 'array', slotSize: 8, bytes: 8000 },
  ]);
  expect(customer!.relations).toMatchObject([{ name: 'company', kind: 'to-one', slotSize: 4, bytes: 4000 }]);
});

test('the text has the same facts', async () => {
  const file = await publishCompanies(folder.path, 1000);
  const { code, stdout } = await permafrost('inspect', file);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^section +kind +entity +member +offset +bytes +items$/m);
  expect(stdout).toMatch(/^adjacencyList +6 +Company +customers +[\d,]+ +4,020 +1,000$/m);
  expect(stdout).toMatch(/^Customer: 1,000 records, stride 32 bytes, \d+\.\d bytes a record without the heap$/m);
  expect(stdout).toMatch(/^country +text or null +table-text +\d+ +4 +4,036$/m);
  expect(stdout).toMatch(/^company +to-one Company +reference +\d+ +4 +4,000$/m);
  expect(stdout).toMatch(/^customers +to-many Customer by company +adjacencyList +4,020$/m);
  expect(stdout).toMatch(/^secondaryIndex +9 +Customer +country +[\d,]+ +[\d,]+ +1,000$/m);
  expect(stdout).toMatch(/^ +index: country \(1,000 entries\) +secondaryIndex +[\d,]+$/m);
  expect(stdout).toMatch(
    new RegExp(`^total: .*\\(${statSync(file).size.toLocaleString('en-US')} bytes\\), 1,002 records`, 'm'),
  );
});

test('with --values it says what the values of each field take', async () => {
  const file = await publishCompanies(folder.path, 1000);
  const { code, stdout, stderr } = await permafrost('inspect', '--json', '--values', file);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const found: SnapshotDescription = JSON.parse(stdout);
  const [company, customer] = found.entities;
  const emailsSize = Array.from({ length: 1000 }, (_, number) => `customer-${number}@example.org`).join('').length;
  const countriesSize = 500 * Buffer.byteLength('NorgeÍsland');
  const allValues = { count: 1000, nulls: 0, absent: 0, emptyShare: 0, distinctIsExact: true, heapBytesAreExact: true };
  const [email, country, tags] = customer!.fields;
  expect(email!.values).toEqual({
    ...{ ...allValues, distinct: 1000, heapBytes: emailsSize, plainBytes: 8000 + emailsSize, dedupRatio: 1 },
  });
  expect(country!.values).toEqual({
    ...{ ...allValues, distinct: 2, heapBytes: 0, plainBytes: 8000 + countriesSize },
    dedupRatio: (8000 + countriesSize) / country!.bytes,
  });
  expect(tags!.values).toMatchObject({ count: 0, nulls: 1000, emptyShare: 1, distinct: 0 });
  const inHeap = [...company!.fields, ...customer!.fields].reduce((sum, { values }) => sum + values!.heapBytes, 0);
  expect(inHeap).toBe(found.heapSize);

  const text = (await permafrost('inspect', '--values', file)).stdout;
  expect(text).toMatch(/^email +text +heap-text +\d+ +8 +8,000 +[\d,]+ +1,000$/m);
  expect(text).toMatch(/^country +text or null +table-text +\d+ +4 +4,036 +2 +3\.5 ×$/m);
  expect(text).toMatch(/^tags +text\[\] or null +array +\d+ +8 +8,000 +100\.0 % +0$/m);
});

test('what --values cannot read is damage', async () => {
  const file = await publishCompanies(folder.path, 1000);
  const bytes = readFileSync(file);
  bytes[bytes.indexOf('customer-7@')]! ^= 1;
  writeFileSync(file, bytes);
  const { code, stdout, stderr } = await permafrost('inspect', '--values', file);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^FILE_CORRUPT: .*"permafrost verify" lists all damage/);
});

test('an empty table has no bytes a record', async () => {
  const generation = createGeneration({ directory: folder.path, schema: companySchema });
  const { path: file } = await generation.publish();
  const { code, stdout } = await permafrost('inspect', file);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Customer: 0 records, stride 32 bytes, 0\.0 bytes a record/m);
});

test('a directory means its current generation', async () => {
  await publishCompanies(folder.path, 10);
  const second = await publishCompanies(folder.path, 20);
  const { stdout } = await permafrost('inspect', '--json', folder.path);
  expect(JSON.parse(stdout)).toMatchObject({ generation: 2, path: second, records: 22 });
});

test.each([
  ['a path that leads nowhere', 'FILE_NOT_FOUND', () => path.join(folder.path, 'nothing')],
  ['a directory without a manifest', 'FILE_NOT_FOUND', () => folder.path],
  ['another kind of file', 'NOT_A_SNAPSHOT', () => __filename],
])('%s cannot be inspected', async (_, expected, target) => {
  const { code, stdout, stderr } = await permafrost('inspect', target());
  expect(stderr).toMatch(new RegExp(`^${expected}: .*\n$`));
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('nor can a file whose frame is damaged', async () => {
  const file = await publishCompanies(folder.path, 10);
  const bytes = readFileSync(file);
  const refused = (code: string) => ({ code: 2, stdout: '', stderr: expect.stringMatching(new RegExp(`^${code}: `)) });
  writeFileSync(file, bytes.subarray(0, -1));
  expect(await permafrost('inspect', file)).toEqual(refused('FILE_TRUNCATED'));
  bytes[24]! ^= 1; // createdAt
  writeFileSync(file, bytes);
  expect(await permafrost('inspect', file)).toEqual(refused('FILE_CORRUPT'));
});

test('subtypes are listed with their values, and relations to them', async () => {
  const file = path.join(folder.path, 'people');
  const id = { name: 'id', type: 'int32' } as const;
  const subtypes = {
    field: 'kind',
    classes: [
      { name: 'Employee', value: 'staff', members: [] },
      { name: 'Teacher', value: 'teacher', parent: 'Employee', members: ['boss'] },
    ],
  };
  const schema = defineSchema([
    {
      name: 'Person',
      key: ['id'],
      fields: [id, { name: 'kind', type: 'text' }],
      relations: [{ name: 'boss', kind: 'to-one', target: 'Person', subtype: 'Employee' }],
      subtypes,
    },
  ]);
  const writer = createSnapshot({ path: file, schema });
  writer.add('Teacher', { id: 1, boss: 1 });
  await writer.finish();
  const { stdout } = await permafrost('inspect', file);
  expect(stdout).toContain(
    '\nby kind: "staff" Employee extends Person, "teacher" Teacher extends Employee with boss\n',
  );
  expect(stdout).toMatch(/\n *boss +to-one Employee +reference /);
  const { stdout: json } = await permafrost('inspect', '--json', file);
  expect((JSON.parse(json) as SnapshotDescription).entities[0]).toMatchObject({
    subtypes,
    relations: [{ subtype: 'Employee' }],
  });
});

test('a reader that stops reading is no error', async () => {
  const file = await publishCompanies(folder.path, 10);
  const command = `set -o pipefail; "${process.execPath}" "${bin}" inspect "${file}" | head -n 1`;
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${file}\n`, stderr: '' });
});
