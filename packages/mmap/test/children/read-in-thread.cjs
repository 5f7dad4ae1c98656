/** A worker thread: maps the file of workerData, sums all its bytes, posts what it found, then reads on until ended. */
const { closeSync, openSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const { mapFile } = require('../../dist');

const fd = openSync(workerData.path, 'r');
const mapping = mapFile(fd, { backend: workerData.backend });
closeSync(fd);

const sumOfBytes = () => mapping.bytes.reduce((sum, byte) => sum + byte, 0);
parentPort.postMessage({ sum: sumOfBytes(), backend: mapping.backend });
while (sumOfBytes() > 0);
