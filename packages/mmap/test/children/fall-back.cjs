/**
 * Maps the file argv[3] three times here and once in each of two threads, with the package built in folder argv[2] and
 * the backend named in argv[4] ('' = none named). Prints the backends, what was read, and whether mmap can be forced.
 */
const { closeSync, openSync } = require('node:fs');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

function read([packageFolder, path, backend]) {
  const { mapFile } = require(packageFolder);
  const fd = openSync(path, 'r');
  const mapping = mapFile(fd, backend === '' ? {} : { backend });
  closeSync(fd);
  return { backend: mapping.backend, text: Buffer.from(mapping.bytes).toString() };
}

function readInThread(options) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: options });
    worker.once('error', reject);
    worker.once('message', resolve);
  });
}

async function main() {
  const options = process.argv.slice(2);
  const here = [read(options), read(options), read(options)];
  const threads = await Promise.all([readInThread(options), readInThread(options)]);
  let forced;
  try {
    forced = read([options[0], options[1], 'mmap']).backend;
  } catch (error) {
    forced = `${error.code}: ${error.message}`;
  }
  console.log(
    JSON.stringify({ results: [...here, ...threads], forced, native: require(options[0]).isNativeBackendAvailable() }),
  );
}

if (isMainThread) main();
else parentPort.postMessage(read(workerData));
