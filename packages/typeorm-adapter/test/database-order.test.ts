/** The order that the database has for text and other types, end to end: ORDER BY and comparisons of the database against those of a snapshot. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Comparison, isPermafrostError, type OpenedSnapshot, runPlan } from '@permafrost/core';
import { type ExportOptions, exportSnapshot, openStore } from '@permafrost/typeorm-adapter';
import fc from 'fast-check';
import { DataSource, EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import { hasLocale, isOwnServer, localeAbsent } from '../../../test/src/postgres/locales';
import { withDatabase } from '../../../test/src/postgres/suite';
import { describeOrSkip } from '../../../test/src/support/skips';
import { holds, rejectionOf, thrownBy } from '../../core/test/support/property';

const database = withDatabase('adapter_order');
let admin: DataSource;
let directory: string;
beforeAll(async () => {
  admin = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  await admin.query(`CREATE EXTENSION citext;
    CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);`);
});
afterAll(() => admin?.destroy());
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'permafrost-order-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

class Thing {
  id!: number;
}
const schemaOf = (columns: Record<string, EntitySchemaColumnOptions>) =>
  new EntitySchema<Thing>({
    name: 'Thing',
    target: Thing,
    tableName: 'thing',
    columns: { id: { type: 'int', primary: true }, ...columns } as never,
  });

/** Runs with a table of one column of some type, the values of which are given as SQL reads them, and a snapshot of it. */
async function withValues<T>(
  type: string,
  values: readonly (string | null)[],
  run: (snapshot: OpenedSnapshot) => Promise<T>,
  { declared = { type: 'text' }, ...options }: Partial<ExportOptions> & { declared?: EntitySchemaColumnOptions } = {},
): Promise<T> {
  await admin.query(`DROP TABLE IF EXISTS thing; CREATE TABLE thing (id int PRIMARY KEY, value ${type})`);
  await admin.query(
    `INSERT INTO thing SELECT place, value::${type.replace(/ COLLATE .*/, '')} FROM unnest($1::text[]) WITH ORDINALITY AS given (value, place)`,
    [values],
  );
  const schema = schemaOf({ value: { ...declared, nullable: true } });
  const dataSource = await new DataSource({ type: 'postgres', url: database.url, entities: [schema] }).initialize();
  try {
    await exportSnapshot(dataSource, { directory, entities: [schema], ...options });
    const store = await openStore({ directory, entities: [schema] });
    try {
      return await run(store.snapshot);
    } finally {
      store.close();
    }
  } finally {
    await dataSource.destroy();
  }
}

const idsOf = async (sql: string, parameters: unknown[] = []): Promise<number[]> =>
  (await admin.query(sql, parameters)).map(({ id }: Thing) => id);
/** Ordinals are places of keys: those are 1, 2, 3 … here. */
const found = (snapshot: OpenedSnapshot, plan: object) =>
  Array.from(runPlan(snapshot, { entity: 'Thing', ...plan }).ordinals, (ordinal) => ordinal + 1);
const operand = { source: 0, field: 'value' };

async function expectSameOrder(snapshot: OpenedSnapshot): Promise<void> {
  for (const direction of ['ascending', 'descending'] as const) {
    for (const nulls of ['first', 'last'] as const) {
      const sql = `SELECT id FROM thing ORDER BY value ${direction === 'ascending' ? 'ASC' : 'DESC'} NULLS ${nulls}, id`;
      expect(found(snapshot, { order: [{ ...operand, direction, nulls }] })).toEqual(await idsOf(sql));
    }
  }
}

const comparisons: [Comparison, string][] = [
  ['equal', '='],
  ['not-equal', '<>'],
  ['less', '<'],
  ['less-or-equal', '<='],
  ['greater', '>'],
  ['greater-or-equal', '>='],
];

/** Of text, with each of `values`, which must occur. */
async function expectSameComparisons(snapshot: OpenedSnapshot, values: readonly string[]): Promise<void> {
  for (const value of new Set(values)) {
    for (const [operator, sql] of comparisons) {
      const expected = await idsOf(`SELECT id FROM thing WHERE value ${sql} $1 ORDER BY id`, [value]);
      expect(found(snapshot, { where: { kind: 'compare', operand, operator, value } })).toEqual(expected);
    }
  }
}

const fieldOf = (snapshot: OpenedSnapshot) => snapshot.entitySchema('Thing').fields[1]!;

const anything = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ unit: 'grapheme-composite', maxLength: 4 }),
  fc
    .array(
      fc.constantFrom('a', 'A', 'á', 'ä', 'ß', 's', 'S', 'i', 'İ', ' ', '-', "'", 'e\u0301', 'é', '1', '10', '_'),
      {
        maxLength: 5,
      },
    )
    .map((parts) => parts.join('')),
);
const texts = fc.array(
  // PostgreSQL has no zero byte in text, and no half of a surrogate pair.
  fc.option(anything.map((text) => text.replaceAll('\0', '').toWellFormed())),
  { minLength: 1, maxLength: 60 },
);

describe('text', () => {
  const ordersAlike = (type: string) =>
    holds(
      fc.asyncProperty(texts, async (values) =>
        withValues(type, values, async (snapshot) => {
          await expectSameOrder(snapshot);
          const held = values.filter((value) => value !== null);
          await expectSameComparisons(snapshot, held.slice(0, 3));
          expect(await snapshot.verify()).toEqual([]);
        }),
      ),
      6,
    );

  test.each([
    'text',
    'text COLLATE "C"',
    'text COLLATE "en-x-icu"',
    'varchar COLLATE "sv-x-icu"',
    'text COLLATE loose',
    'citext',
    'citext COLLATE "de-x-icu"',
  ])('%s is in the order of the database', ordersAlike);

  describeOrSkip(hasLocale('en_US'), localeAbsent('en_US'), 'of the C library', () => {
    test('is in the order of the database', async () => {
      await admin.query(`CREATE COLLATION american (provider = libc, locale = 'en_US.utf8')`);
      await ordersAlike('text COLLATE american');
    });
  });

  test('has ranks only where bytes are in another order', async () => {
    const orderOf = (type: string, options = {}) =>
      withValues(
        type,
        ['b', 'a'],
        async (snapshot) => {
          const { collation, ranked, looseEquality } = fieldOf(snapshot);
          return [collation, ranked ?? false, looseEquality ?? false];
        },
        options,
      );
    expect(await orderOf('text')).toEqual(['C', false, false]);
    expect(await orderOf('varchar(5) COLLATE "ucs_basic"')).toEqual(['C', false, false]);
    expect(await orderOf('text COLLATE "en-x-icu"')).toEqual(['en-x-icu', true, false]);
    expect(await orderOf('char(2)')).toEqual(['character', true, false]);
    expect(await orderOf('text COLLATE loose')).toEqual(['loose', true, true]);
    expect(await orderOf('citext')).toEqual(['citext', true, 'lower-case']);
    expect(await orderOf('citext', { databaseOrder: false })).toEqual(['citext', false, 'lower-case']);
    expect(await orderOf('citext COLLATE "tr-x-icu"')).toEqual(['citext', true, true]);
    expect(await orderOf('name')).toEqual(['C', false, false]);
    const declared = { type: 'simple-array' } as const;
    expect(await orderOf('text COLLATE "en-x-icu"', { declared })).toEqual(['en-x-icu', false, false]);
    const databaseOrder = { Thing: ['value'] };
    expect(await orderOf('text COLLATE "en-x-icu"', { declared, databaseOrder })).toEqual(['en-x-icu', true, false]);
    expect(await orderOf('text COLLATE "en-x-icu"', { databaseOrder: { Thing: [] } })).toEqual([
      'en-x-icu',
      false,
      false,
    ]);
    expect(await orderOf('text COLLATE "en-x-icu"', { databaseOrder: {} })).toEqual(['en-x-icu', true, false]);
  });

  test('that does not occur has no place in an order that only the database knows', () =>
    withValues('text COLLATE "en-x-icu"', ['b', 'd'], async (snapshot) => {
      const where = { kind: 'compare', operand, operator: 'less', value: 'c' };
      expect(thrownBy(() => found(snapshot, { where }))).toMatchObject({ code: 'TEXT_ORDER_UNKNOWN' });
      expect(found(snapshot, { where: { ...where, operator: 'equal' } })).toEqual([]);
    }));

  test('without ranks is not ordered by anything else', () =>
    withValues(
      'text COLLATE "en-x-icu"',
      ['b', 'd'],
      async (snapshot) => {
        const order = [{ ...operand, direction: 'ascending', nulls: 'last' }];
        expect(thrownBy(() => found(snapshot, { order }))).toMatchObject({ code: 'QUERY_UNSUPPORTED' });
        const where = { kind: 'compare', operand, operator: 'less', value: 'd' };
        expect(thrownBy(() => found(snapshot, { where }))).toMatchObject({ code: 'QUERY_UNSUPPORTED' });
      },
      { databaseOrder: false },
    ));

  test('the file says by which collation it was ordered', () =>
    withValues('text COLLATE "sv-x-icu"', ['b'], async (snapshot) => {
      const { postgres } = snapshot.notes as { postgres: { collations: object } };
      expect(postgres.collations).toEqual({
        'sv-x-icu': {
          provider: 'icu',
          locale: 'sv',
          version: expect.stringMatching(/^[\d.]+$/),
          isDeterministic: true,
          isByteOrder: false,
        },
      });
    }));
});

describe('lower case', () => {
  const letters = fc.constantFrom(
    ...[
      'a',
      'A',
      'i',
      'I',
      'İ',
      'ı',
      'ß',
      'ẞ',
      'Σ',
      'σ',
      'ς',
      'ΑΣ',
      'k',
      'K',
      'Ǆ',
      'ǅ',
      'ǆ',
      'Ω',
      'Ω',
      'ſ',
      '\u0307',
      '\u0301',
    ],
    ...['Ꟊ', '𐐀', '𐵐', '\u{16ea0}', 'Ƛ', 'Ɤ', 'Ⴀ', 'ა', 'Ა', '!', ' ', '%', '_', '\\_', '.'],
  );
  const cased = fc
    .array(fc.oneof(letters, fc.string({ unit: 'binary', maxLength: 1 })), { maxLength: 5 })
    .map((parts) =>
      // No zero byte, no half of a surrogate pair, and no backslash that escapes nothing.
      parts.join('').replaceAll('\0', '').toWellFormed().replace(/\\$/, ''),
    );
  const likesAlike = (type: string) =>
    holds(
      fc.asyncProperty(
        fc.array(cased, { minLength: 20, maxLength: 80 }),
        fc.array(cased, { maxLength: 20 }),
        async (values, given) =>
          withValues(type, values, async (snapshot) => {
            for (const pattern of [...given, ...values, ...values.map((value) => value.toUpperCase())]) {
              const expected = await idsOf('SELECT id FROM thing WHERE value ILIKE $1 ORDER BY id', [pattern]);
              const where = { kind: 'like', operand, pattern, ignoreCase: true };
              expect([pattern, found(snapshot, { where })]).toEqual([pattern, expected]);
              if (type !== 'citext') continue;
              // Its LIKE is ILIKE.
              expect(await idsOf('SELECT id FROM thing WHERE value LIKE $1 ORDER BY id', [pattern])).toEqual(expected);
              expect(found(snapshot, { where: { ...where, ignoreCase: false } })).toEqual(expected);
            }
          }),
      ),
      2,
    );

  test.each([
    'text',
    'text COLLATE "C"',
    'varchar COLLATE "en-x-icu"',
    'text COLLATE "tr-x-icu"',
    'text COLLATE "lt-x-icu"',
    'citext',
  ])('of %s is what the database says', likesAlike);

  describeOrSkip(hasLocale('en_US'), localeAbsent('en_US'), 'of the C library', () => {
    test('is what the database says', async () => {
      await admin.query(`CREATE COLLATION letters (provider = libc, locale = 'en_US.utf8')`);
      await likesAlike('text COLLATE letters');
    });
  });
  describeOrSkip(isOwnServer, 'a server of another version may not have it', 'of PostgreSQL itself', () => {
    test('is what the database says', () => likesAlike('text COLLATE "pg_unicode_fast"'));
  });
  describeOrSkip(hasLocale('tr_TR'), localeAbsent('tr_TR'), 'of the C library in Turkish', () => {
    test('is what the database says', async () => {
      await admin.query(`CREATE COLLATION turkish (provider = libc, locale = 'tr_TR.utf8')`);
      await likesAlike('text COLLATE turkish');
    });
  });

  test('decides whether texts of citext are equal, also one that does not occur', () =>
    holds(
      fc.asyncProperty(
        fc.array(cased, { minLength: 20, maxLength: 60 }),
        fc.array(cased, { maxLength: 20 }),
        async (values, others) =>
          withValues('citext', values, async (snapshot) => {
            for (const value of [...others, ...values.map((text) => text.toUpperCase())]) {
              for (const [operator, sql] of comparisons.slice(0, 2)) {
                const expected = await idsOf(`SELECT id FROM thing WHERE value ${sql} $1 ORDER BY id`, [value]);
                expect(found(snapshot, { where: { kind: 'compare', operand, operator, value } })).toEqual(expected);
              }
            }
            const expected = await idsOf('SELECT id FROM thing WHERE value = ANY ($1::citext[]) ORDER BY id', [others]);
            expect(found(snapshot, { where: { kind: 'in', operand, values: others } })).toEqual(expected);
          }),
      ),
      2,
    ));
});

describe('other types', () => {
  test.each([
    ['interval', ['24:00', '1 day', '1 month', '30 days', '-1 year', null, '00:00:00.000001', '1 year']],
    ['timetz', ['10:00+00', '11:00+01', '09:00-01', '23:59+14', null]],
    ['money', ['10', '9', '-1', '-100', '0.5']],
    ['inet', ['10.0.0.1', '9.0.0.1/8', '10.0.0.0/8', '::1', '10.0.0.1/31', null]],
    ['cidr', ['10.0.0.0/8', '10.0.0.0/9', '9.0.0.0/8']],
    ['bit(3)', ['101', '011', '110']],
    ['varbit', ['1', '10', '01', '', '0']],
    ['numrange', ['[1,2)', '[1.0,2.0)', 'empty', '[,3]', '[10,20)', '(1,2)']],
    ['int4range', ['[1,2)', '[10,20)', '[9,11]', 'empty', null]],
    ['macaddr', ['08:00:2b:01:02:03', '07:00:2b:01:02:04']],
    ['char(4)', ['a', 'a\t', 'ab', 'a b', ' a', 'ä']],
    ['"char"', ['a', 'B']],
    ['timestamp', ['2024-01-01', '10000-01-01', '-infinity']],
    ['int4', ['10', '9', '-1']],
    ['uuid', ['a0000000-0000-0000-0000-000000000000', '0f000000-0000-0000-0000-000000000000']],
  ] as [string, (string | null)[]][])('%s is in the order of the database', (type, values) =>
    withValues(type, values, async (snapshot) => {
      await expectSameOrder(snapshot);
      expect(await snapshot.verify()).toEqual([]);
    }),
  );

  test.each([
    ['jsonb', ['{"a": 1}', '{"a": 1.0}', '[]', '1', 'null', '"x"', '{}', null]],
    ['text[]', ['{b}', '{a,c}', '{a}', '{}', '{NULL}', null]],
    ['int4[]', ['{10}', '{9,1}', '{9}']],
    ['tsvector', ['b', 'a b', 'c']],
  ] as [string, (string | null)[]][])('%s is when it is asked for', async (type, values) => {
    const declared = { type: type.replace('[]', '') as 'text', array: type.endsWith('[]') };
    await withValues(type, values, expectSameOrder, { declared, databaseOrder: { Thing: ['value'] } });
    await withValues(
      type,
      values,
      async (snapshot) => {
        const order = [{ ...operand, direction: 'ascending', nulls: 'last' }];
        expect(thrownBy(() => found(snapshot, { order }))).toMatchObject({ code: 'QUERY_UNSUPPORTED' });
      },
      { declared },
    );
  });

  test('that have no order cannot be asked for', async () => {
    const refused = withValues('json', ['1'], async () => {}, {
      declared: { type: 'json' },
      databaseOrder: { Thing: ['value'] },
    });
    expect(await rejectionOf(refused)).toMatchObject({
      code: 'EXPORT_UNSUPPORTED',
      details: { entity: 'Thing', field: 'value' },
    });
  });
});

describe('the option databaseOrder', () => {
  test.each([
    ['yes', 'TypeError', '`databaseOrder` is true, false, or'],
    [{ Thing: 'value' }, 'TypeError', 'databaseOrder.Thing is a list'],
    [{ Thng: [] }, 'ENTITY_UNKNOWN', 'Did you mean "Thing"?'],
    [{ Thing: ['valu'] }, 'FIELD_UNKNOWN', 'Did you mean "value"?'],
  ])('%j is refused', async (databaseOrder, code, message) => {
    const error = await rejectionOf(
      withValues('text', ['a'], async () => {}, { databaseOrder: databaseOrder as never }),
    );
    expect(isPermafrostError(error) ? error.code : error.name).toBe(code);
    expect(error.message).toContain(message);
  });
});

test('of chosen records the ranks are those among them', () =>
  withValues(
    'text COLLATE "en-x-icu"',
    ['b', 'a', 'B', 'é', 'e', null, 'A'],
    async (snapshot) => {
      const table = snapshot.reader.tableByName('Thing');
      const rankOf = table.rankReader('value')!;
      table.checkRun(0);
      expect([...snapshot.all<Thing>(Thing)].map(({ id }) => id)).toEqual([1, 4, 6, 7]);
      expect([0, 1, 2, 3].map(rankOf)).toEqual([2, 3, 0, 1]);
    },
    { roots: [{ entity: Thing, where: [{ id: 1 }, { id: 4 }, { id: 6 }, { id: 7 }] }] },
  ));
