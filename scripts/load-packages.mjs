/**
 * Loads every built package as its users do: `require` by name from CommonJS and named imports from an ES module, each in a fresh
 * process of the Node that runs this. Exits with 1 when one fails, or when the two do not give the same exports.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../packages');
let failed = 0;
for (const folder of readdirSync(packages).sort()) {
  const directory = path.join(packages, folder);
  const { name } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  // A package may import itself by name, and then goes through its exports map like everyone else.
  const program = `
    import * as imported from '${name}';
    import { createRequire } from 'node:module';
    const required = createRequire(process.cwd() + '/package.json')('${name}');
    const names = Object.keys(required).filter((name) => name !== '__esModule');
    const different = names.filter((name) => imported[name] !== required[name]);
    if (different.length) throw new Error('not the same by import and by require: ' + different.join(', '));
    if (!names.length) throw new Error('exports nothing');
    console.log(names.length + ' exports');`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: directory,
    encoding: 'utf8',
  });
  console.log(
    `${status === 0 ? 'ok  ' : 'FAIL'} ${name} under Node ${process.versions.node}: ${status === 0 ? stdout.trim() : stderr.trim()}`,
  );
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
