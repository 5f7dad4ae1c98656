/** docs/ERRORS.md has a section for every code there is, and for no other. The codes are read from the sources of each package. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { errorCodes } from '@permafrost/core';

const root = path.resolve(__dirname, '../..');
const document = readFileSync(path.join(root, 'docs/ERRORS.md'), 'utf8');
const [coreDocument, mmapDocument, typeormDocument, cliDocument] = document.split(/^## Codes of .*$/m) as [
  string,
  string,
  string,
  string,
];

test('every code of core has one section that begins with its sentence, and there is no other', () => {
  expect(
    sectionsOf(coreDocument)
      .map(({ code }) => code)
      .sort(),
  ).toEqual(Object.keys(errorCodes).sort());
  for (const { code, text } of sectionsOf(coreDocument)) {
    const sentence = errorCodes[code as keyof typeof errorCodes];
    expect(text).toContain(`### ${code}\n\n${sentence}\n`);
    expect(text).toMatch(/\n- \*\*Causes\*\*: [\s\S]+\n- \*\*Do\*\*: /);
  }
});

test('every code of mmap has one section', () => {
  const sources = sourcesOf('packages/mmap/src');
  const thrown = [...sources.matchAll(/new MmapError\(\s*'([A-Z_]+)'/g)].map(([, code]) => code!);
  const advised = [...sources.matchAll(/\[\s*'(E[A-Z]+)',/g)].map(([, code]) => code!);
  const warned = [...sources.matchAll(/emitWarning\([\s\S]*?code: '([A-Z_]+)'/g)].map(([, code]) => code!);
  expect(advised.length).toBeGreaterThan(3);
  expect(warned).toHaveLength(1);
  const codes = [...new Set([...thrown, ...advised, ...warned])].sort();
  expect(
    sectionsOf(mmapDocument)
      .map(({ code }) => code)
      .sort(),
  ).toEqual(codes);
});

test('every code of the TypeORM adapter has one section', () => {
  const codes = [...sourcesOf('packages/typeorm-adapter/src').matchAll(/emitWarning\([\s\S]*?code: '([A-Z_]+)'/g)];
  expect(codes.length).toBeGreaterThan(0);
  expect(
    sectionsOf(typeormDocument)
      .map(({ code }) => code)
      .sort(),
  ).toEqual(codes.map(([, code]) => code!).sort());
});

test('every code of the command line has one section', () => {
  const [, table] = /cliErrorCodes = \{([\s\S]*?)\} as const/.exec(sourcesOf('packages/cli/src'))!;
  const codes = [...table!.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, code]) => code!);
  expect(codes.length).toBeGreaterThan(0);
  expect(
    sectionsOf(cliDocument)
      .map(({ code }) => code)
      .sort(),
  ).toEqual(codes.sort());
});

test('every code of core is thrown somewhere', () => {
  const packages = readdirSync(path.join(root, 'packages')).filter((name) => name !== 'cli');
  const sources = packages
    .map((name) => sourcesOf(`packages/${name}/src`))
    .join('\n')
    .replace(/errorCodes = \{[\s\S]*?\} as const/, '');
  expect(Object.keys(errorCodes).filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
});

test('links lead to sections', () => {
  const anchors = [...document.matchAll(/^##+ (.+)$/gm)].map(
    ([, heading]) =>
      `#${heading!
        .toLowerCase()
        .replace(/[^a-z0-9_ -]/g, '')
        .replaceAll(' ', '-')}`,
  );
  const links = [...document.matchAll(/\]\((#[^)]+)\)/g)].map(([, link]) => link!);
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
});

function sectionsOf(text: string): { code: string; text: string }[] {
  return text
    .split(/^(?=### )/m)
    .slice(1)
    .map((section) => ({ code: /^### (.+)$/m.exec(section)![1]!, text: section }));
}

function sourcesOf(folder: string): string {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(root, folder, file), 'utf8'))
    .join('\n');
}
