/**
 * Opens, verifies and reads the files in the container `argv[2]` ([u32 size, bytes] each; the first is a whole one), and prints by how
 * much the process has ever grown and which errors had no code.
 */
const { readFileSync } = require('node:fs');
const { materialize, memoryStorage, openSnapshot } = require('../../../dist');

async function read(bytes, checksums) {
  const storage = memoryStorage();
  const file = storage.create('x');
  file.write(bytes);
  file.close();
  const snapshot = await openSnapshot('x', { storage, checksums });
  try {
    await snapshot.verify();
    for (const { name, fields, relations } of snapshot.schema.entities) {
      let count = 0;
      for (const record of snapshot.all(name)) {
        if (count++ === 20) break;
        for (const field of fields) attempt(() => record[field.name]);
        for (const relation of relations) attempt(() => Array.from(record[relation.name] ?? [], String));
        attempt(() => materialize(record));
        attempt(() => snapshot.get(name, fields.length > 1 ? record.id : record[fields[0].name]));
      }
    }
  } finally {
    snapshot.close();
  }
}

function attempt(run) {
  try {
    run();
  } catch (error) {
    if (error.name !== 'PermafrostError') throw error;
  }
}

async function main(container) {
  const bytes = readFileSync(container);
  const files = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32LE(at);
    files.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  for (let round = 0; round < 200; round++) await read(files[0], 'first-use');
  const before = process.resourceUsage().maxRSS;
  const wrong = [];
  let coded = 0;
  for (const [number, file] of files.entries()) {
    for (const checksums of ['first-use', 'never']) {
      try {
        await read(file, checksums);
      } catch (error) {
        if (error.name === 'PermafrostError') coded++;
        else wrong.push(`${number}: ${error.stack}`);
      }
    }
  }
  const grownBytes = (process.resourceUsage().maxRSS - before) * 1024;
  process.stdout.write(JSON.stringify({ files: files.length, coded, wrong: wrong.slice(0, 5), grownBytes }));
}

void main(process.argv[2]);
