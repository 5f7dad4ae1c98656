/** Files whose checksums are right and whose content is nonsense: each gives a coded error or some answer, in little time and memory. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openSnapshot } from '../../src';
import { crc32 } from '../../src/bytes/checksum';
import type { Section } from '../../src/file/directory';
import { sectionKinds } from '../../src/file/section-kinds';
import { layoutRecord } from '../../src/layout/layout';
import { normalizeEntity } from '../../src/schema/normalize-entity';
import { fingerprintOf } from '../../src/schema/schema';
import { exampleBytes, readEverything, tolerant } from '../support/example';
import { MemoryStorage } from '../support/memory-storage';
import { holds, rejectionOf } from '../support/property';
import { type AssembleOptions, assemble, changeSchema, disassemble, type FileParts, partOf } from '../support/reseal';

const MOST_MS = 3000;
/** Small files that were read here, for the child that measures. */
const hostile: Buffer[] = [];

let file: Buffer;
beforeAll(async () => {
  file = await exampleBytes();
});

const open = (bytes: Buffer) => openSnapshot('m/x', { storage: MemoryStorage.with('m/x', bytes) });

/** Opens, verifies and reads; gives the code of opening it, or how many findings there were. Fails for any error without a code. */
async function outcome(bytes: Buffer): Promise<string | number> {
  if (hostile.length < 1500) hostile.push(bytes);
  const start = performance.now();
  try {
    const snapshot = await open(bytes);
    const findings = await snapshot.verify();
    readEverything(snapshot, tolerant);
    snapshot.close();
    return findings.length;
  } catch (error) {
    return tolerant(() => {
      throw error;
    }) as string;
  } finally {
    expect(performance.now() - start).toBeLessThan(MOST_MS);
  }
}

const changed = (change: (parts: FileParts) => unknown, options?: AssembleOptions): Buffer => {
  const parts = disassemble(file);
  change(parts);
  return assemble(parts, options);
};
const withSections = (change: (sections: Section[]) => Section[]) => assemble(disassemble(file), { sections: change });
const isA = (name: keyof typeof sectionKinds) => (section: Section) => section.kind === sectionKinds[name];
const vary = (name: keyof typeof sectionKinds, change: Partial<Section>) =>
  withSections((sections) => sections.map((section) => (isA(name)(section) ? { ...section, ...change } : section)));

describe('the directory', () => {
  it.each<[string, () => Buffer]>([
    ['a section beyond the file', () => vary('heap', { offset: 2 ** 40 })],
    ['a section at 2^63', () => vary('heap', { offset: 2 ** 63 })],
    ['a section of 2^63 bytes', () => vary('heap', { size: 2 ** 63 })],
    ['a section in the header', () => vary('heap', { offset: 0 })],
    [
      'a section in the directory',
      () =>
        withSections((sections) =>
          sections.map((section) => (isA('heap')(section) ? { ...section, size: file.length } : section)),
        ),
    ],
    [
      'sections that overlap',
      () =>
        withSections((sections) =>
          sections.map((section) => (isA('heap')(section) ? { ...section, size: section.size + 128 } : section)),
        ),
    ],
    [
      'more records than bytes',
      () =>
        withSections((sections) =>
          sections.map((section) =>
            isA('records')(section) ? { ...section, itemCount: section.itemCount + 1 } : section,
          ),
        ),
    ],
    ['2^32 records', () => vary('records', { itemCount: 2 ** 32 })],
    ['2^63 records', () => vary('records', { itemCount: 2 ** 63 })],
    ['no schema', () => withSections((sections) => sections.filter((section) => !isA('schema')(section)))],
    ['no heap', () => withSections((sections) => sections.filter((section) => !isA('heap')(section)))],
    ['no records', () => withSections((sections) => sections.filter((section) => !isA('records')(section)))],
    [
      'no checksum table',
      () => withSections((sections) => sections.filter((section) => !isA('checksumTable')(section))),
    ],
    [
      'records of an entity that is not there',
      () =>
        withSections((sections) =>
          sections.map((section) =>
            isA('records')(section) ? { ...section, entityId: section.entityId + 1 } : section,
          ),
        ),
    ],
    [
      'two heaps',
      () =>
        withSections((sections) => {
          const heap = sections.find(isA('heap'))!;
          return [...sections, { ...heap, offset: heap.offset + heap.size, size: 0 }];
        }),
    ],
    ['a schema of 128 MiB', () => vary('schema', { size: 2 ** 27 })],
    [
      'a schema elsewhere',
      () =>
        withSections((sections) =>
          sections.map((section) => (isA('schema')(section) ? { ...section, offset: section.offset + 64 } : section)),
        ),
    ],
    [
      'a count of sections that does not fit',
      () => assemble(disassemble(file), { directory: (bytes) => bytes.writeUInt32LE(0xffffffff, 0) }),
    ],
    [
      'a count of roots that does not fit',
      () => assemble(disassemble(file), { directory: (bytes) => bytes.writeUInt32LE(0x40000000, 4) }),
    ],
    [
      'another size of what is checked',
      () => assemble(disassemble(file), { directory: (bytes) => bytes.writeBigUInt64LE(64n, 16) }),
    ],
    [
      'a checksum table of another size',
      () =>
        withSections((sections) =>
          sections.map((section) => (isA('checksumTable')(section) ? { ...section, size: section.size + 4 } : section)),
        ),
    ],
  ])('with %s', async (_, make) => {
    expect(await rejectionOf(open(make()))).toMatchObject({ code: 'FILE_CORRUPT', details: { path: 'm/x' } });
  });

  it.each<[string, () => Buffer]>([
    [
      'no key index',
      () =>
        withSections((sections) =>
          sections.filter((section) => !isA('rankBitmap')(section) && !isA('hashIndex')(section)),
        ),
    ],
    ['no string tables', () => withSections((sections) => sections.filter((section) => !isA('stringTable')(section)))],
    [
      'no adjacency lists',
      () => withSections((sections) => sections.filter((section) => !isA('adjacencyList')(section))),
    ],
    ['an empty adjacency list', () => vary('adjacencyList', { size: 0 })],
    ['an empty key index', () => vary('rankBitmap', { size: 0 })],
    ['a heap of nothing', () => vary('heap', { size: 0 })],
    ['a hash index for the rank bitmap', () => vary('rankBitmap', { kind: sectionKinds.hashIndex })],
    ['a rank bitmap for the hash indexes', () => vary('hashIndex', { kind: sectionKinds.rankBitmap })],
    ['string tables for adjacency lists', () => vary('stringTable', { kind: sectionKinds.adjacencyList })],
    [
      'the adjacency list of another member',
      () =>
        withSections((sections) =>
          sections.map((section) =>
            isA('adjacencyList')(section) ? { ...section, memberId: section.memberId ^ 1 } : section,
          ),
        ),
    ],
    [
      'the key indexes of other entities',
      () =>
        withSections((sections) =>
          sections.map((section) =>
            isA('hashIndex')(section) ? { ...section, entityId: 3 - section.entityId } : section,
          ),
        ),
    ],
  ])('with %s opens, and verify finds it', async (_, make) => {
    expect(await outcome(make())).toBeGreaterThan(0);
  });

  it('with another identity in the footer', async () => {
    const bytes = Buffer.from(file);
    const footer = bytes.subarray(-64);
    footer.fill(0xab, 24, 56);
    footer.writeUInt32LE(crc32(footer.subarray(0, 56)), 56);
    expect(await rejectionOf(open(bytes))).toMatchObject({ code: 'FILE_CORRUPT' });
  });
});

describe('the header', () => {
  it.each<[string, (header: Buffer) => unknown, string | number]>([
    ['of a later version that this reader can read', (header) => header.writeUInt16LE(2, 8), 0],
    ['of a version that needs a later reader', (header) => header.writeUInt16LE(2, 10), 'FORMAT_UNSUPPORTED'],
    ['of another byte order', (header) => header.writeUInt32BE(0x01020304, 12), 'FORMAT_UNSUPPORTED'],
    ['with other blocks', (header) => header.writeUInt32LE(2 ** 20, 16), 'FORMAT_UNSUPPORTED'],
    ['with other magic', (header) => header.writeUInt8(0, 0), 'NOT_A_SNAPSHOT'],
    ['of the year 584554049', (header) => header.writeBigUInt64LE(2n ** 64n - 1n, 24), 0],
  ])('%s', async (_, change, expected) => {
    expect(await outcome(changed(({ header }) => change(header)))).toBe(expected);
  });
});

/** Every place in a JSON value: how to reach it from the root. */
function* placesIn(value: unknown, path: (string | number)[] = []): Generator<(string | number)[]> {
  yield path;
  if (Array.isArray(value)) for (const [index, element] of value.entries()) yield* placesIn(element, [...path, index]);
  else if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value)) yield* placesIn(member, [...path, name]);
}

function replaceAt(root: any, path: readonly (string | number)[], value: unknown): unknown {
  if (path.length === 0) return value;
  const holder = path.slice(0, -1).reduce((at, step) => at[step], root);
  if (value === undefined) delete holder[path.at(-1)!];
  else holder[path.at(-1)!] = value;
  return root;
}

function nestDeeply(parts: FileParts): void {
  const part = partOf(parts, sectionKinds.schema);
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  part.bytes = Buffer.from(part.bytes.toString().replace('"name":"Thing"', `"source":${deep},"name":"Thing"`));
}

/** The fingerprint that the entities have, where they have one: hostile files are consistent. */
function refingerprint(json: any): unknown {
  try {
    json.fingerprint = fingerprintOf(json.entities.map(normalizeEntity));
  } catch {
    // Entities that no schema can hold: any fingerprint will do.
  }
  return json;
}

describe('the schema', () => {
  it('with anything in place of anything', async () => {
    const json = JSON.parse(partOf(disassemble(file), sectionKinds.schema).bytes.toString());
    const values = [undefined, null, -1, 1e308, 0.5, 2 ** 31, '', 'Thing', 'text', [], {}, [null], true];
    const outcomes = new Map<string | number, number>();
    let number = 0;
    for (const path of placesIn(json)) {
      // Three of the values at each place, in turn: every value meets every kind of place.
      for (let turn = 0; turn < 3; turn++) {
        const value = values[number++ % values.length];
        const result = await outcome(
          changed((parts) => changeSchema(parts, (root) => refingerprint(replaceAt(root, path, value)))),
        );
        outcomes.set(
          typeof result === 'string' ? result : 'read',
          (outcomes.get(typeof result === 'string' ? result : 'read') ?? 0) + 1,
        );
      }
    }
    expect([...outcomes.keys()].sort()).toEqual(['FILE_CORRUPT', 'read']);
    expect(outcomes.get('FILE_CORRUPT')).toBeGreaterThan(500);
  }, 60_000);

  it.each<[string, (json: any) => unknown]>([
    ['that is no JSON', () => undefined],
    ['nested a hundred thousand times', () => undefined],
    [
      'with a slot beyond the record',
      (json) => {
        json.layouts[0].slots[1].offset = json.layouts[0].stride;
      },
    ],
    [
      'with slots that overlap',
      (json) => {
        json.layouts[0].slots[1].offset = json.layouts[0].slots[4].offset;
      },
    ],
    [
      'with a slot over the bitmaps',
      (json) => {
        json.layouts[0].slots[1].offset = 0;
      },
    ],
    [
      'with a slot of another type',
      (json) => {
        json.layouts[0].slots[1].kind = 'heap-text';
      },
    ],
    [
      'with a slot of another bit',
      (json) => {
        json.layouts[0].slots[1].bit = 2;
      },
    ],
    [
      'with a null bitmap over the value bitmap',
      (json) => {
        json.layouts[0].nullBitmapOffset = 1;
      },
    ],
    [
      'with another stride',
      (json) => {
        json.layouts[0].stride += 8;
      },
    ],
    [
      'with a layout too few',
      (json) => {
        json.layouts.pop();
      },
    ],
    [
      'with another fingerprint',
      (json) => {
        json.fingerprint = '0'.repeat(64);
      },
    ],
    [
      'with a relation to nowhere',
      (json) => {
        json.entities[0].relations[0].target = 'Nowhere';
        refingerprint(json);
      },
    ],
    [
      'with a key that is no field',
      (json) => {
        json.entities[0].key = ['nothing'];
        refingerprint(json);
      },
    ],
    [
      'with two entities of one name',
      (json) => {
        json.entities[1].name = 'Thing';
        refingerprint(json);
      },
    ],
    [
      'with a reserved type',
      (json) => {
        json.entities[0].fields[1].type = 'vector';
        refingerprint(json);
      },
    ],
  ])('%s', async (what, change) => {
    const bytes = changed((parts) => {
      if (what === 'that is no JSON') partOf(parts, sectionKinds.schema).bytes = Buffer.from('{"entities": [');
      else if (what.startsWith('nested')) nestDeeply(parts);
      else changeSchema(parts, change);
    });
    expect(await rejectionOf(open(bytes))).toMatchObject({ code: 'FILE_CORRUPT', details: { path: 'm/x' } });
  });

  it('of 20,000 entities without sections, or with 100,000 members, is refused in no time', async () => {
    const wide = Array.from({ length: 100_000 }, (_, number) => ({
      name: `m${number}`,
      type: 'boolean',
      array: false,
      nullable: false,
    }));
    const fields = [{ name: 'id', type: 'int8', array: false, nullable: false }];
    const cases: any[][] = [
      Array.from({ length: 20_000 }, (_, number) => ({ name: `E${number}`, key: ['id'], fields, relations: [] })),
      [{ name: 'E', key: wide.map(({ name }) => name), fields: wide, relations: [] }],
      [
        {
          name: 'E',
          key: ['id'],
          fields,
          relations: wide.map(({ name }) => ({ name, kind: 'to-one', target: 'E', nullable: true })),
        },
      ],
      [
        {
          name: 'E',
          key: ['id'],
          fields,
          relations: [
            { name: 'stored', kind: 'to-one', target: 'E', nullable: true },
            ...wide.map(({ name }) => ({ name, kind: 'to-many', target: 'E', inverse: 'stored', nullable: true })),
          ],
        },
      ],
    ];
    for (const entities of cases) {
      const bytes = changed((parts) =>
        changeSchema(parts, () =>
          refingerprint({
            entities,
            layouts: entities.map((entity) => layoutRecord(entity, { tableText: new Set() })),
            notes: null,
          }),
        ),
      );
      const start = performance.now();
      expect(await rejectionOf(open(bytes))).toMatchObject({ code: 'FILE_CORRUPT' });
      expect(performance.now() - start).toBeLessThan(MOST_MS);
    }
  }, 60_000);
});

const extreme = fc.constantFrom(
  0,
  1,
  2,
  3,
  7,
  0x7f,
  0xff,
  0xffff,
  0x3fffff,
  0x7fffffff,
  0x80000000,
  0xbfffffff,
  0xfffffffe,
  0xffffffff,
);
const change = fc.record({
  section: fc.nat(100),
  at: fc.nat(100_000),
  word: fc.oneof(
    extreme,
    fc.integer().map((word) => word >>> 0),
  ),
  aligned: fc.boolean(),
});

it(
  'any words of the data changed: coded errors and answers, nothing else',
  () =>
    holds(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = changed(({ sections }) => {
          const data = sections.filter(
            ({ section, bytes }) => section.kind !== sectionKinds.schema && bytes.length >= 4,
          );
          for (const { section, at, word, aligned } of changes) {
            const target = data[section % data.length]!.bytes;
            const place = at % (target.length - 3);
            target.writeUInt32LE(word, aligned ? place & ~3 : place);
          }
        });
        const result = await outcome(bytes);
        expect(['number', 'string']).toContain(typeof result);
        if (typeof result === 'string') expect(result).toBe('FILE_CORRUPT');
      }),
      700,
    ),
  60_000,
);

it('none of this takes more memory than the file and 64 MB', () => {
  const child = join(__dirname, 'children/read-hostile.cjs');
  const directory = mkdtempSync(join(tmpdir(), 'permafrost-hostile-'));
  try {
    const container = join(directory, 'files');
    const sized = [file, ...hostile].flatMap((bytes) => {
      const size = Buffer.alloc(4);
      size.writeUInt32LE(bytes.length);
      return [size, bytes];
    });
    writeFileSync(container, Buffer.concat(sized));
    // A small JavaScript heap: what outgrows it ends the process, what lies outside it shows in the process's size.
    const flags = ['--max-old-space-size=64', '--max-semi-space-size=1'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, child, container], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const { files, coded, wrong, grownBytes } = JSON.parse(stdout);
    expect(wrong).toEqual([]);
    expect(files).toBe(hostile.length + 1);
    expect(coded).toBeGreaterThan(files / 4);
    expect(grownBytes).toBeLessThan(64 * 2 ** 20 + file.length);
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 60_000);
