/** `kill -9` of an export at random moments never leaves a readable half snapshot, nor takes the current generation away. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { createGeneration, isPermafrostError, openGeneration, openSnapshot } from '@permafrost/core';
import { RECORD_COUNT, schema } from './export-child';

const KILLS = 20;
const child = path.join(__dirname, '../../dist/durability/export-child.js');
let directory: string;
/** Generations found whole: they are never written again. */
const whole = new Set<string>();

beforeAll(() => {
  if (!existsSync(child)) throw new Error(`${child} is missing: build first (npx tsc -b).`);
  directory = mkdtempSync(path.join(tmpdir(), 'permafrost-kill-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test(`${KILLS} exports killed at random moments leave whole generations or none`, async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  let state = seed;
  let partials = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    await exportAndKill(Math.floor((state / 2 ** 32) * 900));
    partials += await checkFolder();
  }
  console.log(
    `${KILLS} kills: ${partials} left a partial file, ${readdirSync(directory).filter((name) => name.startsWith('generation-')).length} whole generations`,
  );
  expect(partials).toBeGreaterThan(0); // else the kills came between exports and proved nothing
  const next = createGeneration({ directory, schema });
  expect(readdirSync(directory).filter((name) => name.endsWith('.partial'))).toHaveLength(1); // its own: those of the killed are gone
  next.abort();
  expect(readdirSync(directory).filter((name) => name.startsWith('.'))).toEqual([]);
}, 120_000);

async function exportAndKill(afterMs: number): Promise<void> {
  const process = spawn(globalThis.process.execPath, [child, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => process.once('exit', () => resolve()));
  await new Promise<void>((resolve) => process.stdout.once('data', () => resolve()));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  process.kill('SIGKILL');
  await exited;
}

/** Every file is either a whole generation or refused with a code; the current one is whole. Returns how many partial files lie there. */
async function checkFolder(): Promise<number> {
  const names = readdirSync(directory);
  const partials = names.filter((name) => name.endsWith('.partial'));
  for (const name of names.filter(
    (file) => file !== 'manifest.json' && !file.startsWith('.manifest') && !whole.has(file),
  )) {
    const opened = await openSnapshot(path.join(directory, name)).catch((error: unknown) => {
      if (!isPermafrostError(error)) throw error;
      return undefined;
    });
    if (!opened) expect(name).toMatch(/\.partial$/);
    else {
      // A partial whose footer was just written is whole: only its name was still to come.
      expect(opened.count('Node')).toBe(RECORD_COUNT);
      expect(await opened.verify()).toEqual([]);
      opened.close();
      if (!name.endsWith('.partial')) whole.add(name);
    }
  }
  if (names.includes('manifest.json')) {
    const { snapshot, generation } = await openGeneration(directory);
    expect(snapshot.get('Node', 1)).toMatchObject({ generation, label: `node 1 of ${generation}` });
    expect((snapshot.get('Node', RECORD_COUNT) as { next: { id: number } }).next.id).toBe(1);
    snapshot.close();
  }
  return partials.length;
}
