/**
 * The contract in short, without Jest: for machines that only an emulator is at hand for. Maps files in the folder argv[2] with the native
 * backend of the built package, and prints "N checks passed on <platform>-<arch>, memory: <kind>". Any failure ends it with an error.
 */
const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } = require('node:fs');
const { once } = require('node:events');
const { join } = require('node:path');
const { types } = require('node:util');
const { Worker } = require('node:worker_threads');
const { isNativeBackendAvailable, mapFile, receiveMapping, shareMapping } = require('../../dist');

const GIB = 2 ** 30;
const FILE_SIZE = 300_123;
let checkCount = 0;

function check(actual, expected) {
  assert.deepEqual(actual, expected);
  checkCount++;
}

function map(path, options) {
  const fd = openSync(path, 'r');
  try {
    return mapFile(fd, { ...options, backend: 'mmap' });
  } finally {
    closeSync(fd);
  }
}

async function main(folder) {
  const packageFolder = join(__dirname, '../..');
  const source = readFileSync(join(packageFolder, 'src/native/mmap.c'));
  const binary = join(packageFolder, 'prebuilds', `${process.platform}-${process.arch}`, 'mmap.node');
  check(isNativeBackendAvailable(), true);
  check(require(binary).sourceHash, createHash('sha256').update(source).digest('hex'));

  const path = join(folder, 'pattern');
  const content = Buffer.from(Uint8Array.from({ length: FILE_SIZE }, (_, offset) => offset % 251));
  writeFileSync(path, content);
  for (const [offset, size] of [
    [0, FILE_SIZE],
    [0, 1],
    [1, 65_536],
    [4095, 2],
    [65_535, 131_073],
    [FILE_SIZE - 1, 1],
  ]) {
    const mapping = map(path, { offset, size });
    check(Buffer.from(mapping.bytes), content.subarray(offset, offset + size));
    check(mapping.residentSize(), size);
    for (const advice of ['normal', 'random', 'sequential', 'willneed', 'dontneed']) mapping.advise(advice);
    check(Buffer.from(mapping.bytes), content.subarray(offset, offset + size));
    const view = new DataView(mapping.bytes.buffer, mapping.bytes.byteOffset, size);
    mapping.close();
    check(mapping.bytes.length, size);
    check(
      mapping.bytes.every((byte) => byte === 0),
      true,
    );
    check(view.getUint8(size - 1), 0);
    mapping.close();
  }

  const large = join(folder, 'large');
  const fd = openSync(large, 'w');
  ftruncateSync(fd, 5 * GIB);
  writeSync(fd, 'WRONG', 0.5 * GIB);
  writeSync(fd, 'RIGHT', 4.5 * GIB);
  closeSync(fd);
  const part = map(large, { offset: 4.5 * GIB, size: 5 });
  check(Buffer.from(part.bytes).toString(), 'RIGHT');
  part.close();

  const mapping = map(path, { offset: 3 });
  const kind = types.isSharedArrayBuffer(mapping.bytes.buffer) ? 'growable' : 'external';
  const sum = mapping.bytes.reduce((total, byte) => total + byte, 0);
  if (kind === 'growable') {
    const share = shareMapping(mapping);
    const worker = new Worker(join(__dirname, 'receive-share.cjs'), {
      workerData: { share },
      transferList: [share.port],
    });
    worker.postMessage('sum');
    check((await once(worker, 'message'))[0], sum);
    mapping.close();
    worker.postMessage('sum');
    check((await once(worker, 'message'))[0], sum);
    await worker.terminate();
    const again = map(path, {});
    check(Buffer.from(receiveMapping(shareMapping(again)).bytes), content);
  }
  console.log(`${checkCount} checks passed on ${process.platform}-${process.arch}, memory: ${kind}`);
}

main(process.argv[2]);
