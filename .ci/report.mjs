/**
 * The end of .ci/run: reads the results of its steps and prints seconds per step, every skipped suite and step with its reason, and the last
 * line "N passed, N failed". A step counts by its tests; one without tests, or that failed though its tests passed, counts as one.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = process.argv[2];
let passed = 0;
let failed = 0;
const skipped = new Set();
const failures = [];
console.log('\nstep                                                     seconds  passed  failed');
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.step'))
  .sort()) {
  const [code, seconds, name] = readFileSync(path.join(folder, file), 'utf8').trimEnd().split('\t');
  const tests = jestResults(path.join(folder, file.replace('.step', '.json')));
  const skipFile = path.join(folder, file.replace('.step', '.skip'));
  const isSkipped = code === '0' && existsSync(skipFile);
  if (isSkipped) skipped.add(`skipped: ${name} — ${readFileSync(skipFile, 'utf8').trim()}`);
  const failedBesides = code !== '0' && tests.failed === 0;
  const count = {
    passed: tests.found ? tests.passed : code === '0' && !isSkipped ? 1 : 0,
    failed: tests.failed + (failedBesides ? 1 : 0),
  };
  if (failedBesides) failures.push(`${name}: exit ${code}`);
  passed += count.passed;
  failed += count.failed;
  console.log(
    `${name.padEnd(56)} ${seconds.padStart(7)} ${String(count.passed).padStart(7)} ${String(count.failed).padStart(7)}`,
  );
}
console.log(`\nSkipped suites: ${skipped.size || 'none'}`);
for (const line of skipped) console.log(`  ${line}`);
for (const line of failures) console.log(`failed: ${line}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

function jestResults(file) {
  if (!existsSync(file)) return { found: false, passed: 0, failed: 0 };
  const results = JSON.parse(readFileSync(file, 'utf8'));
  for (const suite of results.testResults) {
    const where = path.relative(process.cwd(), suite.name);
    // A suite that could not even be loaded has no tests to count.
    if (suite.status === 'failed' && suite.assertionResults.length === 0) failures.push(`${where}: did not run`);
    for (const { status, ancestorTitles, title } of suite.assertionResults) {
      const full = [...ancestorTitles, title].join(' > ');
      if (status === 'failed') failures.push(`${where}: ${full}`);
      const reason = ancestorTitles.find((text) => text.includes(' — '));
      if (status === 'pending' || status === 'todo')
        skipped.add(`skipped: ${reason ?? `${full} — no reason given`} (${where})`);
    }
  }
  return {
    found: true,
    passed: results.numPassedTests,
    failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
  };
}
