/**
 * Run as a process with the file argv[2]: a thread maps it, shares it with the main thread and ends; then prints the sum of all bytes as
 * read here. A second share stays open and must not keep the process alive.
 */
const { closeSync, openSync } = require('node:fs');
const { once } = require('node:events');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { mapFile, receiveMapping, shareMapping } = require('../../dist');

function mapped(path) {
  const fd = openSync(path, 'r');
  const mapping = mapFile(fd);
  closeSync(fd);
  return mapping;
}

async function main(path) {
  const worker = new Worker(__filename, { workerData: path });
  // Both listened for now: a thread that has ended already emits both in one turn.
  const ended = once(worker, 'exit');
  const [share] = await once(worker, 'message');
  await ended;
  const mapping = receiveMapping(share);
  console.log(mapping.bytes.reduce((sum, byte) => sum + byte, 0));
  receiveMapping(shareMapping(mapped(path)));
}

if (isMainThread) main(process.argv[2]);
else {
  const share = shareMapping(mapped(workerData));
  parentPort.postMessage(share, [share.port]);
}
