/** docs/COMPATIBILITY.md against TypeORM's own lists, and against the tests that its rows name. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DataSource, Repository, TreeRepository } from 'typeorm';
import { columnOptions, columnTypes, typesWithoutServer } from './cases/columns';
import { methods, treeMethods } from './cases/methods';
import { operators, options } from './cases/options';
import { entityKinds, relationKinds } from './cases/relations';
import { documentedRefusals } from './refusals';
import './worlds';

const text = readFileSync(path.resolve(__dirname, '../../docs/COMPATIBILITY.md'), 'utf8');
const typeormFolder = path.dirname(require.resolve('typeorm'));
const declarations = (file: string) =>
  readFileSync(path.join(typeormFolder, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
const supported = new DataSource({ type: 'postgres' }).driver.supportedDataTypes as string[];

/** Keys of an interface, not those of object types inside it. */
const keysOf = (file: string) => [...declarations(file).matchAll(/^ {4}(\w+)\??:/gm)].map(([, name]) => name!);
const unionOf = (file: string) => [...declarations(file).matchAll(/"([^"]+)"/g)].map(([, name]) => name!);
const methodsOf = (prototype: object) => Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');

const lists: [table: string, theirs: string[], cases: Readonly<Record<string, unknown>>][] = [
  ['methods', methodsOf(Repository.prototype), methods],
  ['treeMethods', methodsOf(TreeRepository.prototype), treeMethods],
  ['options', [...keysOf('find-options/FindOneOptions.d.ts'), ...keysOf('find-options/FindManyOptions.d.ts')], options],
  ['operators', unionOf('find-options/FindOperatorType.d.ts'), operators],
  ['columnTypes', supported.filter((type) => !typesWithoutServer.includes(type as never)), columnTypes(supported)],
  ['columnOptions', keysOf('decorator/options/ColumnOptions.d.ts'), columnOptions],
];

interface Row {
  readonly name: string;
  readonly answer: string;
  readonly test: string;
}

const rows = text
  .split('\n')
  .map((line) => /^\| `?(.+?)`? +\| (exact|by policy|refused) +\|.*\| `by-hand`: (.+?) +\|$/.exec(line))
  .flatMap((match): Row[] => (match ? [{ name: match[1]!.trim(), answer: match[2]!, test: match[3]! }] : []));
const namesIn = (table: string) => rows.filter(({ test }) => test.startsWith(`${table} › `)).map(({ name }) => name);

test.each(lists)('%s: all that TypeORM has, each once, each with cases', (table, theirs, cases) => {
  expect(theirs.length).toBeGreaterThan(5);
  expect(namesIn(table).sort()).toEqual([...new Set(theirs)].sort());
  expect(Object.keys(cases).sort()).toEqual([...new Set(theirs)].sort());
});

test('relations: the kinds that TypeORM has, and more', () => {
  const theirs = unionOf('metadata/types/RelationTypes.d.ts').filter((name) => name.includes('-to-'));
  expect(theirs.sort()).toEqual(['many-to-many', 'many-to-one', 'one-to-many', 'one-to-one']);
  expect(namesIn('relationKinds')).toEqual(expect.arrayContaining(theirs));
  expect(namesIn('relationKinds').sort()).toEqual(Object.keys(relationKinds).sort());
  expect(namesIn('entityKinds').sort()).toEqual(Object.keys(entityKinds).sort());
});

test('every row names the test that runs its cases', () => {
  const sections = {
    methods,
    treeMethods,
    options,
    operators,
    columnTypes: columnTypes(supported),
    columnOptions,
    relationKinds,
    entityKinds,
  };
  for (const { name, test: named } of rows) {
    const [section, row] = named.split(' › ') as [keyof typeof sections, string | undefined];
    if (row === undefined) expect(typesWithoutServer).toContain(named);
    else expect([name, row, Object.keys(sections[section])]).toEqual([row, row, expect.arrayContaining([row])]);
  }
  expect(rows.length).toBeGreaterThan(200);
});

test('refusals: the table has those that the oracle lets pass', () => {
  const table = text.slice(text.indexOf('## What is refused'), text.indexOf('## What is answered where'));
  const told = [...table.matchAll(/^\| (.+?) +\| ([A-Z_]+) +\|$/gm)].map(([, row, code]) => ({ row, code }));
  expect(told).toEqual(documentedRefusals.map(({ row, code }) => ({ row, code })));
});
