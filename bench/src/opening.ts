/**
 * Opening must not depend on the size of the data: a file of 1 GB, first get of a random record included, in under 3 × the time of one
 * of 1 MB (warm, median of 20, each in its turn). Prints both; returns the lines that fail.
 */
import * as path from 'node:path';
import { statSync } from 'node:fs';
import { createSnapshot, Field, openSnapshot, schemaFromClasses, Snapshot } from '@permafrost/core';
import { consume, median, randomSequence } from './timing';

const OPENINGS = 20;
export const MAX_OPENING_RATIO = 3;
const TEXT_SIZE = 900;

@Snapshot()
class Page {
  @Field('int32', { key: true }) id!: number;
  @Field('text') body!: string;
}

/** `scale` 1 makes the large file 1 GB. */
export async function benchOpening(directory: string, scale = 1): Promise<string[]> {
  const smallCount = 1_000;
  const largeCount = Math.round(1_060_000 * scale);
  const small = await makeFile(directory, 'small', smallCount);
  const large = await makeFile(directory, 'large', largeCount);
  const random = randomSequence();
  const times = { small: [] as number[], large: [] as number[] };
  for (let opening = -5; opening < OPENINGS; opening++) {
    const smallTime = await openAndGet(small, random(smallCount) + 1);
    const largeTime = await openAndGet(large, random(largeCount) + 1);
    if (opening < 0) continue;
    times.small.push(smallTime);
    times.large.push(largeTime);
  }
  const [smallMs, largeMs] = [median(times.small), median(times.large)];
  const ratio = largeMs / smallMs;
  console.log(`\nOpening and first get of a random record (warm, median of ${OPENINGS})`);
  console.log(`  ${megabytes(small)}: ${smallMs.toFixed(3)} ms    ${megabytes(large)}: ${largeMs.toFixed(3)} ms    ratio ${ratio.toFixed(2)}`);
  return ratio < MAX_OPENING_RATIO ? [] : [`opening: ${ratio.toFixed(2)} × for the large file; under ${MAX_OPENING_RATIO} is allowed`];
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
