/** The splitter of dumps, on what can hide a semicolon. */
import { splitDump } from './dump';

const statements = (text: string) => [...splitDump(text)].map((part) => part.sql);

test.each([
  ['quotes', `SELECT 'a;b''c;'; SELECT 2;`, [`SELECT 'a;b''c;'`, 'SELECT 2']],
  ['a backslash in a plain string', String.raw`SELECT 'a\'; SELECT 2;`, [String.raw`SELECT 'a\'`, 'SELECT 2']],
  ['an escape string', String.raw`SELECT E'a\';b'; SELECT 2;`, [String.raw`SELECT E'a\';b'`, 'SELECT 2']],
  [
    'a name that ends in e before a string',
    String.raw`SELECT date'a\'; SELECT 2;`,
    [String.raw`SELECT date'a\'`, 'SELECT 2'],
  ],
  ['quoted identifiers', 'SELECT 1 AS ";"; SELECT 2;', ['SELECT 1 AS ";"', 'SELECT 2']],
  ['dollar quotes', 'DO $$ BEGIN; $1; END $$; SELECT 2;', ['DO $$ BEGIN; $1; END $$', 'SELECT 2']],
  ['tagged dollar quotes', 'DO $_$ a; $$ b; $_$; SELECT 2;', ['DO $_$ a; $$ b; $_$', 'SELECT 2']],
  [
    'a quote in a comment',
    "SELECT 1 -- don't;\n; /* it's; /* ; */ ; */ SELECT 2;",
    ["SELECT 1 -- don't;\n", 'SELECT 2'],
  ],
  ["psql's commands", '\\restrict x\nSELECT 1;\n\\unrestrict x\n', ['SELECT 1']],
  ['an end without a semicolon', 'SELECT 1;\n\nSELECT 2\n', ['SELECT 1', 'SELECT 2\n']],
])('%s', (_, text, expected) => {
  expect(statements(text)).toEqual(expected);
});

test('COPY data go to the end mark, whatever they hold', () => {
  const text = "COPY t (a) FROM stdin;\n1;'$$\n\\.x\n\\\\.\n\\.\n\nCOPY e (a) FROM stdin;\n\\.\nSELECT 1;\n";
  expect([...splitDump(text)]).toEqual([
    { kind: 'copy', sql: 'COPY t (a) FROM stdin', data: "1;'$$\n\\.x\n\\\\.\n" },
    { kind: 'copy', sql: 'COPY e (a) FROM stdin', data: '' },
    { kind: 'statement', sql: 'SELECT 1' },
  ]);
  expect(() => [...splitDump('COPY t (a) FROM stdin;\n1\n')]).toThrow('cut off');
});
