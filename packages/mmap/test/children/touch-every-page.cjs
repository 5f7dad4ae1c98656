/**
 * Maps the file argv[2] and reads one byte of every page. On the message 'measure' reports its own Pss in bytes, then
 * stays (with its pages) until the parent disconnects: were it to leave, the share of the others would grow.
 */
const { closeSync, openSync, readFileSync } = require('node:fs');
const { mapFile } = require('../../dist');

const PAGE_SIZE = 4096;
const fd = openSync(process.argv[2], 'r');
const mapping = mapFile(fd, { backend: 'mmap' });
closeSync(fd);

let sum = 0;
for (let offset = 0; offset < mapping.size; offset += PAGE_SIZE) sum += mapping.bytes[offset];

process.on('message', () => {
  const pss = Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))[1]) * 1024;
  process.send({ pss, sum, backend: mapping.backend, size: mapping.size });
});
process.send('touched');
