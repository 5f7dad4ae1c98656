/**
 * One structure on disk is one source file with its byte table, one chapter of FORMAT.md, one test file, and in it one target that
 * damages its bytes in every way: coded errors or answers, never a crash or a hang.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const document = read('docs/FORMAT.md');
const chapters = new Map(
  document
    .split(/^(?=## \d+ )/m)
    .slice(1)
    .map((chapter) => [/^## \d+ (.+)$/m.exec(chapter)![1]!, chapter]),
);
const folder = 'packages/core/src/structure';
const files = readdirSync(path.join(root, folder)).filter((file) => file.endsWith('.ts'));
/** Keys, and readers and builders of values: their bytes are those of slots and of the structures that they are made of. */
const withoutTable = [
  'json-value.ts',
  'key-parts.ts',
  'key.ts',
  'lazy-json.ts',
  'numeric-array.ts',
  'pack-json.ts',
  'slot-value.ts',
  'stored-text.ts',
];
const structures = files.filter((file) => !withoutTable.includes(file));

test('every file of structure/ holds a structure, or is known to hold what is made of them', () => {
  const tables = files.filter((file) =>
    / {2}offset {2}size {2}type {2}name|slot {2,}bits {2,}meaning/.test(read(`${folder}/${file}`)),
  );
  expect(tables).toEqual(structures);
});

test.each(structures)('%s has one chapter, one test file and one target for damage', (file) => {
  const source = `${folder}/${file}`;
  const own = [...chapters.values()].filter((chapter) => chapter.includes(`Source: \`${source}\``));
  expect(own).toHaveLength(1);
  const test = `packages/core/test/structure/${file.replace('.ts', '.test.ts')}`;
  expect(existsSync(path.join(root, test))).toBe(true);
  const targets = [...read(test).matchAll(/\b(?:it|test)\('[^']*[Dd]amaged[^']*'/g)];
  expect(targets).toHaveLength(1);
  const [, body] = read(test).split(targets[0]![0]);
  expect(body).toMatch(/fc\.property\(/);
});

test('every chapter whose source is in structure/ has that file', () => {
  const named = [...document.matchAll(/^Source: `packages\/core\/src\/structure\/([^`]+)`$/gm)].map(
    ([, file]) => file!,
  );
  expect(named.sort()).toEqual(structures.sort());
});
