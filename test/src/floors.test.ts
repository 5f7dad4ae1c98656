/** Imports only point down, packages and folders alike: one table says which may know which. Also the rules a reader of the tree relies on. */
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

const root = path.resolve(__dirname, '../..');

/** The floor of each folder of packages/core/src; files beside them (errors, limits) are the ground that all stand on, index is the roof. */
const coreFloors: Readonly<Record<string, number>> = {
  bytes: 0,
  schema: 1,
  layout: 2,
  structure: 3,
  file: 3,
  writer: 4,
  reader: 4,
  proxy: 5,
  query: 6,
  derive: 7,
  store: 7,
  testing: 7,
};
const ground = ['errors.ts', 'limits.ts'];
/** Folders of one floor that must not know each other all the same. */
const strangers: readonly (readonly [string, string])[] = [
  ['reader', 'writer'],
  ['writer', 'reader'],
  ['structure', 'file'],
  ['file', 'structure'],
];

/** What each package may import of the others. */
const packageFloors: Readonly<Record<string, readonly string[]>> = {
  mmap: [],
  core: ['mmap'],
  postgres: ['core'],
  'typeorm-adapter': ['core', 'postgres'],
  cli: ['core'],
};

interface Import {
  readonly file: string;
  readonly specifier: string;
}

test('folders of the core import only what lies below them', () => {
  const wrong = importsOf('packages/core/src').flatMap(({ file, specifier }) => {
    const from = placeInCore(file);
    if (!specifier.startsWith('.') || from === 'index.ts') return [];
    const to = placeInCore(`${path.posix.join(path.posix.dirname(file), specifier)}.ts`);
    if (ground.includes(to)) return [];
    const [fromFloor, toFloor] = [ground.includes(from) ? -1 : coreFloors[from], coreFloors[to]];
    const known = strangers.some(([one, other]) => one === from && other === to);
    if (fromFloor !== undefined && toFloor !== undefined && toFloor <= fromFloor && !known) return [];
    return [`${file} (${from}, floor ${fromFloor}) imports ${specifier} (${to}, floor ${toFloor})`];
  });
  expect(wrong).toEqual([]);
});

test('every folder of the core has a floor', () => {
  const folders = readdirSync(path.join(root, 'packages/core/src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(folders.map((entry) => entry.name).sort()).toEqual(Object.keys(coreFloors).sort());
});

test('packages import only the packages below them, by their public entry', () => {
  const wrong = Object.entries(packageFloors).flatMap(([name, allowed]) =>
    importsOf(`packages/${name}/src`)
      .filter(({ specifier }) => specifier.startsWith('@permafrost/'))
      .filter(({ specifier }) => !allowed.includes(specifier.slice('@permafrost/'.length)))
      .map(
        ({ file, specifier }) =>
          `${file} imports ${specifier}; ${name} may import ${allowed.join(', ') || 'nothing of ours'}`,
      ),
  );
  expect(wrong).toEqual([]);
});

test('only the storage seam reaches files and the native binding', () => {
  const seams = ['packages/core/src/file/storage.ts'];
  const wrong = importsOf('packages/core/src')
    .filter(({ file, specifier }) => /^(node:)?fs(\/promises)?$/.test(specifier) && !seams.includes(file))
    .map(({ file, specifier }) => `${file} imports ${specifier}`);
  expect(wrong).toEqual([]);
});

test('no code is made at run time', () => {
  const wrong = sourcesBelow('packages').filter(
    (file) => file.includes('/src/') && /\beval\(|new Function\(|\bvm\./.test(read(file)),
  );
  expect(wrong).toEqual([]);
});

test('a file can be held in the head', () => {
  const long = sourcesBelow('packages').filter((file) => file.includes('/src/') && read(file).split('\n').length > 400);
  expect(long).toEqual([]);
});

function placeInCore(file: string): string {
  return path.posix.relative('packages/core/src', file).split('/')[0]!;
}

/** Every import and re-export of the sources below a folder, type imports included. */
function importsOf(folder: string): Import[] {
  return sourcesBelow(folder).flatMap((file) =>
    [
      ...read(file).matchAll(
        /^(?:import|export)\b[^;]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\b(?:require|import)\(\s*'([^']+)'\s*\)/gm,
      ),
    ].map((match) => ({
      file,
      specifier: (match[1] ?? match[2] ?? match[3])!,
    })),
  );
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const below = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sourcesBelow(below);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [below] : [];
  });
}

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}
