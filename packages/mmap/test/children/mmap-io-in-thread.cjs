/** Maps the file argv[2] with the backend of the environment, here and then in a thread, and prints what came of it. */
const { closeSync, openSync } = require('node:fs');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { mapFile } = require('../../dist');

function read(path) {
  const fd = openSync(path, 'r');
  try {
    const mapping = mapFile(fd);
    return { backend: mapping.backend, text: Buffer.from(mapping.bytes.subarray(0, 4)).toString() };
  } catch ({ code, message }) {
    return { code, message };
  } finally {
    closeSync(fd);
  }
}

if (isMainThread) {
  const here = read(process.argv[2]);
  new Worker(__filename, { workerData: process.argv[2] }).once('message', (thread) => {
    console.log(JSON.stringify({ here, thread }));
  });
} else parentPort.postMessage(read(workerData));
