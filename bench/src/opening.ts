/**
 * Opening must not depend on the size of the data: a file of 1 GB, first get of a random record included, in under 3 × the time of one
 * of 1 MB (warm, median of 20, each in its turn). Prints both; returns the lines that fail.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import * as path from 'node:path';
import { createSnapshot, Field, openSnapshot, Snapshot, schemaFromClasses } from '@permafrost/core';
import { consume, median, randomSequence } from './timing';

const OPENINGS = 20;
export const MAX_OPENING_RATIO = 3;
const TEXT_SIZE = 900;

@Snapshot()
class Page {
  @Field('int32', { key: true }) id!: number;
  @Field('text') body!: string;
}

/**
 * `scale` 1 makes the large file 1 GB. A fresh process opens them, as a worker does: writing leaves a large JavaScript heap behind,
 * and V8 starts to mark the heap when it hears of a large mapping, so what is measured would be the writer's garbage.
 */
export async function benchOpening(directory: string, scale = 1): Promise<string[]> {
  const counts = [1_000, Math.round(1_060_000 * scale)] as const;
  const files = [await makeFile(directory, 'small', counts[0]), await makeFile(directory, 'large', counts[1])] as const;
  const child = spawnSync(process.execPath, [__filename, files[0], String(counts[0]), files[1], String(counts[1])], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) return ['opening: the process that opens the files failed'];
  const { small, large } = JSON.parse(child.stdout) as { small: number; large: number };
  const ratio = large / small;
  console.log(`\nOpening and first get of a random record (fresh process, warm, median of ${OPENINGS})`);
  console.log(
    `  ${megabytes(files[0])}: ${small.toFixed(3)} ms    ${megabytes(files[1])}: ${large.toFixed(3)} ms    ratio ${ratio.toFixed(2)}`,
  );
  return ratio < MAX_OPENING_RATIO
    ? []
    : [`opening: ${ratio.toFixed(2)} × for the large file; under ${MAX_OPENING_RATIO} is allowed`];
}

async function measureOpenings([small, smallCount, large, largeCount]: readonly string[]): Promise<void> {
  const random = randomSequence();
  const times = { small: [] as number[], large: [] as number[] };
  for (let opening = -10; opening < OPENINGS; opening++) {
    const smallTime = await openAndGet(small!, random(Number(smallCount)) + 1);
    const largeTime = await openAndGet(large!, random(Number(largeCount)) + 1);
    if (opening < 0) continue;
    times.small.push(smallTime);
    times.large.push(largeTime);
  }
  console.log(JSON.stringify({ small: median(times.small), large: median(times.large) }));
}

async function openAndGet(file: string, key: number): Promise<number> {
  const start = process.hrtime.bigint();
  const snapshot = await openSnapshot(file, { entities: [Page] });
  const page = snapshot.get(Page, key);
  consume(page!.body.length);
  const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
  snapshot.close();
  return elapsed;
}

async function makeFile(directory: string, name: string, count: number): Promise<string> {
  const file = path.join(directory, `${name}.permafrost`);
  const writer = createSnapshot({ path: file, schema: schemaFromClasses([Page]) });
  const filler = 'permafrost '.repeat(Math.ceil(TEXT_SIZE / 11)).slice(0, TEXT_SIZE - 10);
  for (let id = 1; id <= count; id++) writer.add(Page, { id, body: filler + String(id).padStart(10, '0') });
  await writer.finish();
  return file;
}

function megabytes(file: string): string {
  return `${(statSync(file).size / 1e6).toFixed(1)} MB`;
}

if (require.main === module) void measureOpenings(process.argv.slice(2));
