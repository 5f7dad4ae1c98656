/** The command line itself: help, version, and what it says of mistakes. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { bin, permafrost } from './support';

test('help goes to stdout and names every command', async () => {
  const { code, stdout, stderr } = await permafrost('--help');
  expect(code).toBe(0);
  expect(stderr).toBe('');
  for (const name of ['export', 'inspect', 'verify', 'query']) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(path.join(__dirname, '../package.json'), 'utf8'));
  expect(await permafrost('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([
  [['inspect', '--jsn', 'x'], /unknown option '--jsn'\n\(Did you mean --json\?\)/],
  [['vrify', 'x'], /unknown command 'vrify'\n\(Did you mean verify\?\)/],
  [['verify'], /missing required argument 'path'/],
  [['verify', 'x', 'y'], /too many arguments/],
  [['verify', 'x', '--max-findings', '0'], /Expected a whole number from 1 on\./],
  [['export', '--directory', 'x'], /required option '--data-source <file>' not specified/],
  [
    ['export', '--directory', 'x', '--data-sorce', 'y'],
    /unknown option '--data-sorce'\n\(Did you mean --data-source\?\)/,
  ],
  [['export', '--data-source', 'y'], /required option '--directory <directory>' not specified/],
  [['query', 'x'], /missing required argument 'entity'/],
  [['query', 'x', 'A', '--take', '0'], /Expected a whole number from 1 on\./],
  [['query', 'x', 'A', '--skip', ''], /Expected a whole number from 0 on\./],
  [['export', '--directory', 'x', '--data-source', 'y', '--entities', 'A,,B'], /Expected names with commas/],
])('%j is refused', async (args, message) => {
  const { code, stdout, stderr } = await permafrost(...args);
  expect(stderr).toMatch(/^USAGE: /);
  expect(stderr).toMatch(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('without a command it prints the help to stderr', async () => {
  const { code, stdout, stderr } = await permafrost();
  expect(stderr).toContain('Usage: permafrost');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('the bin can be run as a program', () => {
  const { status, stdout } = spawnSync(bin, ['--help'], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toContain('Usage: permafrost');
});
