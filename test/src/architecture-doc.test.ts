/** ARCHITECTURE.md walks through files: each file and folder it names is there, and so is each heading it links to. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
const document = readFileSync(path.join(root, 'ARCHITECTURE.md'), 'utf8');

test('what it names is there', () => {
  const named = [...document.matchAll(/`((?:packages|test|docs)\/[^`]+)`/g)].map(([, file]) => file!);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});

test('every folder of core is a floor', () => {
  const folders = readdirSync(path.join(root, 'packages/core/src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `packages/core/src/${name}`);
  const floors = [...document.matchAll(/^\| [–\d]+ \| `([^`]+)` \|/gm)].map(([, folder]) => folder!);
  expect(floors.filter((folder) => folder.startsWith('packages/core/')).sort()).toEqual(folders.sort());
  const packages = readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}`);
  expect(floors.map((folder) => folder.replace('/core/src', '').split('/').slice(0, 2).join('/'))).toEqual(
    expect.arrayContaining(packages.filter((name) => name !== 'packages/core')),
  );
});

test('links lead somewhere', () => {
  const links = [...document.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) {
    const [file, anchor] = link.split('#') as [string, string | undefined];
    const text = readFileSync(path.join(root, file), 'utf8');
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^a-z0-9_ -]/g, '')
        .replaceAll(' ', '-'),
    );
    if (anchor !== undefined) expect(anchors).toContain(anchor);
  }
});
