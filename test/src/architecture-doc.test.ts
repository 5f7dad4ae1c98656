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

test('the floors are those that floors.test.ts enforces', () => {
  const rows = [...document.matchAll(/^\| ([–\d]+) +\| `packages\/([^`]+)` +\|/gm)];
  const floors = Object.fromEntries(rows.map(([, floor, folder]) => [folder!, floor!]));
  const enforced = readFileSync(path.join(root, 'test/src/floors.test.ts'), 'utf8');
  const [, table] = /coreFloors[^=]*= \{([^}]*)\}/.exec(enforced)!;
  const ofCore = [...table!.matchAll(/^ {2}(\w+): (\d+),$/gm)].map(([, name, floor]) => [`core/src/${name}`, floor!]);
  const others = readdirSync(path.join(root, 'packages')).filter((name) => name !== 'core');
  expect(ofCore.length).toBeGreaterThan(9);
  expect(floors).toEqual({
    ...Object.fromEntries(ofCore),
    ...Object.fromEntries(others.map((name) => [name, expect.stringMatching(/^(–|8|9|10)$/)])),
  });
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
