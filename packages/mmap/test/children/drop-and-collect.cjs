/**
 * Needs --expose-gc. Maps the file argv[2] again and again, drops the mappings (every other one closed), collects, and
 * prints the bytes of address space before, with all of them, and after, and what a mapping that was kept still reads.
 * With argv[3] 'external', V8 offers no growable buffers.
 */
const { closeSync, openSync, readFileSync } = require('node:fs');
const { setImmediate: turn } = require('node:timers/promises');
const { types } = require('node:util');
const { mapFile } = require('../../dist');

const MAPPING_COUNT = 64;
const addressSpace = () => Number(/^VmSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;

function mapMany(fd) {
  const mappings = Array.from({ length: MAPPING_COUNT }, () => mapFile(fd, { backend: 'mmap' }));
  for (let position = 0; position < MAPPING_COUNT; position += 2) mappings[position].close();
  return addressSpace();
}

async function main() {
  if (process.argv[3] === 'external') globalThis.SharedArrayBuffer = class {};
  const fd = openSync(process.argv[2], 'r');
  const kept = mapFile(fd, { backend: 'mmap' });
  const before = addressSpace();
  const mapped = mapMany(fd);
  for (let round = 0; round < 10; round++) {
    global.gc();
    await turn();
  }
  const after = addressSpace();
  closeSync(fd);
  const keptKind = types.isSharedArrayBuffer(kept.bytes.buffer) ? 'growable' : 'external';
  const text = Buffer.from(kept.bytes.subarray(0, 4)).toString();
  console.log(JSON.stringify({ before, mapped, after, kept: text, keptKind }));
}

main();
