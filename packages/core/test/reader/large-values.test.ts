/** Packed JSON and compressed text in whole files: written both ways, read in all representations, copied, closed, asked for, damaged. */
import {
  createSnapshot,
  defineSchema,
  deriveSnapshot,
  Field,
  materialize,
  mergeSnapshots,
  openSnapshot,
  runQuery,
  Snapshot,
  schemaFromClasses,
  type ValueOptions,
} from '../../src';
import { sectionKinds } from '../../src/file/section-kinds';
import { fieldOf } from '../support/fields';
import { differenceOf } from '../support/json';
import { MemoryStorage } from '../support/memory-storage';
import { thrownBy } from '../support/property';
import { assemble, disassemble, partOf } from '../support/reseal';

type Json = any;

const schema = defineSchema([
  {
    name: 'Page',
    key: ['id'],
    fields: [
      fieldOf('id', 'int32'),
      { name: 'settings', type: 'json', packed: true, nullable: true },
      { name: 'versions', type: 'json', packed: true, array: true, nullable: true },
      { name: 'body', type: 'text', compressed: true, nullable: true },
      { name: 'parts', type: 'text', compressed: true, array: true, nullable: true },
    ],
  },
]);

/** As a source might give it: spaces, a key twice, a number no double holds, an index among the keys. */
const longText = `{ "theme": "dark", "2": 1.50, "theme": "light", "id": 12345678901234567890,
  "panels": [${Array.from({ length: 40 }, (_, number) => `{"number": ${number}, "title": "panel ${number}"}`).join(', ')}] }`;
const prose = 'It was a bright cold day in April, and the clocks were striking thirteen, as they do. '.repeat(9);
const records = [
  {
    id: 1,
    settings: JSON.parse(longText),
    versions: [JSON.parse(longText), null, 5],
    body: prose,
    parts: [prose, null, 'x'],
  },
  { id: 2, settings: { theme: 'small' }, versions: [], body: 'short', parts: [] },
  { id: 3, settings: null, versions: null, body: null, parts: null },
  { id: 4, settings: 'only a text', versions: [[1], 'text'], body: `${prose}é`, parts: [`${prose}\ud800`] },
];

async function write(): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  const writer = createSnapshot({ path: 'm/x', schema, storage });
  for (const record of records) writer.add('Page', record);
  // As an adapter hands over what a database sent.
  const table = writer.table('Page');
  const bytes = Buffer.from(`..${longText}..`);
  const text = Buffer.from(`..${prose}..`);
  table.beginRecord();
  table.column('id').setInt32(5);
  table.column('settings').setUtf8(bytes, 2, bytes.length - 2);
  table.column('body').setUtf8(text, 2, text.length - 2);
  table.endRecord();
  await writer.finish();
  return storage;
}
const open = async (values: ValueOptions = {}, storage?: MemoryStorage) =>
  openSnapshot('m/x', { storage: storage ?? (await write()), values });

describe('packed fields', () => {
  it('give read-only objects that are equal to what was written', async () => {
    const snapshot = await open();
    for (const { id, settings, versions } of records) {
      const page = snapshot.get('Page', id) as Json;
      expect(differenceOf(page.settings, settings)).toBeUndefined();
      expect(differenceOf(page.versions, versions)).toBeUndefined();
    }
    const page = snapshot.get('Page', 1) as Json;
    expect(page.settings.panels[39].title).toBe('panel 39');
    for (const change of [
      () => (page.settings.theme = 'x'),
      () => page.settings.panels.push(1),
      () => (page.settings.panels[3].title = 'x'),
      () => (page.versions[0].theme = 'x'),
      () => ((snapshot.get('Page', 2) as Json).settings.theme = 'x'),
    ])
      expect(thrownBy(change)).toMatchObject({ code: 'READ_ONLY' });
    expect(page.settings).not.toBe(page.settings);
    expect(page.settings).toEqual(page.settings);
    expect(await snapshot.verify()).toEqual([]);
    snapshot.close();
  });

  it('give plain values, fresh each time, in copies, in JSON and where plain values are asked for', async () => {
    const plain = await open({ json: 'value' });
    const lazy = await open();
    for (const { id, settings, versions } of records) {
      const read = plain.get('Page', id) as Json;
      const copy = materialize(lazy.get('Page', id)!) as Json;
      expect(differenceOf(read.settings, settings)).toBeUndefined();
      expect(differenceOf(copy.settings, settings)).toBeUndefined();
      expect(differenceOf(copy.versions, versions)).toBeUndefined();
      expect(JSON.stringify(lazy.get('Page', id))).toBe(JSON.stringify({ ...copy }));
    }
    const copy = materialize(lazy.get('Page', 1)!) as Json;
    copy.settings.panels[0].title = 'changed';
    const page = plain.get('Page', 1) as Json;
    page.settings.panels[0].title = 'changed';
    expect(structuredClone(copy.settings)).toEqual(copy.settings);
    expect([page, lazy.get('Page', 1) as Json].map(({ settings }) => settings.panels[0].title)).toEqual([
      'panel 0',
      'panel 0',
    ]);
  });

  it('give the text of the source, as it was', async () => {
    const snapshot = await open({ json: 'text' });
    expect((snapshot.get('Page', 5) as Json).settings).toBe(longText);
    expect((snapshot.get('Page', 1) as Json).versions).toEqual([JSON.stringify(records[0]!.settings), null, '5']);
    expect((await open({ json: 'value' })).get('Page', 5)!['settings']).toEqual(JSON.parse(longText));
    expect(((await open()).get('Page', 5) as Json).settings.id).toBe(12345678901234567000);
  });

  it('are closed with their snapshot', async () => {
    const snapshot = await open();
    const { settings } = snapshot.get('Page', 1) as Json;
    const small = (snapshot.get('Page', 2) as Json).settings;
    const { panels } = settings;
    snapshot.close();
    for (const read of [() => settings.theme, () => panels[0], () => panels.length, () => small.theme])
      expect(thrownBy(read)).toMatchObject({ code: 'SNAPSHOT_CLOSED', details: { entity: 'Page' } });
  });
});

describe('compressed fields', () => {
  it('give back their texts, and take less room', async () => {
    const storage = await write();
    const snapshot = await open({}, storage);
    for (const { id, body, parts } of records) {
      const page = snapshot.get('Page', id) as Json;
      expect([page.body, page.parts]).toEqual([body, parts]);
    }
    expect(snapshot.get('Page', 5)!['body']).toBe(prose);
    expect(storage.readAll('m/x').includes('the clocks were striking thirteen, as they do. It was')).toBe(false);
    expect(await snapshot.verify()).toEqual([]);
  });

  it('are found by their texts, whichever way these are stored', async () => {
    const snapshot = await open();
    const found = (values: unknown[]) => [
      ...runQuery(snapshot, { entity: 'Page', where: [[{ field: 'body', operator: 'in', values }]] }),
    ];
    expect(found([prose])).toEqual([0, 4]);
    expect(found(['short', `${prose}é`])).toEqual([1, 3]);
    expect(found([`${prose}x`, ''])).toEqual([]);
  });
});

describe('what fields may be packed and compressed', () => {
  const define = (field: object, more: object = {}) =>
    defineSchema([
      { name: 'E', key: ['id'], fields: [fieldOf('id', 'int32'), { name: 'f', ...field } as never], ...more },
    ]);

  it.each<[object, object, string]>([
    [{ type: 'text', packed: true }, {}, '`packed` is for json and lists of json only'],
    [{ type: 'json', compressed: true }, {}, '`compressed` is for text and lists of text only'],
    [{ type: 'json', packed: true, map: 'text' }, {}, '`packed` is for json and lists of json only'],
    [{ type: 'text', compressed: true, set: true }, {}, '`compressed` is for text and lists of text only'],
    [{ type: 'json', packed: 'yes' }, {}, '`packed` is true or false'],
    [{ type: 'text', compressed: 1 }, {}, '`compressed` is true or false'],
    [{ type: 'text', compressed: true }, { key: ['f'] }, 'a compressed text cannot be part of a key'],
    [
      { type: 'text', compressed: true },
      { indexes: [{ fields: ['f'] }] },
      'a compressed text cannot be part of an index',
    ],
    [
      { type: 'text', compressed: true },
      { subtypes: { field: 'f', classes: [{ name: 'S', value: 's', members: [] }] } },
      'a compressed text cannot tell subtypes apart',
    ],
  ])('refuses %j %j', (field, more, why) => {
    expect(thrownBy(() => define(field, more))).toMatchObject({
      code: 'SCHEMA_INVALID',
      details: { entity: 'E', field: 'f' },
    });
    expect(thrownBy(() => define(field, more)).message).toContain(why);
  });

  it('means the same whether they are', () => {
    const { fingerprint } = define({ type: 'json' });
    expect(define({ type: 'json', packed: true }).fingerprint).toBe(fingerprint);
    expect(define({ type: 'json', packed: false }).fingerprint).toBe(fingerprint);
  });

  it('is said by decorators', () => {
    @Snapshot()
    class Note {
      @Field('int32', { key: true }) id!: number;
      @Field('json', { packed: true }) data!: object;
      @Field('text', { compressed: true }) body!: string;
    }
    expect(schemaFromClasses([Note]).entities[0]!.fields.slice(1)).toMatchObject([
      { packed: true },
      { compressed: true },
    ]);
  });
});

describe('snapshots made of snapshots', () => {
  const flagged = (packed: boolean, compressed: boolean) =>
    defineSchema([
      {
        name: 'Page',
        key: ['id'],
        fields: schema.entities[0]!.fields.map((field) => ({
          ...field,
          ...(field.type === 'json' ? { packed } : {}),
          ...(field.type === 'text' ? { compressed } : {}),
        })),
      },
    ]);
  const forms = [flagged(true, true), flagged(false, true), flagged(true, false), flagged(false, false)];

  it('have the same values, in the form of the first', async () => {
    for (const from of forms) {
      for (const to of forms) {
        const storage = new MemoryStorage();
        for (const [path, form, some] of [
          ['m/to', to, []],
          ['m/from', from, records],
        ] as const) {
          const writer = createSnapshot({ path, schema: form, storage });
          for (const record of some) writer.add('Page', record);
          await writer.finish();
        }
        const sources = await Promise.all(['m/to', 'm/from'].map((path) => openSnapshot(path, { storage })));
        await mergeSnapshots(sources, { path: 'm/merged', storage });
        await deriveSnapshot(sources[1]!, { path: 'm/derived', storage });
        for (const path of ['m/merged', 'm/derived']) {
          const snapshot = await openSnapshot(path, { storage });
          expect(snapshot.count('Page')).toBe(records.length);
          for (const record of records) expect({ ...materialize(snapshot.get('Page', record.id)!) }).toEqual(record);
          expect(await snapshot.verify()).toEqual([]);
        }
      }
    }
  });
});

describe('damage', () => {
  /** The example with other bytes in its heap, at a place given by the bytes there. */
  async function damaged(
    at: Buffer,
    offset: number,
    change: (heap: Buffer, at: number) => void,
  ): Promise<MemoryStorage> {
    const parts = disassemble((await write()).readAll('m/x'));
    const { bytes } = partOf(parts, sectionKinds.heap);
    const place = bytes.indexOf(at);
    expect(place).toBeGreaterThanOrEqual(0);
    change(bytes, place + offset);
    return MemoryStorage.with('m/x', assemble(parts));
  }
  const plainText = Buffer.from(JSON.stringify(records[0]!.settings));

  it('of nodes is found by verify, and is an error when they are read', async () => {
    const storage = await damaged(plainText, -4, (heap, at) => heap.writeUInt32LE(2 ** 28, at));
    const snapshot = await open({}, storage);
    expect(thrownBy(() => (snapshot.get('Page', 1) as Json).settings)).toMatchObject({ code: 'FILE_CORRUPT' });
    expect((await snapshot.verify())[0]).toMatchObject({
      code: 'FILE_CORRUPT',
      entity: 'Page',
      field: 'settings',
      ordinal: 0,
    });
  });

  it('of nodes that can still be read is found by verify, in lists too', async () => {
    for (const [which, field] of [
      [0, 'settings'],
      [1, 'versions'],
    ] as const) {
      const parts = disassemble((await write()).readAll('m/x'));
      const { bytes } = partOf(parts, sectionKinds.heap);
      const first = bytes.indexOf(plainText);
      const place = which === 0 ? first : bytes.indexOf(plainText, first + 1);
      bytes[place + plainText.length + 4 + 12]! ^= 1; // the first element's offset in the first node
      const snapshot = await open({}, MemoryStorage.with('m/x', assemble(parts)));
      expect(await snapshot.verify()).toMatchObject([{ field, ordinal: 0, message: expect.stringContaining('nodes') }]);
    }
  });

  it('of a compressed text is found by verify', async () => {
    const parts = disassemble((await write()).readAll('m/x'));
    const { bytes } = partOf(parts, sectionKinds.heap);
    const header = Buffer.alloc(4);
    header.writeUInt32LE(Buffer.byteLength(prose));
    bytes.writeUInt32LE(Buffer.byteLength(prose) + 1, bytes.indexOf(header));
    const snapshot = await open({}, MemoryStorage.with('m/x', assemble(parts)));
    expect(await snapshot.verify()).toMatchObject([{ code: 'FILE_CORRUPT', field: 'body', ordinal: 0 }]);
    expect(thrownBy(() => snapshot.get('Page', 1)!['body'])).toMatchObject({ code: 'FILE_CORRUPT' });
  });
});
