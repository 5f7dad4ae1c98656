/** Jest reporter: after a run, names every suite and test that was skipped, with the reason that describeOrSkip gave. */
const path = require('node:path');

module.exports = class SkipsReporter {
  #root;
  #isFiltered;

  constructor(globalConfig) {
    this.#root = globalConfig.rootDir;
    this.#isFiltered = Boolean(globalConfig.testNamePattern);
  }

  onRunComplete(_contexts, results) {
    // A test that a name filter left out is pending too, but nobody skipped it.
    if (this.#isFiltered) return;
    const skipped = new Set();
    for (const file of results.testResults) {
      for (const { status, ancestorTitles, title } of file.testResults) {
        if (status !== 'pending' && status !== 'todo') continue;
        const suite = ancestorTitles.find((text) => text.includes(' — '));
        const name = suite ?? `${[...ancestorTitles, title].join(' > ')} — no reason given`;
        skipped.add(`  skipped: ${name} (${path.relative(this.#root, file.testFilePath)})`);
      }
    }
    if (skipped.size === 0) return;
    process.stderr.write(`\nSkipped suites: ${skipped.size}\n${[...skipped].join('\n')}\n`);
  }
};
