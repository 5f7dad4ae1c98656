/**
 * Loads the addon in threads only, three rounds of them each ended while it reads, and in the main thread afterwards:
 * the binary is loaded and let go of several times. Prints how often each byte sum was found.
 */
const { closeSync, openSync } = require('node:fs');
const { join } = require('node:path');
const { Worker } = require('node:worker_threads');

const path = process.argv[2];

function threadEndedWhileReading() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(__dirname, 'read-in-thread.cjs'), { workerData: { path, backend: 'mmap' } });
    worker.once('error', reject);
    worker.once('message', ({ sum }) => worker.terminate().then(() => resolve(sum), reject));
  });
}

async function main() {
  const sums = [];
  for (let round = 0; round < 3; round++) {
    sums.push(...(await Promise.all(Array.from({ length: 4 }, threadEndedWhileReading))));
  }
  const { mapFile } = require('../../dist');
  const fd = openSync(path, 'r');
  sums.push(mapFile(fd, { backend: 'mmap' }).bytes.reduce((sum, byte) => sum + byte, 0));
  closeSync(fd);
  console.log(JSON.stringify(sums));
}

main();
