/**
 * No program in a README that does not hold: each ts and js block of the READMEs is a file of examples/src, character by character, or is
 * type-checked against the built packages. Those below `<!-- snippet runs -->` are run too, where `expression; // value` is an assertion.
 * Other lines of such a comment are put in front of the block: what the reader is assumed to have.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
// From here Node and TypeScript find all that a user of the packages has installed.
const cache = path.join(root, 'test/node_modules/.cache');

interface Snippet {
  /** "packages/core/README.md:12" */
  readonly place: string;
  readonly language: string;
  readonly code: string;
  readonly example: string | undefined;
  readonly runs: boolean;
  readonly before: string;
}

const readmes = ['README.md', ...readdirSync(path.join(root, 'packages')).map((name) => `packages/${name}/README.md`)];
const snippets = readmes.flatMap(snippetsOf);
const checked = snippets.filter(({ example }) => example === undefined);
let folder: string;

beforeAll(() => {
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(path.join(cache, 'readme-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every README is looked into', () => {
  expect(snippets.filter(({ example }) => example !== undefined).length).toBeGreaterThanOrEqual(2);
  expect(checked.length).toBeGreaterThanOrEqual(4);
  expect(checked.filter(({ runs }) => runs).length).toBeGreaterThanOrEqual(1);
});

test.each(snippets.filter(({ example }) => example !== undefined).map((snippet) => [snippet.place, snippet] as const))(
  '%s shows a file of examples/src',
  (_, { example, code }) => {
    expect(code).toBe(readFileSync(path.join(root, `examples/src/${example}.ts`), 'utf8'));
  },
);

test('the others are right by their types, and run where they say so', () => {
  for (const [number, snippet] of checked.entries()) writeFileSync(fileOf(snippet, number), programOf(snippet));
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: path.join(root, 'tsconfig.base.json'),
      compilerOptions: {
        ...{ composite: false, declaration: false, declarationMap: false, sourceMap: false },
        ...{ outDir: 'out', rootDir: '.', allowJs: true, checkJs: true, noUnusedLocals: false },
      },
      include: ['*.mts', '*.cjs'],
    }),
  );
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  expect(run([tsc, '-p', folder])).toEqual({ status: 0, output: '' });
  for (const [number, snippet] of checked.entries()) {
    if (!snippet.runs) continue;
    const program = path.join(folder, 'out', path.basename(fileOf(snippet, number)).replace('.mts', '.mjs'));
    expect({ place: snippet.place, ...run([program]) }).toEqual({ place: snippet.place, status: 0, output: '' });
  }
});

function run(args: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** Named after its place, since tsc's messages name the file. */
function fileOf({ place, language }: Snippet, number: number): string {
  const name = place.replaceAll(/[^a-z0-9]+/gi, '-');
  return path.join(folder, `${number}-${name}.${language === 'js' ? 'cjs' : 'mts'}`);
}

function programOf({ language, before, code, runs }: Snippet): string {
  if (language === 'js') return before + code;
  const asserted = runs
    ? code.replaceAll(/^(?!\s*\/\/)(.+); \/\/ (-?\d+|'.*'|true|false)$/gm, 'assert.deepEqual($1, $2);')
    : code;
  if (runs && asserted === code) throw new Error('A snippet that runs asserts something: "expression; // value".');
  return `import assert from 'node:assert/strict';\n${before}${asserted}\nexport {};\n`;
}

function snippetsOf(readme: string): Snippet[] {
  const text = readFileSync(path.join(root, readme), 'utf8');
  const fences = text.matchAll(
    /(?:<!-- (example|snippet)(?::([\w-]+))?( runs)?\n?(.*?)-->\n+)?^```(\w*)\n(.*?)^```$/gms,
  );
  return [...fences]
    .filter((fence) => /^(ts|js|tsx|jsx|mts|cts|mjs|cjs|typescript|javascript)$/.test(fence[5]!))
    .map((fence) => {
      const [, , example, runs, before, language, code] = fence;
      const line = text.slice(0, fence.index).split('\n').length;
      if (language !== 'ts' && language !== 'js') throw new Error(`${readme}:${line}: write \`ts\` or \`js\`.`);
      return {
        place: `${readme}:${line}`,
        language,
        code: code!,
        example,
        runs: runs !== undefined,
        before: before ?? '',
      };
    });
}
